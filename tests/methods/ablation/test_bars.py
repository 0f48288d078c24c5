from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.ablation.bars import Bar, bars
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture


def _count(picture: Picture, colour: str) -> int:
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return int((picture == channels).all(-1).sum())


def test_the_length_of_a_bar_is_its_share() -> None:
    whole = bars([Bar("a", 1.0, 1.0, "")], "title")
    part = bars([Bar("a", 0.5, 0.25, "")], "title")
    for share, colour in ((0.5, palette.REFERENCE), (0.25, palette.MARK)):
        assert abs(_count(part, colour) - share * _count(whole, colour)) <= 16  # a bar is eight pixels tall
    assert _count(bars([Bar("a", 0.0, 0.0, "")], "title"), palette.MARK) == 0


def test_no_rows_leave_the_title() -> None:
    alone = bars([], "nothing was measured")
    assert alone.shape[1] == 620
    assert alone.min() < 100


def test_no_digit_of_what_is_lost_and_gained_is_left_out() -> None:
    words = "112 lost, 113 gained"
    whole = bars([Bar("a", 1.0, 0.75, words)], "title")
    for place in [number for number, letter in enumerate(words) if letter.isdigit()]:
        other = bars([Bar("a", 1.0, 0.75, f"{words[:place]}8{words[place + 1 :]}")], "title")
        assert (whole != other).any()
