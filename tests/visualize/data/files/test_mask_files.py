"""Label maps that lie among photographs are no photographs; folders of classes that are called like them are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from visualize.data import open_images
from visualize.data.files.mask_files import label_maps
from visualize.methods.errors import InputError, InputWarning

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (12, 10)


def _photograph(path: Path, *, grey: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(len(path.name)).integers(0, 256, (*SIZE, 3), np.uint8)
    picture = Image.fromarray(values[..., 0] if grey else values)
    picture.save(path, "JPEG" if path.suffix == ".jpg" else "PNG")


def _map(path: Path, mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.zeros(SIZE, np.uint8)
    values[3:8, 2:9] = 3
    picture = Image.fromarray(values)
    if mode == "P":
        picture.putpalette(list(range(256)) * 3)
    picture.convert(mode).save(path)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "1"])
@pytest.mark.parametrize(
    ("photograph", "label_map"),
    [
        ("images/{}.jpg", "masks/{}.png"), ("images/a/{}.jpg", "masks/a/{}.png"), ("{}.jpg", "masks/{}.png"),
        ("{}.jpg", "{}_mask.png"), ("{}.png", "{}-seg.png"), ("train/{}.jpg", "train_labels/{}.png"),
        ("train/{}.png", "trainannot/{}.png"), ("JPEGImages/{}.jpg", "SegmentationClass/{}.png"),
        ("train/images/{}.jpg", "train/labels/{}.png"), ("images/val/{}.jpg", "annotations/val/{}.png"),
        ("img/{}.jpg", "GT/{}_gt.png"), ("x/{}.jpg", "x/Ground_Truth mask/{}.png"), ("{}.jpg", "{}_labelIds.png"),
        ("images/{}.jpg", "masks/{}_mask.png"), ("images/{}.png", "segmentation maps/{}.bmp"),
    ],
)  # fmt: skip
def test_label_maps_among_photographs_are_left_out(tmp_path: Path, photograph: str, label_map: str, mode: str) -> None:
    for name in ("one", "two", "three"):
        _photograph(tmp_path / photograph.format(name))
        _map(tmp_path / label_map.format(name), mode)
    with pytest.warns(InputWarning, match=r"left out 3 files that are label maps of the others"):
        images = open_images(tmp_path)
    expected = sorted(photograph.format(name) for name in ("one", "two", "three"))
    assert [images.file(index) for index in range(len(images))] == expected


@pytest.mark.parametrize(
    "folders",
    [("mask", "no_mask"), ("with_mask", "without_mask"), ("mask", "helmet"), ("labels", "bottles"), ("gt", "suv")],
)
@pytest.mark.parametrize("end", ["jpg", "png"])
@pytest.mark.parametrize("grey", [False, True])
def test_classes_that_are_called_like_label_maps_are_photographs(
    tmp_path: Path, folders: tuple[str, str], end: str, *, grey: bool
) -> None:
    paths = [f"{folder}/{name}.{end}" for folder in folders for name in ("1", "2")]
    for path in paths:
        _photograph(tmp_path / path, grey=grey)
    assert label_maps(tmp_path, paths) == []


def test_a_folder_of_maps_alone_is_what_was_asked_for(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _map(tmp_path / f"masks/{name}.png")
    assert label_maps(tmp_path / "masks", ["a.png", "b.png"]) == []


@pytest.mark.parametrize("inner", ["", "a/"])
def test_a_folder_of_maps_beside_its_pictures_is_no_folder_of_photographs(tmp_path: Path, inner: str) -> None:
    for name in ("a", "b"):
        _photograph(tmp_path / f"images/{inner}{name}.jpg")
        _map(tmp_path / f"masks/{inner}{name}.png")
        _photograph(tmp_path / f"with_mask/{inner}{name}.jpg")
    with pytest.raises(InputError, match=r"holds label maps, whose pictures are in .*images; give that folder"):
        open_images(tmp_path / "masks")
    assert len(open_images(f"folder:{tmp_path}/masks")) == 2
    assert len(open_images(tmp_path / "images")) == 2
    assert len(open_images(tmp_path / "with_mask")) == 2


def test_maps_without_a_picture_go_with_the_others_of_their_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _photograph(tmp_path / f"images/{name}.jpg")
    for name in ("a", "b", "stray"):
        _map(tmp_path / f"masks/{name}.png")
    paths = ["images/a.jpg", "images/b.jpg", "masks/a.png", "masks/b.png", "masks/stray.png"]
    assert label_maps(tmp_path, paths) == paths[2:]
