"""Line charts: that what is drawn lies where the values are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.drawing import palette
from visualize.methods.drawing.charts import Axes, Chart, apart, charts, course, curve, fit_axes, nice_ticks
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture


LABEL = "largest on photographs"


def _colour(text: str) -> NDArray[np.int64]:
    return np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)])


def _axes(values: NDArray[np.floating], marks: dict[str, float] | None = None) -> Axes:
    """Those of :func:`curve`'s chart at its usual size."""
    return fit_axes(course(values, marks=marks), width=460, height=200)


def _near(picture: Picture, colour: str, within: int = 40) -> NDArray[np.bool_]:
    return np.asarray(np.abs(picture.astype(int) - _colour(colour)).max(axis=2) <= within)


@pytest.mark.parametrize("peak", [3, 40, 90])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 12_345.0])
def test_the_highest_point_drawn_is_the_largest_value(peak: int, scale: float) -> None:
    values = scale * (10 - np.abs(np.arange(100) - peak) / 12)
    picture, axes = curve(values), _axes(values)
    rows, columns = np.nonzero(_near(picture, palette.ACCENT))
    assert rows.min() == pytest.approx(axes.y(values.max()), abs=2)
    assert columns[rows == rows.min()].mean() == pytest.approx(axes.x(peak / 99), abs=4)


def test_the_line_lies_where_the_values_are() -> None:
    values = np.sin(np.arange(200) / 30) * 4 + 5
    picture, axes = curve(values), _axes(values)
    line = _near(picture, palette.ACCENT, 60)
    for step in range(5, 195, 10):
        rows = np.nonzero(line[:, round(axes.x(step / 199))])[0]
        assert rows.mean() == pytest.approx(axes.y(values[step]), abs=1.5)


def test_the_line_that_ends_highest_stands_out() -> None:
    low, high = np.full(50, 2.0), np.linspace(0, 9, 50)
    picture, axes = curve(np.stack([high, low])), _axes(np.stack([high, low]))
    column = round(axes.x(40 / 49))
    assert _near(picture, palette.ACCENT)[round(axes.y(high[40])), column]
    assert _near(picture, palette.FAINT)[round(axes.y(2.0)), column]


def test_a_mark_is_a_dashed_level_at_its_value() -> None:
    values = np.linspace(0, 30, 257)
    picture, axes = curve(values, marks={LABEL: 12.3}), _axes(values, {LABEL: 12.3})
    row = _near(picture, palette.MARK)[round(axes.y(12.3) - 0.5)]
    dashes = np.count_nonzero(np.diff(row[axes.left : axes.right].astype(int)) == 1)
    assert dashes > 30
    assert 0.35 < row[axes.left : axes.right].mean() < 0.65


def test_a_mark_above_every_value_is_within_the_chart() -> None:
    picture = curve(np.linspace(0, 1, 20), marks={LABEL: 80.0})
    assert _near(picture, palette.MARK).any()


def test_values_that_are_no_numbers_leave_a_gap() -> None:
    values = np.full(100, 5.0)
    values[40:60] = np.nan
    picture, axes = curve(values), _axes(values)
    assert not _near(picture, palette.ACCENT)[:, round(axes.x(43 / 99)) : round(axes.x(57 / 99))].any()
    assert _near(picture, palette.ACCENT)[:, round(axes.x(20 / 99))].any()


@pytest.mark.parametrize("values", [np.zeros(30), np.full((3, 2), -7.0), np.array([4.0]), np.array([[1e30, 2e30]])])
def test_flat_short_and_huge_lines_can_be_drawn(values: NDArray[Any]) -> None:
    picture = curve(values, width=300, height=120)
    assert picture.shape == (120, 300, 3)
    assert _near(picture, palette.ACCENT).any()


def test_the_border_of_a_chart_is_white() -> None:
    picture = curve(
        np.linspace(0, 1e6, 50), label="a label too long for any chart " * 4, marks={LABEL * 9: 5e5, "b": 5e5}
    )
    assert (picture[:, -6:] == 255).all()
    assert (picture[-1:] == 255).all()


def test_the_words_of_marks_keep_apart() -> None:
    axes = _axes(np.ones((1, 3)))
    tops = sorted(apart([100.0, 101.0, 104.0, 102.0], axes, 17))
    assert min(np.diff(tops)) >= 17
    assert tops[0] >= axes.top - 17 / 2
    assert tops[-1] + 17 <= axes.bottom


def test_nothing_finite_is_an_error() -> None:
    with pytest.raises(InputError, match="finite"):
        curve(np.array([math.nan, math.inf]))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_and_round(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    assert 1 <= len(ticks) <= 5
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    for step in np.diff(ticks):
        digits = step / 10 ** math.floor(math.log10(step) + 1e-6)
        assert min(abs(digits - round_) for round_ in (1, 2, 5)) < 1e-3


def test_a_row_of_charts_shows_every_line_in_its_colour() -> None:
    lines = {"up": (0.0, 0.5, 1.0), "down": (1.0, None, 0.2), "random": (0.4, 0.4, 0.4)}
    picture = charts([Chart("one", lines, "below", ("0", "1")), Chart("two", {"up": (3.0, -4.0)}, "", ("", ""))])
    assert picture.shape[1] == 920
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert {(0x0B, 0x5C, 0xAD), (0xC2, 0x41, 0x0C), (0x9A, 0xA3, 0xAE)} <= colours
    with pytest.raises(InputError, match="at least one chart"):
        charts([])


def test_the_charts_of_a_row_stand_on_one_level() -> None:
    """One has a title of two lines, the other says what its horizontal axis is: their zero lines are at one height."""
    titled = Chart("a long title " * 6, {"a": (0.0, 1.0)}, "", ("", ""))
    picture = charts([titled, Chart("short", {"a": (0.0, 1.0)}, "below", ("", ""))])
    levels = [np.nonzero(_near(half, palette.QUIET, 90).mean(axis=1) > 0.6)[0] for half in np.hsplit(picture, 2)]
    assert len(levels[0]) in {1, 2}
    np.testing.assert_array_equal(levels[0], levels[1])


def test_a_chart_reaches_three_spans_beyond_its_own_at_most() -> None:
    assert Chart("", {"a": (0.2, None, math.nan)}, "", ("", "")).limits == (0, 1)
    assert Chart("", {"a": (-0.3, 2.5)}, "", ("", "")).limits == (-0.3, 2.5)
    assert Chart("", {"a": (-9.0, 9.0)}, "", ("", "")).limits == (-1, 4)
    assert Chart("", {}, "", ("", ""), levels={"a": 1.5, "b": math.inf}).limits == (0, 1.5)
    axes = fit_axes(Chart("", {"a": (-9.0, 9.0)}, "", ("", "")), width=300, height=200)
    assert (axes.y(-9), axes.y(9)) == (axes.bottom, axes.top)
