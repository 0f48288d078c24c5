"""How sure the names of units are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visualize.methods.concept_words import spoken

if TYPE_CHECKING:
    from visualize.methods.provenance import Json

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Certainty:
    """How sure a unit's best concept is, by drawing the probe set's pictures anew (the bootstrap; Efron 1979).

    Thresholds stay as they are, and each resample draws as many pictures annotated in the same categories as there are.

    Args:
        low: lower end of the interval that holds 95 % of the resamples' IoUs.
        high: its upper end.
        kept: part of the resamples in which the best concept is the same, in 0..1.
        margin: score of the best concept (its IoU, unless another was asked for) less that of the second best of all
            categories, in 0..1.
        second: the second best concept; empty if the mask meets no other.
        second_category: its category.

    Example:
        >>> sure = Certainty(low=0.1, high=0.16, kept=0.97, margin=0.02, second="road", second_category="object")
        >>> sure.told("car", 1000).split("; ")[1]
        '97.0 % keep the name car, ahead of road by 0.02'
    """

    low: float
    high: float
    kept: float
    margin: float
    second: str
    second_category: str

    def told(self, name: str, resamples: int) -> str:
        """The interval, and how often the name is kept, in a sentence without its full stop.

        Args:
            name: the best concept, as it is spoken of.
            resamples: how many resamples there were; 0 if that is not known.
        """
        many = f"{resamples:,} resamples" if resamples else "the resamples"
        ahead = f", ahead of {spoken(self.second_category, self.second)} by {self.margin:.2g}" if self.second else ""
        interval = f"95 % of {many} of the pictures have an IoU of {self.low:.3g} to {self.high:.3g}"
        return f"{interval}; {100 * self.kept:.1f} % keep the name {name}{ahead}"

    def facts(self) -> dict[str, Json]:
        """The record for JSON."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """How sure the names of one layer's units are.

    Args:
        units: for each pair that was followed, its unit; rising.
        concepts: for each pair, the column of its concept; rising within a unit.
        low: for each pair, the lower end of the 95 % interval of its IoU.
        high: for each pair, the upper end.
        kept: for each unit, the part of the resamples in which its best concept is the same; 0 without one.
        half_concepts: for each unit, the column of its best concept on one half of the pictures; -1 without one.
        half_iou: for each unit, its IoU with that one on that half.
        held_iou: for each unit, its IoU with that one on the other half.
        auc: for each unit, the probability that its mask covers more of a picture of the other half with that concept
            than of one without; see :func:`~visualize.methods.dissection.held_out.rank_test`.
        shift: for each unit, by how much more on average, in standard deviations of those without.
        p: for each unit, the p-value.
        resamples: how many there were.
    """

    units: Ints
    concepts: Ints
    low: Floats
    high: Floats
    kept: Floats
    half_concepts: Ints
    half_iou: Floats
    held_iou: Floats
    auc: Floats
    shift: Floats
    p: Floats
    resamples: int

    def interval(self, unit: int, concept: int) -> tuple[float, float] | None:
        """The 95 % interval of the IoU of a unit and the concept in one column; None if they were not followed."""
        first, last = np.searchsorted(self.units, [unit, unit + 1])
        place = first + int(np.searchsorted(self.concepts[first:last], concept))
        if place == last or self.concepts[place] != concept:
            return None
        return float(self.low[place]), float(self.high[place])
