"""Animations, read back by Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.kit.pictures import arrays
from visualize.methods.drawing.animation import FORMATS, animation
from visualize.methods.errors import InputError


@pytest.mark.parametrize("form", FORMATS)
def test_every_frame_is_shown_equally_long_and_the_last_one_rests(form: str) -> None:
    frames = [np.full((12, 16, 3), shade, np.uint8) for shade in (0, 80, 160, 240)]
    with Image.open(io.BytesIO(animation(frames, form, seconds=2))) as moving:
        assert moving.format == form.upper()
        assert moving.info["loop"] == 0
        durations = []
        for number, frame in enumerate(frames):
            moving.seek(number)
            assert np.abs(np.asarray(moving.convert("RGB"), int) - frame.astype(int)).max() <= 4
            durations.append(moving.info["duration"])
    assert durations == [500, 500, 500, 1500]


def test_other_forms_and_no_frames_are_refused() -> None:
    with pytest.raises(InputError, match="webp, gif"):
        animation(arrays(2, (12, 16)), "mp4")
    with pytest.raises(InputError, match="no frames"):
        animation([])
