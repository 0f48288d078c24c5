"""``svm``: a linear support vector machine for each class, C chosen by cross-validation on the training part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.transfers.protocols.linear import Machine
from visualize.transfers.protocols.search import learnt_by_length

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from visualize.transfers.part import Answer, Lesson

COSTS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""What C is chosen from, one for all classes."""


def svm(lesson: Lesson) -> Answer:
    """Learn from rows divided by their length, and give scores to the pictures to test on.

    One C serves all classes. Pictures that are left out of a class do not take part in learning it. Where there are
    more pictures than features the primal problem is solved, as scikit-learn does by itself.
    """
    machine = Machine(dual=lesson.rows.shape[0] < lesson.rows.shape[1])

    def learn(
        rows: NDArray[np.float64], cost: float, part: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        return machine.learnt(rows, lesson.labels, part, (cost,) * lesson.labels.shape[1])

    return learnt_by_length(lesson, COSTS, "the solver", learn)
