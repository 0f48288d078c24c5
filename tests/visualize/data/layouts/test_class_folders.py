from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from torchvision.datasets import ImageFolder

from tests.visualize.data.made_sets import exact, grey, photograph
from visualize.data import open_images, open_labelled
from visualize.data.layouts.registry import recognise
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def _pictures(root: Path, *paths: str) -> Path:
    for seed, path in enumerate(paths):
        photograph(root / path, (4, 4), seed)
    return root


def test_folders_are_classes_as_torchvision_takes_them(tmp_path: Path) -> None:
    root = _pictures(tmp_path, "kitchen/a.jpg", "beach/b.jpg", "beach/c.jpg", "b 1/d.png")
    labelled, theirs = open_labelled(root), ImageFolder(str(root))
    assert labelled.categories == ("scene",)
    assert [concept.name for concept in labelled.concepts] == theirs.classes
    assert [str(root / labelled.file(place)) for place in range(4)] == [path for path, _ in theirs.samples]
    numbers = [labelled.labels(place, exact((4, 4)))["scene"] for place in range(4)]
    assert numbers == [[target + 1] for _, target in theirs.samples]


def test_splits_are_no_classes(tmp_path: Path) -> None:
    root = _pictures(tmp_path, "train/beach/a.jpg", "train/kitchen/a.jpg", "Test/beach/b.jpg")
    labelled = open_labelled(root)
    assert [concept.name for concept in labelled.concepts] == ["beach", "kitchen"]
    assert [labelled.labels(place, exact((4, 4)))["scene"] for place in range(3)] == [[1], [1], [2]]


@pytest.mark.parametrize(
    "paths",
    [
        ("a.jpg", "beach/b.jpg", "kitchen/c.jpg"),  # pictures beside classes
        ("beach/a.jpg",),  # one alone
        ("train/a.jpg", "val/b.jpg"),
        ("images/a.jpg", "more/b.jpg"),
        ("beach/sand/a.jpg", "kitchen/b.jpg"),
        ("holiday/beach/a.jpg", "holiday/home/b.jpg"),
        ("train/x/beach/a.jpg", "train/x/home/b.jpg"),
    ],
)
def test_other_folders_of_pictures_have_no_classes(tmp_path: Path, paths: tuple[str, ...]) -> None:
    assert recognise(_pictures(tmp_path, *paths)) is None


def test_pictures_are_those_of_the_plain_folder_and_maps_are_left_out(tmp_path: Path) -> None:
    root = _pictures(tmp_path, "kitchen/a.jpg", "beach/b.jpg", "beach/c.jpg")
    grey(root / "beach/c_mask.png", (photograph(root / "beach/c.jpg", (4, 4))[..., 0] > 300).astype(int))
    labelled, plain = open_labelled(root), open_images(root)
    assert [labelled.file(place) for place in range(len(labelled))] == [plain.file(place) for place in range(3)]


def test_a_folder_without_classes_is_refused_by_that_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"do not lie in folders of classes") as caught:
        open_labelled(f"classes:{_pictures(tmp_path, 'a.jpg')}")
    assert "\n" not in str(caught.value)
