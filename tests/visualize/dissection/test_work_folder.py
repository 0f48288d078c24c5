"""Where a dissection works: nowhere else, and nothing of anybody else's is lost with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.refusal import refusal
from visualize.dissection import work_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "partial").symlink_to(tmp_path / "elsewhere")
    with refusal("partial is a link", "choose another --out"):
        work_folder.check(tmp_path / "partial")
    work_folder.check(tmp_path / "other")


@pytest.mark.parametrize("foreign", ["thesis.docx", "maps/notes.txt", "chunk-1.npy.txt", "state.npz.bak"])
def test_what_a_dissection_put_there_goes_and_what_others_did_stays(foreign: str, tmp_path: Path) -> None:
    work = tmp_path / "partial"
    for name in ("asked.json", "state.npz", "maps/chunk-00001.npy", ".lock", ".viz-0123456789abcdef.part", foreign):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).touch()
    work_folder.clear(work)
    assert [path for path in work.rglob("*") if path.is_file()] == [work / foreign]
    (work / foreign).unlink()
    work_folder.clear(work)
    assert not work.exists()
    work_folder.clear(work)
