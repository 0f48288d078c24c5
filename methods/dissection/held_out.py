"""Names as predictions: chosen on one half of the pictures, and held against the other.

A unit that is called *car* should answer more to pictures with a car than to those without (CoSy; Kopf et al. 2024). On
the half that had no say in the name this is a fair test: the probability that it does, the shift in units of the spread
without (their MAD score), and Mann and Whitney's test, adjusted for all detectors of a layer by Holm's method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from visualize.methods.concept_words import spoken

if TYPE_CHECKING:
    from visualize.methods.dissection.scores import LayerScores
    from visualize.methods.provenance import Json

Floats = NDArray[np.float64]

SURE = 0.05
"""The chance that any name of a layer passes for nothing, after Holm's adjustment."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """How a unit's name does on pictures that had no say in it.

    Args:
        unit: the unit's number, from 0.
        label: its best concept on the half of the pictures that names were chosen on.
        category: the concept's category.
        chosen: the IoU on that half.
        held: the IoU on the other half.
        auc: probability that the unit answers more to a picture of the other half with the concept than to one without,
            ties counting half; among pictures that are annotated in the category.
        shift: mean answer with the concept less that without, in standard deviations of those without.
        p: one-sided p-value of Mann and Whitney's test; 1 where the other half has no picture with, or none without.
        adjusted: p after Holm's adjustment for all detectors of the layer.

    Example:
        >>> car = Prediction(unit=3, label="car", category="object", chosen=0.1, held=0.08, auc=0.9, shift=2.0, p=1e-9,
        ...     adjusted=1e-7)
        >>> car.survives
        True
    """

    unit: int
    label: str
    category: str
    chosen: float
    held: float
    auc: float
    shift: float
    p: float
    adjusted: float = 1.0

    @property
    def survives(self) -> bool:
        """Whether pictures with the concept excite the unit more than those without: adjusted p below 0.05."""
        return self.adjusted < SURE

    @property
    def told(self) -> str:
        """How the name did on the other half, in a sentence without its full stop."""
        return (
            f"on one half of the pictures its best name is {spoken(self.category, self.label)}, IoU {self.chosen:.3g}; "
            f"on the other half that has {self.held:.3g}, and P(with > without) = {self.auc:.2f} (adjusted p "
            f"{self.adjusted:.1g}): it {'survives' if self.survives else 'does not survive'}"
        )

    def facts(self) -> dict[str, Json]:
        """The record for JSON."""
        return {**vars(self), "survives": self.survives}


def predictions(scores: LayerScores, cut: float) -> list[Prediction]:
    """How the names of a layer's detectors do on the half that had no say in them; empty if that was not measured.

    Args:
        scores: of the layer.
        cut: the IoU on the first half above which a unit is a detector.
    """
    sure = scores.sure
    if sure is None:
        return []
    units = np.flatnonzero((sure.half_concepts >= 0) & (sure.half_iou > cut))
    adjusted = holm(sure.p[units])
    concepts = [scores.concepts[column] for column in sure.half_concepts[units]]
    return [
        Prediction(
            unit=int(unit),
            label=concept.name,
            category=concept.category,
            chosen=float(sure.half_iou[unit]),
            held=float(sure.held_iou[unit]),
            auc=float(sure.auc[unit]),
            shift=float(sure.shift[unit]),
            p=float(sure.p[unit]),
            adjusted=float(value),
        )
        for unit, concept, value in zip(units, concepts, adjusted, strict=True)
    ]


def rank_test(present: ArrayLike, absent: ArrayLike) -> tuple[float, float]:
    """Probability that a value with the concept is larger than one without, and how likely so much is by chance.

    Mann and Whitney 1947: the normal approximation, with the correction for ties and for continuity.

    Args:
        present: answers with the concept.
        absent: answers without; both in any number.

    Returns:
        the probability, ties counting half, and the one-sided p-value; (0.5, 1) where one of the two is empty or all
        values are equal.

    Example:
        >>> auc, p = rank_test([3, 4, 5], [1, 2, 2])
        >>> auc, round(p, 3)
        (1.0, 0.038)
    """
    present, absent = np.asarray(present, np.float64), np.asarray(absent, np.float64)
    some, others = len(present), len(absent)
    if not some or not others:
        return 0.5, 1.0
    values, places, ties = np.unique(np.concatenate([present, absent]), return_inverse=True, return_counts=True)
    ranks = np.cumsum(ties) - (ties - 1) / 2
    wins = float(ranks[places.reshape(-1)[:some]].sum()) - some * (some + 1) / 2
    total = some + others
    uneven = float(((ties.astype(np.float64) ** 3) - ties).sum()) / (total * (total - 1))
    spread = math.sqrt(some * others / 12 * (total + 1 - uneven)) if len(values) > 1 else 0.0
    if not spread:
        return 0.5, 1.0
    return wins / (some * others), math.erfc((wins - some * others / 2 - 0.5) / spread / math.sqrt(2)) / 2


def sign_test(pairs: ArrayLike) -> float:
    """How likely as many gains among pairs are by chance: one-sided and exact; pairs without a difference are left out.

    Args:
        pairs: differences, with the concept less without.

    Example:
        >>> sign_test([1, 2, 0.5, 3, 0, -1])  # 4 or 5 of 5 fair coins
        0.1875
    """
    differences = np.asarray(pairs, np.float64)
    gains, losses = int((differences > 0).sum()), int((differences < 0).sum())
    total = gains + losses
    return float(sum(math.comb(total, wins) for wins in range(gains, total + 1)) / 2**total)


def shift(present: ArrayLike, absent: ArrayLike) -> float:
    """Mean with the concept less the mean without, in standard deviations of those without.

    Kopf et al. 2024, equation 5. It is 0 where one of the two is empty, or those without do not vary.

    Example:
        >>> shift([5, 7], [1, 3])
        4.0
    """
    present, absent = np.asarray(present, np.float64), np.asarray(absent, np.float64)
    spread = float(absent.std()) if len(present) and len(absent) else 0.0
    return float(present.mean() - absent.mean()) / spread if spread else 0.0


def holm(p: ArrayLike) -> Floats:
    """p-values adjusted for their number, so that the chance of any false one below a level is at most that level.

    Holm 1979: of n, the smallest is multiplied by n, the next by n - 1 and so on, and none falls below one before.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, p[order] * (len(p) - np.arange(len(p)))))
    return adjusted
