from __future__ import annotations

import numpy as np
import pytest

from tests.visualize.transfers.kit import colour_task, small_probe
from visualize.methods.errors import InputError
from visualize.methods.result import UnitName
from visualize.transfers.api import transfer
from visualize.transfers.leaning import leanings, named
from visualize.transfers.part import Lesson
from visualize.transfers.protocols.catalogue import PROTOCOLS

_RNG = np.random.default_rng(0)
_LABELS = np.eye(3, dtype=np.int8)[np.arange(60) % 3]
_ROWS = (_RNG.random((60, 20)) + 0.5 * _LABELS @ _RNG.random((3, 20))).astype(np.float32)


@pytest.mark.parametrize("protocol", ["svm", "voc07", "logistic"])
def test_parts_of_units_add_up_to_the_logit_and_to_how_it_differs(protocol: str) -> None:
    answer = PROTOCOLS[protocol].learn(Lesson(_ROWS, _LABELS, _ROWS, several=False, costs=(1.0,) * 3))
    held = leanings(answer, _LABELS, ("a", "b", "c"), lambda row: (str(row), None))
    for place, (name, item) in enumerate(held.items()):
        there = _LABELS[:, place] == 1
        assert item.logit == pytest.approx(answer.scores[there, place].mean(), abs=1e-9), name
        assert item.others == pytest.approx(answer.scores[~there, place].mean(), abs=1e-9)
        assert item.offset + sum(unit.part for unit in item.units) + item.rest == pytest.approx(item.logit, abs=1e-9)
        beyond = [unit.beyond for unit in item.units]
        assert beyond == sorted(beyond, reverse=True)


def test_a_planted_unit_is_found_with_its_picture() -> None:
    rows = np.full((40, 6), 0.5, np.float32)
    labels = np.eye(2, dtype=np.int8)[np.arange(40) % 2]
    rows[labels[:, 1] == 1, 4] += 1
    rows[7, 4] += 1
    answer = PROTOCOLS["svm"].learn(Lesson(rows, labels, rows, several=False, costs=(1.0,) * 2))
    item = leanings(answer, labels, ("no", "yes"), lambda row: (f"{row}.png", None))["yes"]
    assert (item.units[0].unit, item.units[0].file) == (4, "7.png")
    assert item.units[0].beyond == pytest.approx(item.logit - item.others, rel=0.5)
    with_names = named(
        {"yes": item}, lambda unit: UnitName(label=f"thing {unit}", category="object", iou=0.2, cut=0.04)
    )
    assert "thing 4, IoU 0.2" in with_names["yes"].units[0].headline


def test_it_takes_averages_and_a_linear_classifier() -> None:
    worth = transfer(small_probe(), data=colour_task(30), layers="3", twin=False, explain=True)
    (item,) = worth.networks[0].layers
    assert item.features == item.units
    assert set(item.leanings) == {"red", "green", "blue"}
    assert all(unit.picture is not None for leaning in item.leanings.values() for unit in leaning.units)
    with pytest.raises(InputError, match="--numbers 1"):
        transfer(small_probe(), data=colour_task(30), explain=True, numbers=100)
    with pytest.raises(InputError, match="linear classifier"):
        transfer(small_probe(), data=colour_task(30), explain=True, protocol="knn")
