"""No formula of three concepts exceeds the bounds of the pair that it begins with."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.methods.dissection.composition.planted_masks import cells_of, concepts, counts_of, iou, noisy
from visualize.methods.dissection.composition.bounds import Overlaps, bounds
from visualize.methods.dissection.composition.formula import Formula, Operator
from visualize.methods.dissection.composition.shared_counts import Pairs, SharedCounts


@pytest.mark.parametrize("seed", range(4))
def test_bounds_hold(seed: int) -> None:
    masks = concepts(seed, 6, 200)
    unit = noisy((masks[0] & masks[1]) | masks[2], seed)
    cells, where = cells_of(masks)
    counts = counts_of(unit, where, cells)
    met = np.flatnonzero(counts)
    inside, pairs = cells.shared(met, counts[met]).astype(float), cells.pairs(met, counts[met]).astype(float)
    overlaps = Overlaps(float(unit.sum()), inside, cells.truth - inside, pairs, cells.together - pairs)
    rough = bounds(overlaps, np.ones(6, np.bool_), 0.0)
    sharp = SharedCounts(cells, counts, overlaps)
    by_operator = {Operator.AND: rough.both, Operator.OR: rough.either, Operator.AND_NOT: rough.without}
    tables = (
        overlaps.iou(*overlaps.either()),
        overlaps.iou(*overlaps.without()),
        overlaps.iou(pairs, cells.together - pairs),
    )
    least = max(table.max() for table in tables)
    # what does not exceed the best pair need not be bounded
    for operator, table in by_operator.items():
        for first, second in itertools.permutations(range(6), 2):
            closer = sharp.best(Pairs(operator, np.array([first]), np.array([second])))[0]
            for third, last in itertools.product(set(range(6)) - {first, second}, Operator):
                formula = Formula(first, ((operator, second), (last, third)))
                reached = iou(formula.where(masks.__getitem__), unit)
                assert reached <= closer
                smallest = operator is last is Operator.OR and inside[third] > min(inside[first], inside[second])
                again = operator is Operator.AND_NOT and last is Operator.AND  # (a AND c) AND NOT b is looked at
                assert reached <= max(least, table[first, second]) or smallest or again
