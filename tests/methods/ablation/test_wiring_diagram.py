from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.ablation.wiring_diagram import End, diagram
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture


def _count(picture: Picture, colour: str) -> int:
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return int((picture == channels).all(-1).sum())


def test_what_adds_is_orange_what_takes_away_blue_and_the_stronger_the_thicker() -> None:
    added = diagram([End("conv4:1", "", 2.0)], "conv5:3", [])
    taken = diagram([End("conv4:1", "", -2.0)], "conv5:3", [])
    assert _count(added, palette.MARK) > 500
    assert _count(added, palette.ACCENT) == 0
    assert abs(_count(taken, palette.ACCENT) - _count(added, palette.MARK)) < 30
    strong, weak = (
        diagram([], "conv5:3", [End("fc6:0", "bed", -1.0), End("fc6:1", "", other)]) for other in (-1.0, -0.1)
    )
    assert 0 < _count(weak, palette.ACCENT) < 0.8 * _count(strong, palette.ACCENT)
    assert weak.shape == (84, 820, 3)


def test_a_unit_without_ends_is_drawn_alone() -> None:
    assert _count(diagram([], "conv5:3", []), palette.INK) > 1000
