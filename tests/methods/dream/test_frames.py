"""Frames of a dream: from its start to its end, and small."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.kit.pictures import arrays
from tests.methods.dream.dreams import classifier, dream, smooth
from visualize.methods.dream.method import DeepDream
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


@pytest.mark.parametrize("form", ["webp", "gif"])
def test_frames_go_from_the_start_to_the_end(form: str) -> None:
    images = Stack([smooth((70, 90))])
    result = dream(DeepDream(steps=5, frames=4, size="own"), classifier(), Unit("deep", 1), images)
    frames = result.frames[0]
    assert frames.shape == (4, 70, 90, 3)
    assert torch.equal(frames[0], _bytes(result.starts[0]))
    assert torch.equal(frames[-1], _bytes(result.pictures[0]))
    away = (frames.float() - frames[0].float()).abs().mean((1, 2, 3)).tolist()
    assert away == sorted(away)
    with Image.open(io.BytesIO(result.animation(form, seconds=2))) as moving:
        assert moving.format == form.upper()
        assert moving.size == (90, 70)
        assert getattr(moving, "n_frames", 1) == 4
        moving.seek(3)
        shown = np.asarray(moving.convert("RGB"), np.float64)
    assert np.abs(shown - frames[-1].numpy()).mean() < 8  # in few colours, or compressed
    assert result.arrays()["frames"].shape == (1, 4, 70, 90, 3)


def _bytes(picture: Tensor) -> Tensor:
    return (picture * 255).round().byte().permute(1, 2, 0)


def test_frames_of_large_pictures_are_small() -> None:
    images = Stack(arrays(1, (100, 1024)))
    result = dream(DeepDream(steps=1, frames=2, octaves=1, size="own"), classifier(), Unit("deep", 1), images)
    assert result.frames[0].shape == (2, 50, 512, 3)
