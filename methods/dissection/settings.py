"""What a dissection can be told, and what follows from it for a layer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from methods.errors import InputError

Alignment = Literal["receptive-field", "resize"]
Rectifier = Literal["as-is", "before", "after"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that the numbers of a dissection depend on, beside the network and the probe set.

    Args:
        quantile: the part of all positions that a unit's threshold is exceeded at, between 0 and 1 (Bau et al. 2017,
            section 2.3: 0.005).
        cut: a unit is a detector of its best concept when their IoU is above this (0.04 in the paper).
        alignment: how maps are brought to the size of label maps: ``"receptive-field"`` anchors every sample at the
            centre of its receptive field, as the paper does; ``"resize"`` scales plainly (half-pixel centres), as
            NetDissect-Lite does.
        categories: whose concepts are scored; None is all of them, in the probe set's order.
        minimum_area: a concept that covers fewer label-map pixels of the whole set is never a unit's best.
        rectifier: where activations are taken: ``"as-is"`` at the layer named; ``"before"`` or ``"after"`` at the input
            or the output of the rectifier that the layer is, or that follows it.
        rotate: 0 looks at the units themselves; up to 1, at directions turned by a random rotation to this power
            (section 3.2 of the paper, the random-basis control).
        seed: of that rotation.
        count: top images that are listed for every unit.

    Raises:
        InputError: a value that makes no sense.
    """

    quantile: float = 0.005
    cut: float = 0.04
    alignment: Alignment = "receptive-field"
    categories: tuple[str, ...] | None = None
    minimum_area: int = 0
    rectifier: Rectifier = "as-is"
    rotate: float = 0.0
    seed: int = 0
    count: int = 9

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise InputError(f"the quantile lies between 0 and 1 (0.005 in the paper), not at {self.quantile}")
        if not 0 <= self.cut < 1:
            raise InputError(f"the IoU cut lies in 0..1 (0.04 in the paper), not at {self.cut}")
        if self.alignment not in get_args(Alignment):
            raise InputError(f"the alignment is {' or '.join(get_args(Alignment))}, not {self.alignment!r}")
        if self.rectifier not in get_args(Rectifier):
            raise InputError(f"the rectifier is one of {', '.join(get_args(Rectifier))}, not {self.rectifier!r}")
        if not 0 <= self.rotate <= 1:
            raise InputError(f"the power of the rotation lies in 0..1, not at {self.rotate}")
        if self.minimum_area < 0 or self.count < 1 or not math.isfinite(self.minimum_area):
            raise InputError(
                f"the minimum area is 0 or more and the count of top images 1 or more, not {self.minimum_area} and "
                f"{self.count}"
            )
        if self.categories is not None and not self.categories:
            raise InputError("no category is named; leave the categories out to score all of them")


def above(quantile: float, positions: int) -> int:
    """How many of ``positions`` activations may lie above a threshold: floor(quantile * positions).

    The quantile is taken as the decimal fraction that it is written as, so that 0.005 of 3000 is 15 and not 14.
    """
    return math.floor(Fraction(repr(float(quantile))) * positions)
