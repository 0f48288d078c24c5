"""Whatever a classifier is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.transfers.splits import dealt

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 3


@dataclass(frozen=True, eq=False)
class Lesson:
    """Features to learn from and features to test on.

    Args:
        rows: pictures to learn from x features, as the layer gives them.
        labels: the same pictures x classes: 1 of the class, 0 not, -1 left out of it.
        tested: pictures to test on x features.
        several: a picture may be of several classes, or of none.
        groups: of the pictures to learn from; empty where each stands by itself.
        seed: of all that is random.
        costs: C of each class where it is known already; empty where it is to be chosen.
    """

    rows: NDArray[np.floating]
    labels: NDArray[np.int8]
    tested: NDArray[np.floating]
    several: bool
    groups: tuple[str, ...] = ()
    seed: int = 0
    costs: tuple[float, ...] = ()

    def folds(self, count: int = FOLDS) -> list[NDArray[np.bool_]]:
        """Parts of the pictures to learn from, for cross-validation: in each mask, true is held out.

        As many as are asked for, at most one for each group; none where a single group leaves nothing to hold out.
        """
        count = min(count, len(set(self.groups)) if self.groups else len(self.rows))
        if count < 2:
            return []
        parts = dealt(self.labels, self.groups, [1 / count] * count, several=self.several, seed=self.seed)
        return [parts == number for number in range(count)]


@dataclass(frozen=True, eq=False)
class Answer:
    """Scores that a classifier gives to the pictures to test on.

    Args:
        scores: pictures x classes, larger where the class is likelier.
        costs: C of each class; empty for a classifier without one.
        weights: classes x features, of a linear classifier on the rows as the protocol scales them; None of others.
        offsets: what is added for each class.
        notes: sentences on how the fit went.
        shots: of a classifier that learns from a few pictures, how many of each class, with the scores of every draw.
        tested: features of the pictures to test on as a linear classifier takes them: ``scores`` is ``tested`` x
            ``weights`` + ``offsets``.
    """

    scores: NDArray[np.float64]
    costs: tuple[float, ...] = ()
    weights: NDArray[np.float64] | None = None
    offsets: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    shots: tuple[tuple[int, tuple[NDArray[np.float64], ...]], ...] = ()
    tested: NDArray[np.float64] | None = None

    @property
    def draws(self) -> tuple[NDArray[np.float64], ...]:
        """Scores that count alike: of every draw of the most pictures, or the only ones."""
        return self.shots[-1][1] if self.shots else (self.scores,)


def called(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class of the highest score, for each picture."""
    return np.asarray(np.argmax(scores, axis=1))
