"""Settings of naming units in free text; they cost no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visualize.methods.errors import InputError
from visualize.methods.settings import check, setting

Score = Literal["softwpmi", "wpmi", "rank", "cosine", "cosine-cubed"]
Pool = Literal["mean", "max"]
_LIKELY: tuple[object, ...] = ("softwpmi", "wpmi")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Score that compares units with words, and its constants; the defaults are those of CLIP-Dissect.

    Oikarinen and Weng 2023, "CLIP-Dissect: Automatic Description of Neuron Representations in Deep Vision Networks",
    section 3 and appendix.

    Raises:
        InputError: a value that makes no sense.

    Example:
        >>> Settings(score="wpmi", top=28, scale=2, penalty=0.6).top
        28
    """

    score: Score = setting(
        "softwpmi",
        help="How words are compared with a unit's activations: softwpmi and wpmi (mutual information on its best "
        "pictures), rank (of rank reorder), cosine, or cosine-cubed.",
    )
    pool: Pool = setting(
        "mean", help="How a unit's map becomes one number for each picture: its mean, as published, or its largest."
    )
    top: int = setting(
        100, least=1, unit="PICTURES", only_with={"score": _LIKELY}, help="Best pictures of a unit that count."
    )
    scale: float = setting(
        10.0,
        above=0,
        unit="A",
        only_with={"score": _LIKELY},
        help="What similarities are multiplied by before their softmax over the words.",
    )
    p_start: float = setting(
        0.998,
        least=0,
        most=1,
        unit="P",
        only_with={"score": ("softwpmi",)},
        help="Probability that the best picture belongs to what the unit stands for.",
    )
    p_end: float = setting(
        0.97,
        least=0,
        most=1,
        unit="P",
        only_with={"score": ("softwpmi",)},
        help="The same, behind the last of the pictures that count; it falls evenly in between.",
    )
    penalty: float = setting(
        1.0,
        least=0,
        unit="LAMBDA",
        only_with={"score": _LIKELY},
        help="How much a word loses that fits every unit of the layer.",
    )
    fraction: float = setting(
        0.05,
        above=0,
        most=1,
        unit="PART",
        only_with={"score": ("rank",)},
        help="The part of all pictures, the unit's best, whose order is compared.",
    )
    power: float = setting(
        3.0, least=1, unit="P", only_with={"score": ("rank",)}, help="Of the norm of the difference of orders."
    )
    samples: int = setting(
        30,
        least=2,
        unit="PICTURES",
        help="Best pictures of a unit that bars and lists are of, and whose embeddings tell how clear it is.",
    )

    def __post_init__(self) -> None:
        check(self)
        if self.p_end > self.p_start:
            raise InputError(f"p_end is at most p_start ({self.p_start:g}), not {self.p_end:g}")
