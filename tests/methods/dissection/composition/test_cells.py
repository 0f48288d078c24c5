"""Cells count what pixels hold."""

from __future__ import annotations

import numpy as np

from tests.methods.dissection.composition.planted_masks import cells_of, concepts, counts_of
from visualize.methods.dissection.composition.formula import Formula, Operator


def test_counts_over_cells_are_those_over_pixels() -> None:
    masks = concepts(0, 7)
    cells, where = cells_of(masks)
    unit = concepts(1, 1)[0]
    counts = counts_of(unit, where, cells)
    met = np.flatnonzero(counts)
    wide = masks.astype(np.int64)
    np.testing.assert_array_equal(cells.truth, wide.sum(1))
    np.testing.assert_array_equal(cells.together, wide @ wide.T)
    np.testing.assert_array_equal(cells.shared(met, counts[met]), wide @ unit)
    np.testing.assert_array_equal(cells.pairs(met, counts[met]), (wide * unit) @ wide.T)


def test_a_formula_holds_in_the_cells_of_the_pixels_in_which_it_holds() -> None:
    masks = concepts(2, 5)
    cells, where = cells_of(masks)
    formula = Formula(3, ((Operator.OR, 0), (Operator.AND_NOT, 4)))
    held = np.isin(where, cells.holds(formula))
    np.testing.assert_array_equal(held, (masks[3] | masks[0]) & ~masks[4])
