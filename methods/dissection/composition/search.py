"""The best formula for a unit: provably for up to three concepts, by a beam for more.

Mu and Andreas 2020, "Compositional Explanations of Neurons", look for formulas of AND, OR and AND NOT with a beam. La
Rosa and Gilpin 2026 show that many of a beam's formulas are not the best ones, and bound the rest. Here all pairs of
concepts are evaluated at once; the bounds of :mod:`~visualize.methods.dissection.composition.bounds` say which of them
can still lead to something better, and these are joined with every third concept, most promising first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.composition.bounds import Overlaps, bounds
from visualize.methods.dissection.composition.formula import Composed, Formula, Operator
from visualize.methods.dissection.composition.shared_counts import Pairs, SharedCounts
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.dissection.composition.cells import Cells

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

PROVEN = 3
"""The longest formulas that are searched exhaustively; longer ones grow from the best of these."""

LIMIT = 200_000
"""Pairs that are looked at with a third concept, at most; where more of them might lead to something better, nothing
is proven."""

_TOGETHER = 256  # pairs whose bounds are sharpened at once

BEAM = 20
"""Formulas that a beam keeps of each length (Mu and Andreas 2020 keep 10)."""


@dataclass(frozen=True)
class Ranked:
    """A formula with its counts.

    Args:
        formula: the formula.
        inside: pixels that it shares with the unit's mask.
        outside: its pixels outside the mask.
        iou: intersection over union.
    """

    formula: Formula
    inside: int
    outside: int
    iou: float

    @property
    def rank(self) -> tuple[float, int, tuple[int, ...], Formula]:
        """Better ones are smaller: by IoU, then by length, then by the concepts' order."""
        return -self.iou, self.formula.length, self.formula.columns, self.formula


class Search:
    """Looks for the best formulas of a layer's units over the cells of one probe set.

    Args:
        cells: the cells of the probe set.
        length: how many concepts a formula may have, from 1.
        minimum_area: concepts of fewer pixels are not named.
        beam: formulas that are kept of each length above :data:`PROVEN`.

    Raises:
        InputError: a length below 1.

    Example:
        >>> from visualize.methods.dissection.composition.cells import Cells
        >>> cells = Cells(np.array([[0, 0], [1, 0], [1, 2], [3, 0]]), np.array([70, 20, 10, 5]), concepts=3)
        >>> composed = Search(cells, length=3)(np.array([0, 18, 0, 5]))
        >>> composed.formula.words(["water", "blue", "boat"].__getitem__), composed.iou
        ('(water OR boat) AND NOT blue', 0.92)
    """

    def __init__(self, cells: Cells, *, length: int, minimum_area: int = 0, beam: int = BEAM) -> None:
        if length < 1:
            raise InputError(f"a formula has at least 1 concept; got {length}")
        self.cells, self.length, self.beam = cells, length, beam
        self._allowed = (cells.truth > 0) & (cells.truth >= minimum_area)
        self._truth = cells.truth.astype(np.float64)
        self._together = cells.together.astype(np.float64)

    def __call__(self, counts: Ints) -> Composed | None:
        """The best formula for one unit; None where its mask meets no concept.

        Of formulas with the same IoU it is the shortest, and of these the one with the first concepts.

        Args:
            counts: for each cell, how many of its pixels lie in the unit's mask.
        """
        chosen = np.flatnonzero(counts)
        mask = int(counts.sum())
        inside = self.cells.shared(chosen, counts[chosen]).astype(np.float64)
        if not mask or not (inside[self._allowed] > 0).any():
            return None
        pairs = self.cells.pairs(chosen, counts[chosen]).astype(np.float64)
        overlaps = Overlaps(mask, inside, self._truth - inside, pairs, self._together - pairs)
        unit = _Unit(overlaps, self._allowed, counts)
        alone = min(unit.single(), key=lambda item: item.rank)
        ranked, proven = self._shorter(unit)
        best = self._longer(unit, ranked)[0]
        return Composed(
            best.formula,
            intersection=best.inside,
            truth=best.inside + best.outside,
            activation=mask,
            optimal=proven and self.length <= PROVEN,
            single=alone.formula.first,
            single_iou=float(alone.iou),
        )

    def _shorter(self, unit: _Unit) -> tuple[list[Ranked], bool]:
        """The best formulas of up to three concepts, the very best first; whether that is proven."""
        best = _Best(self.beam if self.length > PROVEN else 1)
        best.add(unit.single())
        if self.length == 1:
            return best.ranked, True
        tables = unit.pairs()
        for operator, (inside, outside) in tables.items():
            best.add(unit.ranked_pairs(operator, inside, outside, best))
        if self.length == 2:
            return best.ranked, True
        proven = self._with_a_third(unit, best)
        return best.ranked, proven

    def _with_a_third(self, unit: _Unit, best: _Best) -> bool:
        """Join pairs with a third concept, most promising first; whether every pair was looked at that might matter."""
        limits = bounds(unit.overlaps, unit.allowed, best.least)
        tables = {Operator.AND: limits.both, Operator.OR: limits.either, Operator.AND_NOT: limits.without}
        first, second, kind, limit = _listed(tables, unit.allowed, best.least)
        shared = SharedCounts(self.cells, unit.counts, unit.overlaps)
        order = np.argsort(-limit, kind="stable")
        for begin in range(0, min(len(order), LIMIT), _TOGETHER):
            some = order[begin : begin + _TOGETHER]
            some = some[limit[some] > best.least]
            for number, operator in enumerate(tables if shared.feasible else ()):
                places = some[kind[some] == number]
                limit[places] = shared.best(Pairs(operator, first[places], second[places]))
            for place in some[np.argsort(-limit[some], kind="stable")]:
                if limit[place] > best.least:
                    formula = Formula(int(first[place]), ((tuple(tables)[kind[place]], int(second[place])),))
                    best.add(self._extended(unit, formula, best.least))
        return len(order) <= LIMIT or bool(limit[order[LIMIT]] <= best.least)

    def _extended(self, unit: _Unit, formula: Formula, least: float) -> list[Ranked]:
        """A formula joined with each concept more, where the IoU is above ``least``."""
        held = self.cells.holds(formula)
        sizes, counts = self.cells.sizes[held], unit.counts[held]
        inside, outside = float(counts.sum()), float(sizes.sum() - counts.sum())
        shared_in = self.cells.shared(held, counts).astype(np.float64)
        shared_out = self.cells.shared(held, sizes - counts).astype(np.float64)
        overlaps = unit.overlaps
        joined = {
            Operator.AND: (shared_in, shared_out),
            Operator.OR: (inside + overlaps.inside - shared_in, outside + overlaps.outside - shared_out),
            Operator.AND_NOT: (inside - shared_in, outside - shared_out),
        }
        allowed = unit.allowed.copy()
        allowed[list(formula.columns)] = False
        result: list[Ranked] = []
        for operator, (within, beyond) in joined.items():
            iou = np.where(allowed, overlaps.iou(within, beyond), 0)
            result += [
                Ranked(formula.joined(operator, int(column)), int(within[column]), int(beyond[column]), iou[column])
                for column in _above(iou, least, self.beam)
            ]
        return result

    def _longer(self, unit: _Unit, ranked: list[Ranked]) -> list[Ranked]:
        """Formulas of more than three concepts, grown from the best shorter ones."""
        frontier = ranked
        for _ in range(self.length - PROVEN):
            grown = _Best(self.beam)
            for item in frontier:
                grown.add(self._extended(unit, item.formula, 0.0))
            frontier = grown.ranked
            ranked = sorted([*ranked, *frontier], key=lambda item: item.rank)
        return ranked


class _Best:
    """The best formulas so far."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.ranked: list[Ranked] = []

    @property
    def least(self) -> float:
        """The IoU that a formula has to exceed to be among them."""
        return self.ranked[-1].iou if len(self.ranked) == self._count else 0.0

    def add(self, some: Sequence[Ranked]) -> None:
        if some:
            self.ranked = sorted([*self.ranked, *some], key=lambda item: item.rank)[: self._count]


@dataclass(frozen=True)
class _Unit:
    """Counts of one unit, and the concepts that its formulas may name."""

    overlaps: Overlaps
    allowed: NDArray[np.bool_]
    counts: Ints

    def single(self) -> list[Ranked]:
        """Each concept alone."""
        overlaps = self.overlaps
        iou = np.where(self.allowed, overlaps.iou(overlaps.inside, overlaps.outside), 0)
        return [
            Ranked(Formula(int(column)), int(overlaps.inside[column]), int(overlaps.outside[column]), iou[column])
            for column in np.flatnonzero(iou > 0)
        ]

    def pairs(self) -> dict[Operator, tuple[Floats, Floats]]:
        """I and E of every two concepts, by operator."""
        overlaps = self.overlaps
        both = overlaps.inside_pairs, overlaps.outside_pairs
        return {Operator.AND: both, Operator.OR: overlaps.either(), Operator.AND_NOT: overlaps.without()}

    def ranked_pairs(self, operator: Operator, inside: Floats, outside: Floats, best: _Best) -> list[Ranked]:
        """The pairs that are better than the best so far."""
        iou = np.where(_sensible(operator, self.allowed), self.overlaps.iou(inside, outside), 0).reshape(-1)
        result = []
        for place in _above(iou, best.least, 2 * BEAM):
            first, second = divmod(int(place), len(self.allowed))
            formula = Formula(first, ((operator, second),))
            result.append(Ranked(formula, int(inside[first, second]), int(outside[first, second]), iou[place]))
        return result


def _sensible(operator: Operator, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pairs of two different concepts, once each where their order does not matter."""
    both = allowed[:, None] & allowed
    if operator is Operator.AND_NOT:
        return both & ~np.eye(len(allowed), dtype=np.bool_)
    return np.triu(both, 1)


def _above(iou: Floats, least: float, count: int) -> NDArray[np.intp]:
    """Places of the largest values above ``least``, at most ``count``, largest first; of equals the first."""
    places = np.flatnonzero(iou > least)
    return places[np.argsort(-iou[places], kind="stable")][:count]


def _listed(
    tables: dict[Operator, Floats], allowed: NDArray[np.bool_], least: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Floats]:
    """The pairs with a bound above ``least``: first concept, second, number of the operator, bound."""
    columns: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Floats]] = []
    for kind, (operator, table) in enumerate(tables.items()):
        first, second = np.nonzero(_sensible(operator, allowed) & (table > least))
        columns.append((first, second, np.full(len(first), kind), table[first, second]))
    first, second, kinds, limit = (np.concatenate(column) for column in zip(*columns, strict=True))
    return first, second, kinds, limit
