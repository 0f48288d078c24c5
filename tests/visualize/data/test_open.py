"""Probe sets opened by name or folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualize.data.made_sets import masks, photograph
from visualize.data import open_images, open_labelled
from visualize.data.layouts.registry import LAYOUTS
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Images

SMALL = Preparation(size=(32, 32))


def test_scenes_come_without_a_folder() -> None:
    images = open_images("scenes")
    assert isinstance(images, Images)
    assert 200 <= len(images) <= 999
    assert len({images.file(index) for index in range(len(images))}) == len(images)
    assert images.load(0, SMALL).shape == (32, 32, 3)


def test_scenes_follow_their_seed_and_count() -> None:
    first, same, other = (open_images("scenes", count=3, seed=seed) for seed in (1, 1, 2))
    assert len(first) == 3
    np.testing.assert_array_equal(first.load(2, SMALL), same.load(2, SMALL))
    assert (first.load(2, SMALL) != other.load(2, SMALL)).any()
    with pytest.raises(InputError, match="of 0 pictures"):
        open_images("scenes", count=0)


def test_a_folder_called_scenes_is_reached_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenes").mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "scenes/mine.png")
    monkeypatch.chdir(tmp_path)
    assert [open_images("./scenes").file(0), open_images(Path("scenes")).file(0)] == ["mine.png"] * 2
    assert len(open_images("scenes")) > 1


def test_what_is_no_labelled_set_is_refused_in_one_line(tmp_path: Path) -> None:
    photograph(tmp_path / "plain/a.png", (4, 4))
    with pytest.raises(InputError, match=r"plain has no labels in a layout that is known \(broden.*--colors"):
        open_labelled(tmp_path / "plain")
    with pytest.raises(InputError, match=r"scene does not exist; .*did you mean scenes"):
        open_labelled("scene")
    with pytest.raises(InputError, match=r"a\.png is a file"):
        open_labelled(tmp_path / "plain/a.png")
    with pytest.raises(InputError, match="of 0 pictures"):
        open_labelled("scenes", count=0)
    with pytest.raises(InputError, match="name of the folder of pictures is empty"):
        open_labelled("coco:")
    for name in LAYOUTS:
        with pytest.raises(InputError, match="nowhere"):
            open_labelled(f"{name}:{tmp_path / 'nowhere'}")


def test_a_prefix_overrules_what_lies_there(tmp_path: Path) -> None:
    root = masks(tmp_path / "set")
    images = open_images(f"folder:{root}")
    assert {images.file(index).split("/")[0] for index in range(len(images))} == {"images", "masks"}
    with pytest.raises(InputError, match="say which it is, as in coco:"):
        open_labelled(f"folder:{root}")
    for name in set(LAYOUTS) - {"masks"}:
        with pytest.raises(InputError, match=str(root)) as caught:
            open_labelled(f"{name}:{root}")
        assert "\n" not in str(caught.value)


def test_a_folder_that_is_called_like_a_set_is_never_taken_for_a_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "coco").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "coco" / "a.png")
    with pytest.raises(InputError, match=r"coco is a folder here.*give \./coco"):
        open_labelled("coco")
    assert len(open_images("./coco")) == 1
