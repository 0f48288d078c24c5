from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.data.files.inner_paths import climbs, leads_out


@pytest.mark.parametrize("path", ["/a", "../a", "a/../../b", "C:\\a", "\\\\host\\a", "..\\a", "c:a", "a\0b"])
def test_paths_that_could_lead_out_on_any_system_climb(path: str) -> None:
    assert climbs(path)


@given(st.lists(st.sampled_from(["a", "b c", "..", ".", "\u00e4.png", "...", "-x"]), min_size=1, max_size=5))
def test_a_path_climbs_if_one_of_its_parts_goes_up(parts: list[str]) -> None:
    assert climbs("/".join(parts)) == (".." in PurePosixPath("/".join(parts)).parts)


def test_a_link_leads_out_where_its_target_does(tmp_path: Path) -> None:
    folder, other = tmp_path / "set", tmp_path / "set2"
    for place in (folder / "inner", other):
        place.mkdir(parents=True)
        (place / "a.png").touch()
    (folder / "near.png").symlink_to(folder / "inner/a.png")
    (folder / "far.png").symlink_to(other / "a.png")
    (folder / "gone").symlink_to(other)
    inside = [folder / "inner/a.png", folder / "near.png", folder / "missing.png"]
    outside = [folder / "far.png", folder / "gone/a.png", other / "a.png"]
    assert [leads_out(path, folder) for path in inside + outside] == [False] * 3 + [True] * 3
