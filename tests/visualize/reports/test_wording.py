"""Words for pages: no path of the machine, numbers as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from visualize.reports.wording import Wording

if TYPE_CHECKING:
    from visualize.methods.provenance import Json


def test_folders_that_are_known_become_their_last_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "street sets" / "camvid"
    wording = Wording.of(data, None, "")
    assert wording.text(f"named by {data}: 3 pictures") == "named by camvid: 3 pictures"
    assert wording.text(f"{data}/train/a.jpg and {data}") == "camvid/train/a.jpg and camvid"
    assert wording.text(f"{tmp_path}/other.txt") == f"{tmp_path.name}/other.txt"
    assert wording.text(f"{data}2 stays another") == f"{tmp_path.name}/street sets/camvid2 stays another"
    assert str(Path.home()) not in wording.text(f"{Path.home()}/net.pth")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("scenes", "scenes"),
        ("hf/owner/set", "hf/owner/set"),
        ("random/scenes-alexnet", "random/scenes-alexnet"),
        ("/a/b/my_net.py:build", "my_net.py:build"),
        ("coco:/data/coco", "coco:coco"),
        ("../here/photographs", "photographs"),
        ("~/photographs/", "photographs"),
    ],
)
def test_names_of_sets_and_models_stay_and_paths_are_cut(place: str, name: str) -> None:
    assert Wording(()).name(place) == name


def test_facts_are_single_numbers_and_words_also_within_facts() -> None:
    facts: dict[str, Json] = {
        "out_of_reach": False, "iou": 0.12345, "scanned": 468, "label": "car", "none": None, "nothing": "",
        "images": [{"file": "a"}], "certainty": {"low": 0.1, "second": "road"},
    }  # fmt: skip
    assert Wording(()).facts(facts) == (
        ("out of reach", "no"), ("iou", "0.123"), ("scanned", "468"), ("label", "car"), ("low", "0.100"),
        ("second", "road"),
    )  # fmt: skip
