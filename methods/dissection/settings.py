"""Settings of a dissection, and how many activations they let lie above a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from visualize.methods.errors import InputError
from visualize.methods.settings import check, setting

Alignment = Literal["receptive-field", "resize"]
Score = Literal["iou", "f1", "auprc", "correlation", "cosine", "picture-f1", "picture-auprc", "picture-correlation"]
Rectifier = Literal["as-is", "before", "after"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that the numbers of a dissection depend on, beside the network and the probe set.

    Raises:
        InputError: a value that makes no sense.
    """

    quantile: float = setting(
        0.005,
        above=0,
        below=1,
        unit="Q",
        help="The part of all positions that a unit's mask covers: its threshold is exceeded there (Bau et al. 2017, "
        "section 2.3).",
    )
    cut: float = setting(
        0.04, least=0, below=1, unit="IOU", help="A unit is a detector when its best IoU is above this (section 2.3)."
    )
    alignment: Alignment = setting(
        "receptive-field",
        unit="HOW",
        help="How maps are scaled up: receptive-field (every sample at the centre of its receptive field, as the paper "
        "does) or resize (plainly, with half-pixel centres, as NetDissect-Lite does).",
    )
    categories: tuple[str, ...] | None = setting(
        None, by_default="all", help="Score only concepts of these categories, such as object,part."
    )
    minimum_area: int = setting(
        0,
        least=0,
        most=10**15,
        counted=False,
        help="Leave out concepts of fewer label-map pixels in the whole set: they are never a unit's best.",
    )
    rectifier: Rectifier = setting(
        "as-is",
        unit="HOW",
        help="Take activations as-is at the layer, or before or after the rectifier that it is or that follows it.",
    )
    compose: int = setting(
        0,
        least=0,
        most=10,
        unit="N",
        counted=False,
        help="Name units by formulas of up to N concepts as well, such as (water OR sky) AND NOT blue; of up to 3 the "
        "best one is proven (Mu and Andreas 2020).",
    )
    ranges: int = setting(
        0,
        least=0,
        most=20,
        counted=False,
        unit="K",
        help="With --compose, find formulas for K ranges of activation as well: clusters of all that a unit does above "
        "0, of which its largest activations are only the last (La Rosa et al. 2023).",
    )
    score: Score = setting(
        "iou",
        unit="SCORE",
        help="Score by which a unit's best concept is chosen: one of the five that pass the test of Oikarinen et al. "
        "2025, of pixels, or behind picture- of whole pictures: does the mask cover anything, does the concept occur? "
        "Whether a unit is a detector is told by IoU in any case.",
    )
    resamples: int = setting(
        1000,
        least=0,
        help="How often the pictures are drawn anew to tell how sure each name is: the interval of its IoU, and how "
        "often the name is kept. 0 leaves that out.",
    )
    forward: Literal["float32", "bf16"] = setting(
        "float32",
        flag="--precision",
        help="Arithmetic in which the network looks at the pictures: bf16 is faster on GPUs, and on processors that "
        "have it. Activations differ in their third digit; thresholds and counts are exact for those that there are.",
    )
    rotate: float = setting(
        0.0,
        least=0,
        most=1,
        unit="ALPHA",
        help="Look at directions turned by a random rotation to this power: the paper's control (section 3.2). "
        "The seed is that of the rotation.",
    )
    seed: int = setting(0, help="Seed of the rotation.", option=False)
    count: int = setting(9, least=1, option=False, help="Top images that are listed for every unit.")

    def __post_init__(self) -> None:
        check(self)
        if self.score.startswith("picture-") and not self.resamples:
            raise InputError(f"{self.score} needs counts by picture, which resamples 0 leaves out; take 1 or more")
        if self.ranges and not self.compose:
            raise InputError("ranges of activation are named by formulas, which compose 0 leaves out; take 1 or more")
        if self.categories is not None and not self.categories:
            raise InputError("no category is named; leave the categories out to score all of them")


def above(quantile: float, positions: int) -> int:
    """How many of ``positions`` activations may lie above a threshold: floor(quantile * positions).

    The quantile is taken as the decimal fraction that it is written as, so that 0.005 of 3000 is 15 and not 14.
    """
    from fractions import Fraction  # this file is read for the command line's help, which must answer at once

    return math.floor(Fraction(repr(float(quantile))) * positions)
