"""No formula is better than the one that is found: by exhaustion, and by the authors' own package."""

from __future__ import annotations

import contextlib
import io
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.methods.dissection.composition.planted_masks import Bools, cells_of, concepts, counts_of, iou, noisy
from visualize.methods.dissection.composition.search import Search
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from visualize.methods.dissection.composition.formula import Composed


def _found(masks: Bools, unit: Bools, *, length: int = 3, minimum_area: int = 0) -> Composed:
    cells, where = cells_of(masks)
    composed = Search(cells, length=length, minimum_area=minimum_area)(counts_of(unit, where, cells))
    assert composed is not None
    held = composed.formula.where(masks.__getitem__)
    assert composed.iou == iou(held, unit)  # its counts are those of its pixels
    assert (composed.truth, composed.activation) == (held.sum(), unit.sum())
    return composed


def _exhausted(masks: Bools, unit: Bools) -> float:
    """The best IoU of all formulas of up to three concepts, pixel by pixel."""
    best, level = 0.0, list(masks)
    for depth in range(3):
        best = max(best, *(iou(mask, unit) for mask in level))
        if depth < 2:
            level = [mask for a, b in itertools.product(level, masks) for mask in (a & b, a | b, a & ~b)]
    return best


_UNITS = {
    "either, but not a third": lambda m: (m[0] | m[1]) & ~m[2],
    "three of them": lambda m: m[0] | m[1] | m[2],
    "all at once": lambda m: m[0] & m[1] & m[2],
    "one with another, or a third": lambda m: (m[0] & m[1]) | m[2],
    "one without two": lambda m: m[0] & ~m[1] & ~m[2],
    "one": lambda m: m[0],
    "nothing of theirs": lambda m: concepts(99, 1, m.shape[1])[0],
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unit", _UNITS)
def test_the_best_formula_is_that_of_an_exhaustive_search(unit: str, seed: int) -> None:
    masks = concepts(seed, 6, 200)
    mask = noisy(_UNITS[unit](masks), seed)
    composed = _found(masks, mask)
    assert composed.optimal
    assert composed.iou == _exhausted(masks, mask)


def test_so_it_is_over_twelve_concepts() -> None:
    masks = concepts(5, 12, 60)
    mask = noisy((masks[3] | masks[7]) & ~masks[1], 5)
    assert _found(masks, mask).iou == _exhausted(masks, mask)


@pytest.mark.parametrize("seed", range(3))
def test_the_package_of_the_published_search_finds_nothing_better(seed: int) -> None:
    from compositional_explanations import metrics, optimal

    masks = concepts(seed, 8, 20 * 16)
    mask = noisy((masks[0] | masks[1]) & ~masks[2], seed)
    planes = [torch.from_numpy(plane.reshape(20, 16)) for plane in masks]
    apart = torch.tensor([[not bool((a & b).any()) for b in planes] for a in planes])
    unit = torch.from_numpy(mask.reshape(20, 16))
    with contextlib.redirect_stdout(io.StringIO()):
        formula = optimal.compute_optimal_explanations(
            bitmaps=unit, masks=planes, disjoint_info=apart, length=3, device=torch.device("cpu"), cache_dir=None
        )
    theirs = metrics.compute_iou_from_masks(formula=formula, masks=planes, bitmaps=unit)
    assert _found(masks, mask).iou == theirs


def test_the_shortest_of_equals_is_named_and_the_single_concept_beside_it() -> None:
    masks = concepts(3, 5)
    composed = _found(masks, masks[2])
    assert (composed.formula.columns, composed.iou, composed.single, composed.single_iou) == ((2,), 1.0, 2, 1.0)


def test_longer_formulas_grow_from_the_best_shorter_ones_and_are_not_called_proven() -> None:
    masks = concepts(4, 9)
    unit = masks[0] | masks[1] | masks[2] | masks[3]
    shorter, longer = _found(masks, unit), _found(masks, unit, length=4)
    assert shorter.iou < longer.iou == 1
    assert not longer.optimal
    assert set(longer.formula.columns) == {0, 1, 2, 3}


def test_small_concepts_are_not_named() -> None:
    masks = concepts(6, 4)
    masks[0] = False
    masks[0, :9] = True
    assert 0 in _found(masks, masks[0] | masks[1]).formula.columns
    assert 0 not in _found(masks, masks[0] | masks[1], minimum_area=10).formula.columns


@pytest.mark.parametrize("length", [1, 2])
def test_shorter_formulas_are_the_best_of_their_length(length: int) -> None:
    masks = concepts(7, 6)
    mask = noisy(masks[0] & ~masks[1], 7)
    single = [iou(plane, mask) for plane in masks]
    pairs = [iou(pair, mask) for a in masks for b in masks for pair in (a & b, a | b, a & ~b)]
    assert _found(masks, mask, length=length).iou == max(single if length == 1 else pairs)


def test_a_mask_that_meets_nothing_has_no_formula() -> None:
    masks = np.zeros((2, 10), np.bool_)
    masks[:, :3] = True
    cells, where = cells_of(masks)
    assert Search(cells, length=3)(counts_of(~masks[0], where, cells)) is None
    assert Search(cells, length=3)(np.zeros(len(cells.sizes), np.int64)) is None


def test_a_formula_names_something() -> None:
    cells, _ = cells_of(concepts(0, 2))
    with pytest.raises(InputError, match="at least 1"):
        Search(cells, length=0)
