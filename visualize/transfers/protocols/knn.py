"""``knn``: votes of nearest neighbours, as solo-learn (k 20, T 0.07) and InstDisc and lightly (k 200, T 0.1) do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.transfer.neighbours import neighbour_votes
from visualize.methods.transfer.pooling import by_length
from visualize.transfers.part import Answer

if TYPE_CHECKING:
    from visualize.transfers.part import Lesson


def knn(lesson: Lesson, *, count: int = 20, temperature: float = 0.07) -> Answer:
    """Ask the nearest training pictures, by the cosine of their features; nothing is learnt or chosen.

    Args:
        lesson: the pictures.
        count: neighbours that vote.
        temperature: a vote weighs exp(cosine / T).
    """
    votes = neighbour_votes(
        by_length(lesson.rows), lesson.labels, by_length(lesson.tested), count=count, temperature=temperature
    )
    fewer = f"only {len(lesson.rows)} pictures to learn from, which all vote"
    return Answer(votes, notes=(fewer,) if len(lesson.rows) < count else ())
