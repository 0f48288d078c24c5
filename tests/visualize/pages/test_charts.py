"""Charts as numbers of SVG."""

from __future__ import annotations

import math
import re

import pytest

from visualize.pages.charts import bars, histogram


def test_bars_share_one_scale_and_parts_lie_end_to_end() -> None:
    rows = [("a", {"object": 6, "scene": 2}), ("b", {"scene": 4})]
    first, second = bars(rows, {"object": "#111111", "scene": "#222222"})
    assert [(part.left, part.width) for part in first.segments] == [(0, 75), (75, 25)]
    assert [(part.left, part.width) for part in second.segments] == [(0, 50)]
    assert (first.total, second.total) == (8, 4)
    assert first.words == "object 6, scene 2"


def test_a_bar_without_anything_says_so() -> None:
    (bar,) = bars([("a", {})], {"object": "#111111"})
    assert (bar.segments, bar.words) == ((), "none")


def test_heights_are_logarithms_of_counts() -> None:
    drawn = histogram([100, 10, 0, 1], 0.0, 0.5, 1.0)
    assert drawn is not None
    tops = [100 - float(top) for top in re.findall(r"V([\d.]+)H", drawn.path)]
    assert tops == pytest.approx([100 * math.log1p(count) / math.log1p(100) for count in (100, 10, 0, 1)], abs=0.01)
    assert (drawn.first, drawn.last, drawn.threshold) == (0.0, 2.0, 50.0)


@pytest.mark.parametrize("level", [None, 9.0])
def test_no_threshold_is_drawn_where_there_is_none_or_it_lies_outside(level: float | None) -> None:
    drawn = histogram([0, 3, 2, 0], -2.0, 1.0, level)
    assert drawn is not None
    assert (drawn.threshold, drawn.first, drawn.last) == (None, -1.0, 1.0)


def test_nothing_is_drawn_of_nothing() -> None:
    assert histogram([0, 0], 0.0, 1.0, None) is None
    assert histogram([5], 0.0, 0.0, None) is None
