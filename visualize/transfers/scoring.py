"""Scores of a classifier on the test pictures, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.transfer.precision import KINDS, average_precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.transfer.precision import Kind

RESAMPLES = 1000
ACCURACY = "accuracy"
_RANKINGS = 100  # at random


@dataclass(frozen=True, eq=False)
class Judge:
    """The test pictures' labels, by which every classifier on them is scored.

    Args:
        labels: test pictures x classes: 1 of the class, 0 not, -1 left out of it.
        several: a picture may be of several classes: the score is the mean average precision, else accuracy.
        kind: the definition of average precision that the score is of.
        seed: of the resamples of the test pictures, which are the same for every classifier.
    """

    labels: NDArray[np.int8]
    several: bool
    kind: Kind = "area"
    seed: int = 0

    @property
    def measure(self) -> str:
        """Name of the score."""
        return f"mean average precision ({self.kind})" if self.several else ACCURACY

    def chance(self, taught: NDArray[np.int8]) -> float:
        """Score of who does not look at the pictures.

        Of accuracy: who always names the class that is commonest in the labels ``taught`` of the training pictures. Of
        average precision: the mean of rankings at random, which lies above the share of the pictures that are of the
        class: for the area in closed form, for the others of a hundred rankings.
        """
        if not self.several:
            return float(np.mean(self.labels[:, int(np.argmax((taught == 1).sum(0)))] == 1))
        if self.kind == "area":
            counts = [((column == 1).sum(), (column >= 0).sum()) for column in self.labels.T]
            return float(np.mean([random_area(int(there), int(known)) for there, known in counts if there] or [np.nan]))
        generator = np.random.default_rng(self.seed)
        return float(np.mean([self.score(generator.random(self.labels.shape)) for _ in range(_RANKINGS)]))

    def score(self, scores: NDArray[np.float64]) -> float:
        """The score of a classifier's scores, test pictures x classes."""
        return float(self._scores(scores, np.ones((1, len(self.labels))))[0])

    def resampled(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores on resamples of the test pictures: with replacement, as many pictures as there are."""
        return self._scores(scores, self._counts())

    def by_class(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score of each class: average precision, or the share of its pictures that are called it; NaN without one."""
        if self.several:
            return self._precisions(scores, np.ones((1, len(self.labels))), self.kind)[:, 0]
        right, total = np.diag(self.confusion(scores)), self.confusion(scores).sum(1)
        return np.where(total > 0, right / np.maximum(total, 1), np.nan)

    def precisions(self, scores: NDArray[np.float64]) -> dict[str, float]:
        """Mean over classes of the average precision, by each of its definitions."""
        ones = np.ones((1, len(self.labels)))
        return {kind: _mean(self._precisions(scores, ones, kind))[0].item() for kind in KINDS}

    def confusion(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Test pictures by their class (rows) and the class of the highest score (columns)."""
        size = self.labels.shape[1]
        result = np.zeros((size, size), np.int64)
        np.add.at(result, (np.argmax(self.labels, axis=1), np.argmax(scores, axis=1)), 1)
        return result

    def _counts(self) -> NDArray[np.float64]:
        size = len(self.labels)
        generator = np.random.default_rng(self.seed)
        return generator.multinomial(size, np.full(size, 1 / size), RESAMPLES).astype(np.float64)

    def _scores(self, scores: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.several:
            return _mean(self._precisions(scores, counts, self.kind))
        right = self.labels[np.arange(len(self.labels)), np.argmax(scores, axis=1)] == 1
        return np.asarray((counts @ right) / counts.sum(1), np.float64)

    def _precisions(self, scores: NDArray[np.float64], counts: NDArray[np.float64], kind: Kind) -> NDArray[np.float64]:
        """Average precision, classes x resamples; pictures that are left out of a class do not count in it."""
        result = []
        for place, known in enumerate((self.labels >= 0).T):
            there = self.labels[known, place] == 1
            result.append(average_precision(there, scores[known, place], kind=kind, weights=counts[:, known]))
        return np.array(result)


def random_area(there: int, known: int) -> float:
    """Expected average precision (``"area"``) of a ranking at random (Bestgen 2015).

    Args:
        there: pictures that are of the class, 1 or more.
        known: all pictures.

    Example:
        >>> random_area(1, 2), round(random_area(5, 45), 3)
        (0.75, 0.18)
    """
    if there == known:
        return 1.0
    harmonic = sum(1 / place for place in range(1, known + 1))
    return (there - 1) / (known - 1) + harmonic * (known - there) / (known * (known - 1))


def interval(score: float, resampled: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of resampled scores, moved so that their mean is the score; within 0..1.

    They are moved since average precision rises where a picture is drawn twice: it is ranked next to itself.

    Example:
        >>> interval(0.5, np.linspace(0.5, 0.7, 1001))
        (0.405, 0.595)
    """
    low, high = middle(score, resampled)
    return max(0.0, low), min(1.0, high)


def middle(value: float, resampled: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of resampled values, moved so that their mean is the value.

    Example:
        >>> middle(0.0, np.linspace(0.5, 0.7, 1001))
        (-0.095, 0.095)
    """
    low, high = np.nanpercentile(resampled, (2.5, 97.5)) - (np.nanmean(resampled) - value)
    return round(float(low), 12), round(float(high), 12)


def _mean(precisions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over classes, of those that have a picture in the resample."""
    there = np.isfinite(precisions)
    return np.asarray(np.where(there, precisions, 0).sum(0) / np.maximum(there.sum(0), 1), np.float64)


def spread(values: Sequence[float]) -> float:
    """Standard deviation of a sample; 0 of one value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
