"""Scenes to train on are drawn once, and are those of the renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from supervisions.rendering import SceneSet

from visualize.scenes import Scenes

if TYPE_CHECKING:
    from pathlib import Path


def test_pictures_are_drawn_once_and_read_from_then_on(tmp_path: Path) -> None:
    scenes = SceneSet("train", 4, 7)
    first = scenes.pictures(workers=1, folder=tmp_path)
    expected = np.stack([Scenes(4, 7, split="train").scene(index).image for index in range(4)])
    assert np.array_equal(first.permute(0, 2, 3, 1).numpy(), expected)
    np.save(tmp_path / scenes.file, np.zeros_like(expected))
    assert not scenes.pictures(workers=1, folder=tmp_path).any()
    assert torch.equal(scenes.pictures(workers=1, folder=None), first)
    assert [path.name for path in tmp_path.iterdir()] == [scenes.file]
