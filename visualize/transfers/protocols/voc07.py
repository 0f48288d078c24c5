"""``voc07``: linear support vector machines as VISSL trains them on Pascal VOC 2007."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.transfer.pooling import by_length
from visualize.methods.transfer.precision import average_precision
from visualize.transfers.part import FOLDS, Answer
from visualize.transfers.protocols.linear import Machine, Rotated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from visualize.transfers.part import Lesson

COSTS = (0.01, 0.1, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 50.0, 100.0, 1000.0)
"""What C is chosen from, for each class by itself."""
WEIGHT = {1: 2, -1: 1}
"""Weights of the pictures of a class, and of the others."""
_MORE = 1e-5  # that is added to the length of each row
_USUAL = 1.0


def voc07(lesson: Lesson) -> Answer:
    """Learn each class with the C of the largest average precision on held-out thirds of the training pictures.

    Rows are divided by their length + 1e-5. As in VISSL, a picture in which a class is difficult counts as one without
    it while learning, and does not count in the test; the average precision by which C is chosen is scikit-learn's.
    """
    rotated, machine = Rotated(by_length(lesson.rows, more=_MORE)), Machine(weight=WEIGHT)
    there = lesson.labels == 1
    costs = lesson.costs or tuple(_chosen(lesson, rotated.short, shown, machine) for shown in there.T)
    everything = np.ones(len(there), bool)
    weights, offsets, slow = machine.learnt(rotated.short, there.astype(np.int8), everything, costs)
    whole = rotated.whole(weights)
    notes = (f"the solver stopped at {machine.iterations} iterations for {slow} classes",) if slow else ()
    tested = by_length(lesson.tested, more=_MORE)
    return Answer(tested @ whole.T + offsets, costs, whole, offsets, notes, tested=tested)


def _chosen(lesson: Lesson, rows: NDArray[np.float64], there: NDArray[np.bool_], machine: Machine) -> float:
    """The C of one class, the smallest of equals."""
    folds = [fold for fold in _folds(lesson, there) if there[~fold].any() and not there[~fold].all()]
    if not folds:
        return _USUAL
    means: list[float] = []
    for cost in COSTS:
        held = []
        for fold in folds:
            fitted, _ = machine.fitted(rows[~fold], there[~fold], cost)
            held.append(float(average_precision(there[fold], fitted.decision_function(rows[fold]))))
        means.append(float(np.nanmean(held)) if np.isfinite(held).any() else -np.inf)
    return COSTS[int(np.argmax(means))]


def _folds(lesson: Lesson, there: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """Thirds as scikit-learn deals them out for ``cv=3``; of pictures in groups, thirds that split none."""
    if lesson.groups:
        yield from lesson.folds()
        return
    count = min(FOLDS, int(there.sum()), int((~there).sum()))
    if count < 2:
        return
    from sklearn.model_selection import StratifiedKFold

    for _, held in StratifiedKFold(count).split(there, there):
        fold = np.zeros(len(there), bool)
        fold[held] = True
        yield fold
