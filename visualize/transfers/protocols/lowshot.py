"""``lowshot``: linear support vector machines on a few pictures of each class, drawn five times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError
from visualize.methods.transfer.pooling import by_length
from visualize.transfers.part import Answer
from visualize.transfers.protocols.linear import Machine, Rotated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.transfers.part import Lesson

SHOTS = (1, 2, 4, 8, 16, 32, 64, 96)
"""Pictures of each class, as in VISSL; as far as the commonest class has them."""
DRAWS = 5
_COST = 1.0


def lowshot(lesson: Lesson) -> Answer:
    """Learn each class from k pictures of it and k of every other class that do not show it, C = 1.

    Of a class that has fewer than k, all are taken. What is drawn for more shots holds what is drawn for fewer.
    """
    totals = (lesson.labels == 1).sum(0)
    shots = [count for count in SHOTS if count <= totals.max()]
    if not shots:
        raise InputError("no class has a picture to learn from")
    rotated, tested = Rotated(by_length(lesson.rows)), by_length(lesson.tested)
    draws = []
    for count in shots:
        scores = [_scores(lesson, rotated, tested, count, draw) for draw in range(DRAWS)]
        draws.append((count, tuple(scores)))
    return Answer(draws[-1][1][0], (_COST,) * lesson.labels.shape[1], shots=tuple(draws))


def _scores(
    lesson: Lesson, rotated: Rotated, tested: NDArray[np.float64], count: int, draw: int
) -> NDArray[np.float64]:
    """Scores of the test pictures by machines of one draw."""
    order = np.random.default_rng((lesson.seed, draw)).permutation(len(lesson.rows))
    size = lesson.labels.shape[1]
    weights, offsets = np.zeros((size, rotated.short.shape[1])), np.zeros(size)
    for place in range(size):
        part = np.zeros(len(order), bool)
        part[order[lesson.labels[order, place] == 1][:count]] = True
        absent = lesson.labels[order, place] == 0
        for other in range(size):
            if other != place:
                part[order[absent & (lesson.labels[order, other] == 1)][:count]] = True
        if (lesson.labels[part, place] == 1).all():  # no other class without this one: whatever does not show it
            part[order[absent][:count]] = True
        learnt = Machine().learnt(rotated.short, lesson.labels[:, [place]], part, (_COST,))
        weights[place], offsets[place] = learnt[0][0], learnt[1][0]
    return tested @ rotated.whole(weights).T + offsets
