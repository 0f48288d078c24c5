"""Legends, whose marks look like those in the pictures."""

from __future__ import annotations

import numpy as np

from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.highlight import DARK, FRAME, OUTLINE, frame, highlight
from visualize.methods.drawing.legend import HEIGHT, filled, framed, lined, scaled


def _colours(picture: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(colour) for colour in picture.reshape(-1, 3).tolist()}


def test_the_keys_of_lines_have_the_colours_of_the_lines() -> None:
    picture, mask = np.full((64, 64, 3), 90, np.uint8), np.zeros((64, 64), bool)
    mask[20:30, 20:30] = True
    assert {OUTLINE, FRAME, DARK} <= _colours(highlight(picture, mask, (10, 10, 50, 50)))
    assert OUTLINE in _colours(lined(OUTLINE, "").mark)
    assert {FRAME, DARK} <= _colours(framed("").mark)
    assert {FRAME, DARK} <= _colours(frame(picture, (10, 10, 50, 50)))


def test_a_scale_runs_from_nothing_to_the_most() -> None:
    key = scaled("viridis", "how much")
    ends = coloured(np.array([[0.0, 1.0]]), "viridis")[0]
    assert (key.mark[:, 0] == ends[0]).all()
    assert (key.mark[:, -1] == ends[1]).all()
    assert {key.mark.shape[0], filled((1, 2, 3), "").mark.shape[0]} == {HEIGHT}
