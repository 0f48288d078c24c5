"""Rates by which a network tells each class from all others, and how much of a change is chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RESAMPLES = 1000
_SURE = (2.5, 97.5)  # percentiles of a 95 % interval


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of some classes, each told from all others, on some pictures.

    Args:
        recall: share of each class's pictures that are called so, 0..1; the classes are on the last axis.
        specificity: true negative rate: share of all other pictures that are not called so, 0..1.
        positives: pictures of each class.
        negatives: pictures of all others.

    Example:
        >>> truth, called = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
        >>> rates = rates_of(called, truth, [0, 1])
        >>> rates.recall.tolist(), rates.specificity.round(3).tolist(), rates.balanced.round(3).tolist()
        ([0.5, 1.0], [0.667, 0.667], [0.583, 0.833])
    """

    recall: NDArray[np.float64]
    specificity: NDArray[np.float64]
    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]

    @property
    def stacked(self) -> NDArray[np.float64]:
        """Both rates: (anything) x classes x (recall, true negative rate)."""
        return np.stack([self.recall, self.specificity], -1)

    @property
    def balanced(self) -> NDArray[np.float64]:
        """Balanced accuracy, the mean of both rates (Bau et al. 2020): 0.5 for who does not look."""
        return (self.recall + self.specificity) / 2


def rates_of(called: NDArray[np.integer], truth: NDArray[np.integer], classes: Sequence[int]) -> Rates:
    """Rates of some classes by what pictures are called.

    Args:
        called: the class that each picture is called, pictures x anything, such as one column for each unit removed.
        truth: the class that each picture is of; one that is none of ``classes`` counts among the others.
        classes: numbers of classes, each of which has a picture and lacks one.

    Returns:
        rates of shape (anything) x classes.
    """
    recalls, specificities = [], []
    for number in classes:
        hit, own = called == number, truth == number
        recalls.append(hit[own].mean(0))
        specificities.append(1 - hit[~own].mean(0))
    positives = np.array([int((truth == number).sum()) for number in classes])
    return Rates(np.stack(recalls, -1), np.stack(specificities, -1), positives, len(truth) - positives)


def interval(rates: Rates, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % interval of the balanced accuracies: 1,000 times pictures are drawn anew, those of a class and the others.

    How many of them are right is then binomial for both. The interval says how much hangs on these pictures.

    Args:
        rates: of shape (anything) x classes.
        seed: of the draws.

    Returns:
        the lower and the upper ends, of the rates' shape.
    """
    generator = np.random.default_rng(seed)
    shape = (_RESAMPLES, *rates.recall.shape)
    recall = generator.binomial(rates.positives, np.clip(rates.recall, 0, 1), shape) / rates.positives
    others = generator.binomial(rates.negatives, np.clip(rates.specificity, 0, 1), shape) / rates.negatives
    low, high = np.percentile((recall + others) / 2, _SURE, axis=0)
    return low, high


def by_chance(lost: int, gained: int) -> float:
    """Probability that as many or more of the pictures that change would change to one side by chance: two-sided.

    McNemar's exact test: pictures that are right with the unit and wrong without it against those of which the opposite
    is true; each is a coin's toss if the unit does not matter.

    Args:
        lost: pictures that are right with the unit alone.
        gained: pictures that are right without it alone.

    Example:
        >>> by_chance(6, 0), by_chance(3, 3), by_chance(0, 0)
        (0.03125, 1.0, 1.0)
    """
    count, most = lost + gained, max(lost, gained)
    tail = sum(math.comb(count, number) for number in range(most, count + 1))
    share: float = 2 * tail / 2**count
    return min(1.0, share)
