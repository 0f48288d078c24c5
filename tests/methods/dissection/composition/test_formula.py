"""Formulas say and hold what they are read as."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from visualize.methods.dissection.composition.formula import Composed, Formula, Operator

_NAMES = ("car", "bus", "sky")
_TABLE = np.array(list(itertools.product([False, True], repeat=3))).T  # a, b, c: all eight rows of a truth table


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("and", "and", "car AND bus AND sky"),
        ("and", "or", "(car AND bus) OR sky"),
        ("and", "and not", "car AND bus AND NOT sky"),
        ("or", "and", "(car OR bus) AND sky"),
        ("or", "or", "car OR bus OR sky"),
        ("or", "and not", "(car OR bus) AND NOT sky"),
        ("and not", "or", "(car AND NOT bus) OR sky"),
        ("and not", "and not", "car AND NOT bus AND NOT sky"),
    ],
)
def test_a_formula_holds_where_its_words_read_as_python_do(first: str, second: str, text: str) -> None:
    formula = Formula(0, ((Operator(first), 1), (Operator(second), 2)))
    assert formula.words(_NAMES.__getitem__) == text
    spelled = text.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
    wanted = [eval(spelled, dict(zip(_NAMES, row, strict=True))) for row in _TABLE.T.tolist()]
    assert formula.where(_TABLE.__getitem__).tolist() == wanted


def test_a_concept_alone_is_a_formula_and_its_mask_is_not_handed_out() -> None:
    formula = Formula(1)
    held = formula.where(_TABLE.__getitem__)
    held[:] = False
    assert (formula.words(_NAMES.__getitem__), formula.length, bool(_TABLE[1].any())) == ("bus", 1, True)


def test_empty_masks_have_no_iou() -> None:
    assert Composed(Formula(0), 0, 0, 0, optimal=True, single=0, single_iou=0.0).iou == 0
