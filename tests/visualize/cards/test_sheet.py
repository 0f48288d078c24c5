"""The order of a sheet, by hand."""

from __future__ import annotations

import pytest

from visualize.cards.sheet import Row, brief, check_order, ordered
from visualize.figures import About, summary
from visualize.methods.errors import InputError
from visualize.methods.result import UnitName


def _row(unit: int, label: str | None, iou: float = 0.0, layer: int = 0) -> Row:
    name = None if label is None else UnitName(label=label, category="color", iou=iou, cut=0.04)
    return Row(summary([], About(model="m", layer="l", unit=f"l:{unit}")), name, (layer, (unit, ())))


ROWS = [
    _row(7, "car", 0.05), _row(2, None), _row(9, "Bus", 0.01), _row(1, "car", 0.3), _row(3, "apple", 0.2, 1),
    _row(0, "bus", 0.05),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "units"),
    [
        (None, [7, 2, 9, 1, 3, 0]),
        ("iou", [1, 3, 7, 0, 9, 2]),
        ("name", [3, 0, 1, 7, 9, 2]),
        ("unit", [0, 1, 2, 7, 9, 3]),
    ],
)
def test_rows_are_sorted_as_asked(order: str | None, units: list[int]) -> None:
    assert [int(row.content.about.short) for row in ordered(ROWS, order)] == units


def test_a_name_that_is_none_stands_in_brackets() -> None:
    names = [
        UnitName(label=label, category="color", iou=iou, cut=0.04)
        for label, iou in (("red-c", 0.0611), ("car", 0.0365), ("", 0))
    ]
    assert [brief(name) for name in names] == [("red", "0.0611"), ("(car)", "(0.0365)"), ("no concept", None)]


def test_another_order_is_refused() -> None:
    with pytest.raises(InputError, match="iou, name, unit, not ious; did you mean iou"):
        check_order("ious")
