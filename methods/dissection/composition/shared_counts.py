"""Sharper bounds for a few pairs: with the exact pixels of the unit's mask that each third concept shares with them.

A mask meets few cells, so that its own part of every count is a small matrix product; what lies outside the mask is
bounded by what the pair's concepts share with the third there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.composition.formula import Operator

if TYPE_CHECKING:
    from visualize.methods.dissection.composition.bounds import Overlaps
    from visualize.methods.dissection.composition.cells import Cells

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_LARGEST = 1 << 24  # numbers in the matrix of cells and concepts; of a larger one, no bounds are made


@dataclass(frozen=True)
class Pairs:
    """Some pairs of concepts under one operator.

    Args:
        operator: the operator.
        first: columns of the first concepts.
        second: columns of the second.
    """

    operator: Operator
    first: Places
    second: Places


class SharedCounts:
    """The cells that a unit's mask meets.

    Args:
        cells: the cells of the probe set.
        counts: for each cell, how many of its pixels lie in the mask.
        overlaps: the unit's counts.
    """

    def __init__(self, cells: Cells, counts: NDArray[np.int64], overlaps: Overlaps) -> None:
        met = np.flatnonzero(counts)
        self._overlaps, self._counts = overlaps, counts[met].astype(np.float64)
        self.feasible = len(met) * (cells.concepts + 1) <= _LARGEST
        if self.feasible:
            having = np.zeros((len(met), cells.concepts + 1))
            np.put_along_axis(having, cells.members[met].astype(np.int64), 1.0, axis=1)
            self._having = np.ascontiguousarray(having[:, 1:])

    def best(self, pairs: Pairs) -> Floats:
        """For each pair, an upper bound on its IoU with any third concept under any operator."""
        overlaps, first, second = self._overlaps, pairs.first, pairs.second
        one, other = self._having[:, first], self._having[:, second]
        if pairs.operator is Operator.AND:
            held, outside = one * other, overlaps.outside_pairs[first, second]
        elif pairs.operator is Operator.OR:
            held = np.maximum(one, other)
            outside = overlaps.outside[first] + overlaps.outside[second] - overlaps.outside_pairs[first, second]
        else:
            held = one * (1 - other)
            outside = overlaps.outside[first] - overlaps.outside_pairs[first, second]
        held *= self._counts[:, None]
        shared = held.T @ self._having
        inside = held.sum(0)[:, None]
        least, most = self._shared_outside(pairs, outside[:, None])
        outcomes = (
            overlaps.iou(shared, least),
            overlaps.iou(inside + overlaps.inside - shared, outside[:, None] + overlaps.outside - most),
            overlaps.iou(inside - shared, outside[:, None] - most),
        )
        bound: Floats = np.maximum.reduce(outcomes)
        rows = np.arange(len(first))
        bound[rows, first] = bound[rows, second] = 0
        best: Floats = bound.max(1)
        return best

    def _shared_outside(self, pairs: Pairs, outside: Floats) -> tuple[Floats, Floats]:
        """Bounds on the pixels outside the mask that each pair shares with each third concept, from below and above."""
        overlaps = self._overlaps
        one, other = overlaps.outside_pairs[pairs.first], overlaps.outside_pairs[pairs.second]
        if pairs.operator is Operator.AND:
            return np.zeros_like(one), np.minimum(np.minimum(one, other), outside)
        if pairs.operator is Operator.OR:
            return np.maximum(one, other), np.minimum(np.minimum(one + other, outside), overlaps.outside)
        without = overlaps.outside_pairs[pairs.first, pairs.second][:, None]
        return np.maximum(0, one - without), np.minimum(one, outside)
