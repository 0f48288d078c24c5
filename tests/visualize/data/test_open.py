from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.pictures.images import Images
from visualize.data import open_images

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
    with pytest.raises(InputError, match="ask for 1 or more"):
        open_images("scenes", count=0)


def test_a_folder_called_scenes_is_reached_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenes").mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "scenes/mine.png")
    monkeypatch.chdir(tmp_path)
    assert [open_images("./scenes").file(0), open_images(Path("scenes")).file(0)] == ["mine.png"] * 2
    assert len(open_images("scenes")) > 1
