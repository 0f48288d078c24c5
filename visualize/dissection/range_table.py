"""Tables of ranges of activation: for every range of every unit its ends, and the formula that fits it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.dissection.durable_files import durable
from visualize.dissection.formulas import words
from visualize.methods.concept_words import spoken
from visualize.spreadsheets import line, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.dissection.composition.ranges import Range

HEAD = (
    "unit", "range", "low", "high", "positions", "formula", "iou", "intersection", "truth", "activation", "optimal",
    "single", "single_iou",
)  # fmt: skip
"""Columns. As in NetDissect's tables units count from 1, and so do ranges, the lowest first. ``positions`` are
activations of the map, and ``intersection``, ``truth`` and ``activation`` pixels of label maps."""


def write_ranges(path: Path, composition: Composition) -> None:
    """Write the ranges of a layer's units as a table, in the order of the units."""
    rows = [
        line([unit, place, *_cells(item, composition)])
        for unit, ranges in enumerate(composition.ranges, 1)
        for place, item in enumerate(ranges, 1)
    ]
    with durable(path) as file:
        file.write("".join([line(HEAD), *rows]).encode())


def _cells(item: Range, composition: Composition) -> list[object]:
    """The cells behind the numbers of unit and range; those of the formula are empty where there is none."""
    ends: list[object] = [item.low, item.high, item.positions]
    if item.best is None:
        return [*ends, *[""] * (len(HEAD) - 5)]
    best, single = item.best, composition.concepts[item.best.single]
    return [
        *ends,
        quoted(words(best, composition.concepts)),
        best.iou,
        best.intersection,
        best.truth,
        best.activation,
        "yes" if best.optimal else "no",
        quoted(spoken(single.category, single.name)),
        best.single_iou,
    ]
