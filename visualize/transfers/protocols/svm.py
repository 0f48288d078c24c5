"""``svm``: a linear support vector machine for each class, C chosen by cross-validation on the training part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.transfer.pooling import by_length
from visualize.transfers.part import Answer
from visualize.transfers.protocols.linear import Machine, Rotated
from visualize.transfers.protocols.search import chosen_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.transfers.part import Lesson

COSTS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""What C is chosen from, one for all classes."""


def svm(lesson: Lesson) -> Answer:
    """Learn from rows divided by their length, and give scores to the pictures to test on.

    One C serves all classes. Pictures that are left out of a class do not take part in learning it.
    """
    rotated, machine = Rotated(by_length(lesson.rows)), Machine()

    def learn(cost: float, part: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        return machine.learnt(rotated.short, lesson.labels, part, (cost,) * lesson.labels.shape[1])

    cost, notes = chosen_cost(lesson, rotated.short, COSTS, learn)
    weights, offsets, slow = learn(cost, np.ones(len(lesson.rows), bool))
    if slow:
        notes = (*notes, f"the solver stopped at {machine.iterations} iterations for {slow} classes")
    whole = rotated.whole(weights)
    tested = by_length(lesson.tested)
    return Answer(tested @ whole.T + offsets, (cost,) * len(weights), whole, offsets, notes, tested=tested)
