"""Scores of how well a mask and a concept agree, from four numbers of pixels, and the test that tells good ones.

Oikarinen, Yan and Weng 2025, "Evaluating neuron explanations: a unified framework with sanity checks", ask two things
of a score, for a unit that is active where a concept is and nowhere else: it must fall clearly when half of its labels
are taken away (a too narrow name), and when as many again are added at random (a too wide one). Of 18 scores in
use only five pass both: IoU, F1, average precision, correlation and cosine. Units are named by no other here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Floats = NDArray[np.float64]

FREQUENCY = 0.01
"""Share of the pixels that the ideal unit's concept covers in the test: the paper's gamma."""

LEAST = 0.05
"""A score passes the test if it falls by more than this in both parts of it; its range is 0..1."""


def iou(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike = 0) -> Floats:
    """Intersection over union, 0..1; 0 where there is neither.

    Args:
        both: pixels that mask and concept share.
        mask: pixels of the mask, where the concept's category is labelled.
        concept: pixels of the concept; all in any shapes that go together.
        pixels: all pixels where the category is labelled; not needed here.

    Example:
        >>> float(iou(1, 2, 3, 10))
        0.25
    """
    both, mask, concept, _ = _numbers(both, mask, concept, pixels)
    return ratio(both, mask + concept - both)


def f1(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike = 0) -> Floats:
    """Harmonic mean of precision and recall (the Dice coefficient), 0..1: 2 IoU / (1 + IoU); see :func:`iou`."""
    both, mask, concept, _ = _numbers(both, mask, concept, pixels)
    return ratio(2 * both, mask + concept)


def cosine(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike = 0) -> Floats:
    """Cosine of the angle between mask and concept as vectors of 0 and 1, 0..1; see :func:`iou`."""
    both, mask, concept, _ = _numbers(both, mask, concept, pixels)
    return ratio(both, np.sqrt(mask * concept))


def correlation(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike) -> Floats:
    """Pearson's correlation of mask and concept, -1..1 (phi); 0 where one of them does not vary; see :func:`iou`."""
    both, mask, concept, pixels = _numbers(both, mask, concept, pixels)
    spread = np.sqrt(mask * (pixels - mask)) * np.sqrt(concept * (pixels - concept))
    return ratio(both * pixels - mask * concept, spread)


def auprc(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike) -> Floats:
    """Average precision with which the concept tells where the mask is, 0..1; see :func:`iou`.

    The concept has two values, so that there are two steps of recall: precision among its pixels up to the share of the
    mask that it holds, and the mask's share of all pixels for the rest.
    """
    both, mask, concept, pixels = _numbers(both, mask, concept, pixels)
    recall = ratio(both, mask)
    precise = recall * ratio(both, concept) + (1 - recall) * ratio(mask, pixels)
    return np.asarray(np.where(both > 0, precise, 0.0), np.float64)


def auroc(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike) -> Floats:
    """Probability that a pixel of the concept lies deeper in the mask than another one, ties counting half, 0..1.

    It fails the test, and names no unit: labels that are missing hardly change it.
    """
    both, mask, concept, pixels = _numbers(both, mask, concept, pixels)
    return np.asarray(0.5 + (ratio(both, concept) - ratio(mask - both, pixels - concept)) / 2, np.float64)


def rank_p(both: ArrayLike, mask: ArrayLike, concept: ArrayLike, pixels: ArrayLike) -> Floats:
    """How likely an AUROC as large is by chance: Mann and Whitney's one-sided p-value, for :func:`auroc`; see it.

    The normal approximation with the corrections for ties and for continuity (Mann and Whitney 1947). It takes every
    pixel, or picture, for a draw of its own, which neighbouring pixels are not: of pixels it is far too small. It is 1
    where there is no concept, nothing else, no mask, or nothing but mask.
    """
    both, mask, concept, pixels = np.broadcast_arrays(*_numbers(both, mask, concept, pixels))
    others = concept * (pixels - concept)
    uneven = ratio(mask**3 - mask + (pixels - mask) ** 3 - (pixels - mask), pixels * (pixels - 1))
    spread = np.sqrt(np.maximum(others / 12 * (pixels + 1 - uneven), 0))
    excess = others * (auroc(both, mask, concept, pixels) - 0.5) - 0.5
    varies = (mask > 0) & (mask < pixels) & (others > 0)
    tail = np.asarray(np.frompyfunc(math.erfc, 1, 1)(ratio(excess, spread) / math.sqrt(2)), np.float64) / 2
    return np.asarray(np.where(varies, tail, 1.0), np.float64)


@dataclass(frozen=True)
class Agreement:
    """A score of how well a mask and a concept agree.

    Args:
        name: for the option.
        title: in words.
        function: of the pixels that both share, of the mask, of the concept, and of all pixels.
        lowest: the end of its range that is brought to 0; 1 is the other.
    """

    name: str
    title: str
    function: Callable[..., Floats]
    lowest: float = 0.0

    def changes(self, frequency: float = FREQUENCY) -> tuple[float, float]:
        """How much it changes with missing and with doubled labels, for a unit that is its concept.

        The score is brought to 0..1 first, as in the paper. Shares stand for large numbers of pixels: half of the
        concept's labels are gone, or as many again lie elsewhere.

        Args:
            frequency: share of the pixels that the concept covers.

        Example:
            >>> [round(change, 4) for change in SCORES["correlation"].changes()]
            [-0.1473, -0.1482]
        """
        labelled = ((frequency, frequency), (frequency / 2, frequency / 2), (frequency, 2 * frequency))  # both, concept
        values = [float(self.function(both, frequency, concept, 1.0)) for both, concept in labelled]
        whole, missing, doubled = ((value - self.lowest) / (1 - self.lowest) for value in values)
        return missing - whole, doubled - whole

    @property
    def passes(self) -> bool:
        """Whether it falls clearly in both parts of the test."""
        return max(self.changes()) < -LEAST


SCORES: Mapping[str, Agreement] = MappingProxyType(
    {
        item.name: item
        for item in (
            Agreement("iou", "IoU", iou),
            Agreement("f1", "F1", f1),
            Agreement("auprc", "average precision", auprc),
            Agreement("correlation", "correlation", correlation, -1.0),
            Agreement("cosine", "cosine", cosine, -1.0),
            Agreement("auroc", "AUROC", auroc),
        )
    }
)
"""All scores by name; only those that pass the test name units."""


PICTURES = "picture-"
"""Before a score's name: of whole pictures, in which a mask covers anything and a concept occurs, not of pixels."""


def named_score(name: str) -> Agreement | None:
    """Score of that name, of pixels or of pictures; None if there is none.

    Example:
        >>> named_score("picture-f1").title, named_score("x")
        ('F1', None)
    """
    return SCORES.get(name.removeprefix(PICTURES))


def _numbers(*given: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(item, np.float64) for item in given)


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """One number divided by another, in any shapes that go together; 0 where the other is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    ratio: Floats = np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)
    return ratio
