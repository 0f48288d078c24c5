"""Choosing C by cross-validation on the training pictures."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.transfer.pooling import by_length
from visualize.methods.transfer.precision import average_precision
from visualize.transfers.part import Answer, called
from visualize.transfers.protocols.linear import ITERATIONS, Rotated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from visualize.transfers.part import Lesson

    Learn = Callable[[float, NDArray[np.bool_]], tuple[NDArray[np.float64], NDArray[np.float64], int]]
    """Weights, offsets and how many classes did not come to an end, of a C and of the pictures to learn from."""
    Learner = Callable[
        [NDArray[np.float64], float, NDArray[np.bool_]], tuple[NDArray[np.float64], NDArray[np.float64], int]
    ]
    """The same of rows, C and the pictures to learn from."""

_USUAL = 1.0  # C where there is nothing to hold out


def chosen_cost(
    lesson: Lesson, rows: NDArray[np.float64], costs: Sequence[float], learn: Learn
) -> tuple[float, tuple[str, ...]]:
    """The C with the best score on held-out parts of the training pictures, the smallest of equals, for all classes.

    The score is accuracy, or the mean average precision where a picture may be of several classes.

    Args:
        lesson: the pictures; a C that it has is taken.
        rows: their features, as the classifier takes them.
        costs: what is tried, rising.
        learn: learns from a part of them.

    Returns:
        C, and sentences on how it was chosen.
    """
    if lesson.costs:
        return lesson.costs[0], ()
    folds = lesson.folds()
    if not folds:
        return _USUAL, (f"C is {_USUAL:g} unchosen, as the pictures to learn from are of one group",)
    means: list[float] = []
    for cost in costs:
        held = [_held_out(lesson, rows, fold, *learn(cost, ~fold)[:2]) for fold in folds]
        means.append(float(np.nanmean(held)) if np.isfinite(held).any() else -np.inf)
    return costs[int(np.argmax(means))], ()


def learnt_by_length(lesson: Lesson, costs: Sequence[float], solver: str, learn: Learner) -> Answer:
    """Answer of a linear classifier on rows divided by their length, with one C for all classes chosen by folds.

    Args:
        lesson: the pictures to learn from, and those to test on.
        costs: what C is chosen from, rising.
        solver: name for a note, where it stopped at its most iterations.
        learn: of rows, C and the part of the pictures to learn from makes weights (classes x numbers), offsets
            (classes), and the number of models whose solver did not come to an end.
    """
    rotated = Rotated(by_length(lesson.rows))
    cost, notes = chosen_cost(lesson, rotated.short, costs, functools.partial(learn, rotated.short))
    weights, offsets, slow = learn(rotated.short, cost, np.ones(len(lesson.rows), bool))
    if slow:
        notes = (*notes, f"{solver} stopped at {ITERATIONS} iterations in {slow} of the fits")
    whole, tested = rotated.whole(weights), by_length(lesson.tested)
    return Answer(tested @ whole.T + offsets, (cost,) * len(weights), whole, offsets, notes, tested=tested)


def _held_out(
    lesson: Lesson,
    rows: NDArray[np.float64],
    fold: NDArray[np.bool_],
    weights: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> float:
    """Score on one held-out part; NaN where nothing in it can be scored."""
    scores, labels = rows[fold] @ weights.T + offsets, lesson.labels[fold]
    if not lesson.several:
        return float(np.mean(labels[np.arange(len(labels)), called(scores)] == 1))
    each = [
        float(average_precision(labels[known, place] == 1, scores[known, place]))
        for place, known in enumerate((labels >= 0).T)
    ]
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")
