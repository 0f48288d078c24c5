from __future__ import annotations

from tests.kit.pictures import pixels_of
from visualize.methods.ablation.wiring_diagram import End, diagram
from visualize.methods.drawing import palette


def test_what_adds_is_orange_what_takes_away_blue_and_the_stronger_the_thicker() -> None:
    added = diagram([End("conv4:1", "", 2.0)], "conv5:3", [])
    taken = diagram([End("conv4:1", "", -2.0)], "conv5:3", [])
    assert pixels_of(added, palette.MARK) > 500
    assert pixels_of(added, palette.ACCENT) == 0
    assert abs(pixels_of(taken, palette.ACCENT) - pixels_of(added, palette.MARK)) < 30
    strong, weak = (
        diagram([], "conv5:3", [End("fc6:0", "bed", -1.0), End("fc6:1", "", other)]) for other in (-1.0, -0.1)
    )
    assert 0 < pixels_of(weak, palette.ACCENT) < 0.8 * pixels_of(strong, palette.ACCENT)
    assert weak.shape == (84, 820, 3)


def test_a_unit_without_ends_is_drawn_alone() -> None:
    assert pixels_of(diagram([], "conv5:3", []), palette.INK) > 1000
