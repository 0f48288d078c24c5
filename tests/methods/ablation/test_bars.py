from __future__ import annotations

from tests.kit.pictures import pixels_of
from visualize.methods.ablation.bars import Bar, bars
from visualize.methods.drawing import palette


def test_the_length_of_a_bar_is_its_share() -> None:
    whole = bars([Bar("a", 1.0, 1.0, "")], "title")
    part = bars([Bar("a", 0.5, 0.25, "")], "title")
    for share, colour in ((0.5, palette.REFERENCE), (0.25, palette.MARK)):
        assert abs(pixels_of(part, colour) - share * pixels_of(whole, colour)) <= 16  # a bar is eight pixels tall
    assert pixels_of(bars([Bar("a", 0.0, 0.0, "")], "title"), palette.MARK) == 0


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
