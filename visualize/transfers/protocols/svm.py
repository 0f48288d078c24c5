"""``svm``: a linear support vector machine for each class, C chosen by cross-validation on the training part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.transfer.pooling import by_length
from visualize.methods.transfer.precision import average_precision
from visualize.transfers.part import Answer, called
from visualize.transfers.protocols.linear import Machine, Rotated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.transfers.part import Lesson

COSTS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""What C is chosen from, one for all classes."""
_USUAL = 1.0  # C where there is nothing to hold out


def svm(lesson: Lesson) -> Answer:
    """Learn from rows divided by their length, and give scores to the pictures to test on.

    The C that gives the best score on held-out parts of the training pictures serves all classes: the score is
    accuracy, or the mean average precision where a picture may be of several classes. Pictures that are left out of a
    class do not take part in learning it.
    """
    rotated, machine = Rotated(by_length(lesson.rows)), Machine()
    cost, notes = (lesson.costs[0], ()) if lesson.costs else _chosen(lesson, rotated, machine)
    everything = np.ones(len(lesson.rows), bool)
    learnt = _learnt(lesson, rotated, machine, cost, everything)
    weights, offsets = rotated.whole(np.array([item[0] for item in learnt])), np.array([item[1] for item in learnt])
    slow = sum(not item[2] for item in learnt)
    if slow:
        notes = (*notes, f"the solver stopped at {machine.iterations} iterations for {slow} classes")
    scores = by_length(lesson.tested) @ weights.T + offsets
    return Answer(scores, (cost,) * len(learnt), weights, offsets, notes)


def _chosen(lesson: Lesson, rotated: Rotated, machine: Machine) -> tuple[float, tuple[str, ...]]:
    """The C with the best score on held-out parts, the smallest of equals."""
    folds = lesson.folds()
    if not folds:
        return _USUAL, (f"C is {_USUAL:g} unchosen, as the pictures to learn from are of one group",)
    scores: list[float] = []
    for cost in COSTS:
        held = [_held_out(lesson, rotated, machine, cost, fold) for fold in folds]
        scores.append(float(np.nanmean(held)) if np.isfinite(held).any() else -np.inf)
    return COSTS[int(np.argmax(scores))], ()


def _held_out(lesson: Lesson, rotated: Rotated, machine: Machine, cost: float, fold: NDArray[np.bool_]) -> float:
    """Score on one held-out part; NaN where nothing in it can be scored."""
    learnt = _learnt(lesson, rotated, machine, cost, ~fold)
    weights, offsets = np.array([item[0] for item in learnt]), np.array([item[1] for item in learnt])
    scores, labels = rotated.short[fold] @ weights.T + offsets, lesson.labels[fold]
    if not lesson.several:
        return float(np.mean(labels[np.arange(len(labels)), called(scores)] == 1))
    each = [
        float(average_precision(labels[known, place] == 1, scores[known, place]))
        for place, known in enumerate((labels >= 0).T)
    ]
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


def _learnt(
    lesson: Lesson, rotated: Rotated, machine: Machine, cost: float, part: NDArray[np.bool_]
) -> list[tuple[NDArray[np.float64], float, bool]]:
    """Weights, offset and whether the solver came to an end, for each class; learnt from a part of the pictures."""

    def learn(place: int) -> tuple[NDArray[np.float64], float, bool]:
        known = part & (lesson.labels[:, place] >= 0)
        there = lesson.labels[known, place] == 1
        if there.all() or not there.any():  # nothing to tell apart: every picture gets the same score
            return np.zeros(rotated.short.shape[1]), 1.0 if there.all() and len(there) else -1.0, True
        fitted, ended = machine.fitted(rotated.short[known], there, cost)
        return fitted.coef_[0], float(fitted.intercept_[0]), ended

    return [learn(place) for place in range(lesson.labels.shape[1])]
