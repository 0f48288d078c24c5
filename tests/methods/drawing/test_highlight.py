from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data, segmentation

from methods.drawing import charts
from methods.drawing import highlight as highlighting
from methods.drawing.charts import curve, fit_axes, nice_ticks
from methods.drawing.highlight import highlight
from methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.drawing.panel import Picture


LABEL = "largest on photographs"


def _colour(text: str) -> NDArray[np.int64]:
    return np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)])


def _near(picture: Picture, colour: str, within: int = 40) -> NDArray[np.bool_]:
    return np.asarray(np.abs(picture.astype(int) - _colour(colour)).max(axis=2) <= within)


@pytest.mark.parametrize("peak", [3, 40, 90])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 12_345.0])
def test_the_highest_point_drawn_is_the_largest_value(peak: int, scale: float) -> None:
    values = scale * (10 - np.abs(np.arange(100) - peak) / 12)
    picture, axes = curve(values), fit_axes(values[None], [], width=460, height=200)
    rows, columns = np.nonzero(_near(picture, charts._LINE))
    assert rows.min() == pytest.approx(axes.y(values.max()), abs=2)
    assert columns[rows == rows.min()].mean() == pytest.approx(axes.x(peak), abs=4)


def test_the_line_lies_where_the_values_are() -> None:
    values = np.sin(np.arange(200) / 30) * 4 + 5
    picture, axes = curve(values), fit_axes(values[None], [], width=460, height=200)
    line = _near(picture, charts._LINE, 60)
    for step in range(5, 195, 10):
        rows = np.nonzero(line[:, round(axes.x(step))])[0]
        assert rows.mean() == pytest.approx(axes.y(values[step]), abs=1.5)


def test_the_line_that_ends_highest_stands_out() -> None:
    low, high = np.full(50, 2.0), np.linspace(0, 9, 50)
    picture, axes = curve(np.stack([high, low])), fit_axes(np.stack([high, low]), [], width=460, height=200)
    column = round(axes.x(40))
    assert _near(picture, charts._LINE)[round(axes.y(high[40])), column]
    assert _near(picture, charts._FAINT)[round(axes.y(2.0)), column]


def test_a_mark_is_a_dashed_level_at_its_value() -> None:
    values = np.linspace(0, 30, 257)
    picture, axes = curve(values, marks={LABEL: 12.3}), fit_axes(values[None], [12.3], width=460, height=200)
    row = _near(picture, charts._MARK)[round(axes.y(12.3) - 0.5)]
    dashes = np.count_nonzero(np.diff(row[axes.left : axes.right].astype(int)) == 1)
    assert dashes > 30
    assert 0.35 < row[axes.left : axes.right].mean() < 0.65


def test_a_mark_above_every_value_is_within_the_chart() -> None:
    picture = curve(np.linspace(0, 1, 20), marks={LABEL: 80.0})
    assert _near(picture, charts._MARK).any()


def test_values_that_are_no_numbers_leave_a_gap() -> None:
    values = np.full(100, 5.0)
    values[40:60] = np.nan
    picture, axes = curve(values), fit_axes(values[None], [], width=460, height=200)
    assert not _near(picture, charts._LINE)[:, round(axes.x(43)) : round(axes.x(57))].any()
    assert _near(picture, charts._LINE)[:, round(axes.x(20))].any()


@pytest.mark.parametrize("values", [np.zeros(30), np.full((3, 2), -7.0), np.array([4.0]), np.array([[1e30, 2e30]])])
def test_flat_short_and_huge_lines_can_be_drawn(values: NDArray[Any]) -> None:
    picture = curve(values, width=300, height=120)
    assert picture.shape == (120, 300, 3)
    assert _near(picture, charts._LINE).any()


def test_the_border_of_a_chart_is_white() -> None:
    picture = curve(
        np.linspace(0, 1e6, 50), label="a label too long for any chart " * 4, marks={LABEL * 9: 5e5, "b": 5e5}
    )
    assert (picture[:, -6:] == 255).all()
    assert (picture[-1:] == 255).all()


def test_the_words_of_marks_keep_apart() -> None:
    axes = fit_axes(np.ones((1, 3)), [], width=460, height=200)
    tops = sorted(charts._clear([100.0, 101.0, 104.0, 102.0], axes, 17))
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


@pytest.fixture(scope="module")
def photograph() -> Picture:
    return np.ascontiguousarray(data.astronaut()[::2, ::2])


@pytest.fixture(scope="module")
def region() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:256, :256]
    return np.asarray((rows - 100) ** 2 / 900 + (columns - 140) ** 2 / 2500 < 1)


def test_the_region_keeps_its_pixels_and_all_else_is_darker(photograph: Picture, region: NDArray[np.bool_]) -> None:
    shown = highlight(photograph, region)
    assert (shown[region] == photograph[region]).all()
    outline = (shown == np.array(highlighting._OUTLINE)).all(axis=2)
    rest = ~region & ~outline
    before, after = (picture[rest].astype(int).sum(axis=1) for picture in (photograph, shown))
    assert (after[before > 0] < before[before > 0]).all()
    assert after.mean() < 0.6 * before.mean()


def test_the_outline_is_the_region_s_outer_boundary(photograph: Picture, region: NDArray[np.bool_]) -> None:
    outline = (highlight(photograph, region) == np.array(highlighting._OUTLINE)).all(axis=2)
    boundary = segmentation.find_boundaries(region, connectivity=1, mode="outer")
    assert (outline[boundary]).all()
    assert not outline[region].any()


def test_the_window_is_lighter_than_what_lies_outside_it(photograph: Picture, region: NDArray[np.bool_]) -> None:
    flat = np.full_like(photograph, 128)
    shown = highlight(flat, region, (40, 60, 180, 230))
    assert (shown[40, 60:230].mean(axis=1) > 150).all()  # its frame
    assert shown[60, 70].mean() > shown[20, 70].mean() + 20
    assert (shown[region] == 128).all()


def test_a_soft_mask_is_cut_at_a_half(photograph: Picture, region: NDArray[np.bool_]) -> None:
    soft = np.where(region, 0.5, 0.49)
    assert (highlight(photograph, soft) == highlight(photograph, region)).all()


def test_tiny_pictures_are_dimmed_without_lines() -> None:
    picture, mask = np.full((8, 8, 3), 200, np.uint8), np.eye(8, dtype=bool)
    shown = highlight(picture, mask, (0, 0, 5, 5))
    assert (shown[mask] == 200).all()
    assert (shown[~mask] < 200).all()


def test_highlighting_leaves_its_arguments_alone(photograph: Picture, region: NDArray[np.bool_]) -> None:
    before = photograph.copy()
    highlight(photograph, region, (0, 0, 50, 50))
    assert (photograph == before).all()


def test_a_mask_of_another_size_is_an_error(photograph: Picture) -> None:
    with pytest.raises(InputError, match="does not fit"):
        highlight(photograph, np.ones((7, 7)))
