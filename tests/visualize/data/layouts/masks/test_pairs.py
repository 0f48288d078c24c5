from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, grey, only_map, photograph
from visualize.data import open_images, open_labelled
from visualize.data.layouts.masks.pairs import mask_pairs
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS = [
    ("{}.jpg", "{}_mask.png"),
    ("{}.jpg", "masks/{}.png"),
    ("images/{}.jpg", "masks/{}_mask.png"),
    ("images/train/{}.jpg", "labels/train/{}.png"),
    ("train/images/{}.jpg", "train/annotations/{}.png"),
    ("JPEGImages/{}.jpg", "SegmentationClass/{}.png"),
    ("train/{}.png", "trainannot/{}.png"),
    ("train/{}.png", "train_labels/{}_L.png"),
    ("mask study/photos/{}.jpg", "mask study/gt/{}.png"),
]


@pytest.mark.parametrize(("picture", "mask"), LAYOUTS)
def test_masks_are_found_by_their_names_and_labels_are_theirs(tmp_path: Path, picture: str, mask: str) -> None:
    values = {name: np.random.default_rng(seed).integers(0, 4, (6, 8)) for seed, name in enumerate(["a", "b 1"])}
    for name, numbers in values.items():
        photograph(tmp_path / picture.format(name), (6, 8))
        grey(tmp_path / mask.format(name), numbers)
    photograph(tmp_path / picture.format("without"), (6, 8))
    (tmp_path / "names.txt").write_text("1 wall\n2 rug\n3 oak\n")
    labelled = open_labelled(tmp_path)
    assert {labelled.file(place) for place in range(3)} == {picture.format(name) for name in (*values, "without")}
    for place in range(3):
        its = next((name for name in values if labelled.file(place) == picture.format(name)), None)
        labels = labelled.labels(place, exact((6, 8)))
        if its is None:
            assert labels == {}
        else:
            np.testing.assert_array_equal(only_map(labels, "object"), values[its])
    assert [labelled.file(place) for place in range(3)] == [open_images(tmp_path).file(place) for place in range(3)]


def test_of_two_kinds_of_masks_that_of_more_pictures_is_taken_and_said(tmp_path: Path) -> None:
    for name in "ab":
        photograph(tmp_path / f"{name}.jpg", (4, 4))
        grey(tmp_path / f"{name}_mask.png", np.ones((4, 4), int))
    grey(tmp_path / "a_gt.png", np.ones((4, 4), int))
    grey(tmp_path / "c_mask.png", np.ones((4, 4), int))
    pairs = mask_pairs(tmp_path)
    assert pairs.masks == ["a_mask.png", "b_mask.png"]
    assert pairs.strays == ("c_mask.png",)
    assert any("called mask" in remark for remark in pairs.remarks)


def test_masks_without_names_say_what_to_write(tmp_path: Path) -> None:
    photograph(tmp_path / "a.jpg", (4, 4))
    grey(tmp_path / "a_mask.png", np.ones((4, 4), int))
    with pytest.raises(InputError, match=r"a\.jpg and a_mask\.png.* write names\.txt") as caught:
        open_labelled(f"masks:{tmp_path}")
    assert "\n" not in str(caught.value)


def test_a_folder_of_photographs_with_a_list_of_names_is_no_labelled_set(tmp_path: Path) -> None:
    photograph(tmp_path / "a.jpg", (4, 4))
    (tmp_path / "names.txt").write_text("1 wall\n")
    with pytest.raises(InputError, match="no labels"):
        open_labelled(tmp_path)
    with pytest.raises(InputError, match=r"a_mask\.png beside"):
        open_labelled(f"masks:{tmp_path}")
