"""``logistic``: multinomial logistic regression by L-BFGS, C chosen by cross-validation on the training part."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.transfers.protocols.linear import ITERATIONS
from visualize.transfers.protocols.search import learnt_by_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.transfers.part import Answer, Lesson

COSTS = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""What C is chosen from, one for all classes."""
_TOLERANCE = 1e-6  # scikit-learn's own, 1e-4, stops a hundredth away from the solution


def logistic(lesson: Lesson) -> Answer:
    """Learn class probabilities from rows divided by their length.

    One model for all classes where a picture is of one; where it may be of several, one for each class. L2 penalty.
    """
    return learnt_by_length(lesson, COSTS, "L-BFGS", functools.partial(_learnt, lesson))


def _learnt(
    lesson: Lesson, rows: NDArray[np.float64], cost: float, part: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Weights and offsets of all classes, and how many models did not come to an end."""
    size = lesson.labels.shape[1]
    weights, offsets, slow = np.zeros((size, rows.shape[1])), np.full(size, -1.0), 0
    if not lesson.several:
        truth = np.argmax(lesson.labels[part], axis=1)
        known = np.unique(truth)
        if len(known) < 2:
            offsets[known] = 1.0
            return weights, offsets, 0
        model, ended = _fitted(rows[part], truth, cost)
        two = len(known) == 2  # for which scikit-learn keeps one row: that of the second class against the first
        offsets[:] = -np.inf  # of classes that nothing was learnt of
        weights[known] = [-model.coef_[0], model.coef_[0]] if two else model.coef_
        offsets[known] = [-model.intercept_[0], model.intercept_[0]] if two else model.intercept_
        return weights, offsets, int(not ended)
    for place in range(size):
        taught = part & (lesson.labels[:, place] >= 0)
        there = lesson.labels[taught, place] == 1
        if there.all() or not there.any():
            continue
        model, ended = _fitted(rows[taught], there, cost)
        weights[place], offsets[place], slow = model.coef_[0], model.intercept_[0], slow + (not ended)
    return weights, offsets, slow


def _fitted(rows: NDArray[np.float64], truth: NDArray[Any], cost: float) -> tuple[Any, bool]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=cost, max_iter=ITERATIONS, tol=_TOLERANCE)  # L-BFGS and L2 by default
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, truth)
    return model, int(np.max(model.n_iter_)) < ITERATIONS
