"""Cells: the different sets of concepts that pixels of a probe set bear, and how many pixels bear each.

Any formula holds at all pixels of a cell or at none of them. So two integers for each cell, how many pixels it has and
how many of these lie in the unit's mask, decide the IoU of every formula exactly, and there are thousands of times
fewer cells than pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from visualize.methods.dissection.composition.formula import Formula

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Sets of concepts that occur together, and their sizes.

    Args:
        members: cells x depth, columns of concepts from 1; 0 where a cell has fewer. A cell of zeros bears none.
        sizes: how many pixels each cell has.
        concepts: how many concepts there are.

    Example:
        >>> cells = Cells(np.array([[0, 0], [1, 0], [1, 2]]), np.array([70, 20, 10]), concepts=2)
        >>> cells.truth.tolist()
        [30, 10]
        >>> cells.together.tolist()
        [[30, 10], [10, 10]]
    """

    members: NDArray[np.int32]
    sizes: Ints
    concepts: int

    @cached_property
    def truth(self) -> Ints:
        """Pixels of each concept."""
        return self.shared(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def together(self) -> Ints:
        """Concepts x concepts, pixels that bear both; a concept's own pixels on the diagonal."""
        return self.pairs(np.arange(len(self.sizes)), self.sizes)

    def shared(self, chosen: Ints, counts: Ints) -> Ints:
        """For each concept, the sum of ``counts`` over the cells of ``chosen`` that have it."""
        members = self.members[chosen]
        sums = np.zeros(self.concepts + 1, np.int64)
        for place in range(members.shape[1]):
            sums += _sums(members[:, place], counts, self.concepts + 1)
        return sums[1:]

    def pairs(self, chosen: Ints, counts: Ints) -> Ints:
        """For each two concepts, the sum of ``counts`` over the cells of ``chosen`` that have both."""
        members, wide = self.members[chosen].astype(np.int64), self.concepts + 1
        sums = np.zeros(wide * wide, np.int64)
        for first in range(members.shape[1]):
            for second in range(members.shape[1]):
                both = np.flatnonzero((members[:, first] > 0) & (members[:, second] > 0))
                if len(both):
                    sums += _sums(members[both, first] * wide + members[both, second], counts[both], wide * wide)
        return sums.reshape(wide, wide)[1:, 1:]

    def where(self, column: int) -> NDArray[np.bool_]:
        """The cells that have a concept, whose columns count from 0."""
        held = np.zeros(len(self.sizes), np.bool_)
        held[self._having[self._starts[column + 1] : self._starts[column + 2]]] = True
        return held

    def holds(self, formula: Formula) -> Ints:
        """The cells in which a formula holds, rising."""
        return np.flatnonzero(formula.where(self.where))

    @cached_property
    def _having(self) -> Ints:
        """Cells sorted by the concepts that they have."""
        cells: Ints = np.argsort(self.members, axis=None, kind="stable") // max(1, self.members.shape[1])
        return cells

    @cached_property
    def _starts(self) -> Ints:
        """For each column from 0 (none), where its cells begin in :attr:`_having`."""
        counts = np.bincount(self.members.reshape(-1), minlength=self.concepts + 1)
        return np.concatenate([[0], np.cumsum(counts)])


def _sums(keys: NDArray[np.integer], counts: Ints, length: int) -> Ints:
    """Sums of ``counts`` by key; in float64, which is exact below 2^53."""
    return np.bincount(keys, counts, minlength=length).astype(np.int64)
