"""Comparison of dissections in one call, from Python."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.comparison.comparison import Comparison, distinct, open_tables, plainly, require_cut
from visualize.dissection.tables import Table
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def compare(*dissections: str | Path | Table | Sequence[Table], cut: float | None = None) -> Comparison:
    """Compare dissections: detectors and unique concepts by category, what only one has, the best unit for a concept.

    Args:
        dissections: tables, lists of tables as :func:`visualize.dissect` gives them, folders that it or ``viz dissect``
            has written (every layer in them), CSV files in NetDissect's columns, or addresses of such files.
        cut: the IoU above which a unit is a detector; None takes that of each dissection.

    Returns:
        the tables, which display themselves in a notebook; ``frame()`` has a row for each unit of each.

    Raises:
        InputError: none is given, or one of them cannot be read.

    Example:
        >>> import visualize as viz
        >>> few = viz.dissect("scenes-alexnet", "conv5", count=8, settings={"resamples": 0}, out="few")
        >>> more = viz.dissect("scenes-alexnet", "conv5", count=12, settings={"resamples": 0}, out="more")
        >>> compare(few, more)
        <Comparison of
          scenes-alexnet conv5 (few)
          scenes-alexnet conv5 (more)>
    """
    require_cut(cut)
    tables: list[Table] = []
    for given in dissections:
        if isinstance(given, str | Path):
            tables += open_tables([str(given)])
        else:
            tables += map(plainly, [given] if isinstance(given, Table) else given)
    if not tables:
        raise InputError("no dissection is named; give tables of viz.dissect, or folders of viz dissect")
    return Comparison(tuple(distinct([table if cut is None else replace(table, cut=cut) for table in tables])))
