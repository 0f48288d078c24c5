"""Record of one unit's names in free text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from visualize.methods.dissection.text.word_bars import word_bars
from visualize.methods.drawing.panel import Panel
from visualize.methods.result import Result

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from visualize.methods.provenance import Json


@dataclass(frozen=True, kw_only=True)
class TextResult(Result):
    """Words that fit one unit best, and how clear its best pictures are.

    Args:
        score: that words were ordered by, such as ``"softwpmi"``.
        words: best first.
        scores: of the words; what they mean depends on the score.
        lifts: of the words: how many standard deviations more similar the unit's best pictures are than all pictures.
        files: names of the unit's best pictures, best first.
        indices: their places in the set.
        activations: the unit's activation on them.
        clarity: mean cosine of two of them, -1 / (pictures - 1) .. 1; None without embeddings.
        redundancy: cosine of their mean with that of the unit most like it, -1..1; None without embeddings.
        twin: that unit.
        polysemanticity: 1 - cosine of the means of two clusters of them; None without embeddings.
        source: where similarities come from, in words.
        known: words that were compared.
        set_name: the probe set's.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> from visualize.methods import Preparation, Probe, Stack, TextNames
        >>> from visualize.methods.pictures.worded import Similarities, worded
        >>> pictures = Stack([np.full((16, 16, 3), colour, np.uint8) for colour in [(255, 0, 0), (0, 255, 0)] * 2])
        >>> similar = Similarities(("red", "green"), np.array([[1, 0], [0, 1]] * 2), source="by hand")
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> (result,) = TextNames(top=2, samples=2)(probe, probe.unit("0:1"), worded(pictures, similar))
        >>> result.headline, result.lifts.tolist()
        ('green, then red', [1.0, -1.0])
    """

    in_lines: ClassVar[frozenset[str]] = frozenset({"words"})

    score: str
    words: tuple[str, ...]
    scores: NDArray[Any]
    lifts: NDArray[Any]
    files: tuple[str, ...]
    indices: NDArray[Any]
    activations: NDArray[Any]
    clarity: float | None
    redundancy: float | None
    twin: int | None
    polysemanticity: float | None
    source: str
    known: int
    set_name: str

    @property
    def headline(self) -> str:
        """The best word, and the two that come next."""
        first, *others = self.words[:3]
        return f"{first}, then {' and '.join(others)}" if others else first

    @property
    def margin(self) -> float | None:
        """How much the best word's score is above the second's; None of a single word."""
        return float(self.scores[0] - self.scores[1]) if len(self.scores) > 1 else None

    def panels(self) -> tuple[Panel, ...]:
        """One diagram: the words, best first, with their lifts as bars."""
        picture = word_bars(self.words, [float(lift) for lift in self.lifts], self.headline)
        return (Panel(picture, self._clear(), wide=True),)

    def _clear(self) -> str:
        """Clarity and the like in words; empty without embeddings."""
        if self.clarity is None or self.polysemanticity is None:
            return ""
        words = f"clarity {self.clarity:.2f}, polysemanticity {self.polysemanticity:.2f}"
        return words if self.redundancy is None else f"{words}, redundancy {self.redundancy:.2f} (unit {self.twin})"

    def facts(self) -> dict[str, Json]:
        """Headline, score, words with scores and lifts, margin, clarity and the like, the best pictures, the source."""
        words: list[Json] = [
            {"word": word, "score": float(score), "lift": float(lift)}
            for word, score, lift in zip(self.words, self.scores, self.lifts, strict=True)
        ]
        images: list[Json] = [
            {"file": file, "activation": float(value)} for file, value in zip(self.files, self.activations, strict=True)
        ]
        return {
            "headline": self.headline,
            "score": self.score,
            "words": words,
            "margin": self.margin,
            "clarity": self.clarity,
            "polysemanticity": self.polysemanticity,
            "redundancy": self.redundancy,
            "twin": self.twin,
            "images": images,
            "source": self.source,
            "words_compared": self.known,
            "set": self.set_name,
        }

    def lines(self) -> tuple[str, ...]:
        """Each word with its score and lift, and clarity and the like."""
        words = (
            f"{word}: {score:.4g} ({lift:+.1f} sd)"
            for word, score, lift in zip(self.words, self.scores, self.lifts, strict=True)
        )
        return tuple(filter(None, (*words, self._clear())))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Scores and lifts of the words; indices and activations of the best pictures."""
        return {
            "scores": self.scores,
            "lifts": self.lifts,
            "indices": self.indices,
            "activations": self.activations,
        }
