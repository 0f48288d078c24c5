"""One name of what several people say of a unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.people.words import jaro_winkler, normalised

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """An answer of one person on a unit, as far as its name goes.

    Args:
        word: a word or short description; "" if the person sees nothing in common.
        kind: the kind of what it is; "" if that is not known.
        precision: share of the unit's pictures that fit, 0..1; None if that is not known.
    """

    word: str
    kind: str = ""
    precision: float | None = None


@dataclass(frozen=True, kw_only=True)
class PeopleName:
    """A unit's name by people.

    Args:
        word: as most of those who gave it wrote it.
        kind: by most of them; "" if that is not known.
        agreeing: people who gave this word, after normalising.
        people: all who were asked.
        precision: share of the unit's pictures that fit, on average over those who gave a word; None if not known.

    Example:
        >>> PeopleName(word="lamp", kind="object", agreeing=2, people=3, precision=0.75).told
        'lamp (object, 2 of 3 people)'
    """

    word: str
    kind: str = ""
    agreeing: int = 1
    people: int = 1
    precision: float | None = None

    @property
    def told(self) -> str:
        """The name, its kind, and how many people agree, in words."""
        many = f"{self.agreeing} of {self.people} {'people' if self.people > 1 else 'person'}"
        return f"{self.word} ({f'{self.kind}, ' if self.kind else ''}{many})"


def consensus(opinions: Sequence[Opinion]) -> PeopleName | None:
    """The name that most people give; None if no more give a word than see nothing in common.

    Of words that equally many give, the one that is most like the others (Jaro-Winkler, on average) is taken.

    Args:
        opinions: of different people.

    Example:
        >>> several = [Opinion(word=word, kind="object") for word in ("lamps", "A lamp", "sun")]
        >>> consensus(several).told
        'A lamp (object, 2 of 3 people)'
    """
    named = [opinion for opinion in opinions if normalised(opinion.word)]
    if not named or 2 * len(named) <= len(opinions):
        return None
    words = [normalised(opinion.word) for opinion in named]
    counts = Counter(words)
    best = min(counts, key=lambda word: (-counts[word], -sum(jaro_winkler(word, other) for other in words), word))
    agreeing = [opinion for opinion, word in zip(named, words, strict=True) if word == best]
    known = [opinion.precision for opinion in named if opinion.precision is not None]
    return PeopleName(
        word=_commonest([opinion.word for opinion in agreeing]),
        kind=_commonest([opinion.kind for opinion in agreeing]),
        agreeing=len(agreeing),
        people=len(opinions),
        precision=sum(known) / len(known) if known else None,
    )


def _commonest(texts: Sequence[str]) -> str:
    """The text that occurs most; of several, the first by the alphabet."""
    counts = Counter(texts)
    return min(counts, key=lambda text: (-counts[text], text))
