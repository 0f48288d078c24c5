"""Agreement between people, and how sure each number is.

Numbers are means over units, and their intervals are those of a bootstrap of units: of 1,000 draws of as many units,
with replacement, the middle 95 %. Of fewer than five units there is none.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.annotation.kinds import NAMES
from visualize.people.consensus import Opinion, PeopleName, consensus
from visualize.people.words import MEASURES, normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.annotation.records import Answer, Key

    Counts = NDArray[np.int64]

_DRAWS, _SEED = 1000, 0
_ENDS = (2.5, 97.5)  # per cent
_FEWEST = 5  # units: draws of fewer say nothing of others
_Z = 1.959963984540054  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval.

    Args:
        value: the number; NaN where it is not defined.
        low: lower end of the interval; NaN, as the upper one, where there are too few units for one.
        high: upper end.
        many: units, or pictures, that it is of.

    Example:
        >>> Estimate(0.5, 0.25, 0.75, 8).told
        '0.50 (0.25 to 0.75)'
    """

    value: float
    low: float
    high: float
    many: int

    @property
    def told(self) -> str:
        """The number and its interval, in words."""
        if not math.isfinite(self.value):
            return "-"
        known = math.isfinite(self.low)
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})" if known else f"{self.value:.2f}"

    @property
    def document(self) -> dict[str, float | int | None]:
        """The number for JSON; null where it is not defined."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {**{name: item if math.isfinite(item) else None for name, item in numbers.items()}, "of": self.many}


def fleiss_kappa(counts: Counts) -> float:
    """Fleiss' kappa of ratings (Fleiss 1971).

    With the agreement of each unit, P_i = sum_j n_ij (n_ij - 1) / (n_i (n_i - 1)), and the share of each kind among all
    ratings, p_j: kappa = (mean P_i - sum_j p_j^2) / (1 - sum_j p_j^2). Units may have different numbers of ratings;
    those with fewer than two say nothing and are left out.

    Args:
        counts: units x kinds; how many people chose each.

    Returns:
        1 for full agreement, 0 for as much as by chance; NaN where nothing is rated twice or all is of one kind.

    Example:
        >>> fleiss_kappa(np.array([[3, 0], [0, 3]])), round(fleiss_kappa(np.array([[2, 1], [1, 2]])), 3)
        (1.0, -0.333)
    """
    rated = counts[counts.sum(1) > 1].astype(np.float64)
    if not len(rated):
        return math.nan
    many = rated.sum(1)
    same = (rated * (rated - 1)).sum(1) / (many * (many - 1))
    chance = float(((rated.sum(0) / rated.sum()) ** 2).sum())
    return float((same.mean() - chance) / (1 - chance)) if chance < 1 else math.nan


def kappa_of(counts: Counts) -> Estimate:
    """Fleiss' kappa with its interval.

    Args:
        counts: units x kinds.
    """
    rated = counts[counts.sum(1) > 1]
    return _estimate(rated, fleiss_kappa)


def mean_of(values: Sequence[float]) -> Estimate:
    """A mean over units with its interval.

    Args:
        values: one of each unit.
    """
    return _estimate(np.asarray(values, np.float64), lambda drawn: float(drawn.mean()) if len(drawn) else math.nan)


def share_of(hits: int, many: int) -> Estimate:
    """A share with Wilson's interval (1927).

    Example:
        >>> share_of(8, 10).told
        '0.80 (0.49 to 0.94)'
    """
    if not many:
        return Estimate(math.nan, math.nan, math.nan, 0)
    share, square = hits / many, _Z**2
    middle = (share + square / (2 * many)) / (1 + square / many)
    half = _Z / (1 + square / many) * math.sqrt(share * (1 - share) / many + square / (4 * many**2))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), many)


def _estimate(values: NDArray[Any], measure: Callable[[NDArray[Any]], float]) -> Estimate:
    many = len(values)
    if not many:
        return Estimate(math.nan, math.nan, math.nan, 0)
    generator = np.random.default_rng(_SEED)
    draws = _DRAWS if many >= _FEWEST else 0
    drawn = [measure(values[generator.integers(0, many, many)]) for _ in range(draws)]
    known = [value for value in drawn if math.isfinite(value)]
    low, high = np.percentile(known, _ENDS) if known else (math.nan, math.nan)
    return Estimate(measure(values), float(low), float(high), many)


@dataclass(frozen=True)
class Attention:
    """How attentively a person looks, by pictures of other units.

    Args:
        annotator: the person's name.
        answers: how many there are.
        found: share of pictures of other units that were marked as not fitting.
        marked: share of the units' own pictures that were marked.
    """

    annotator: str
    answers: int
    found: Estimate
    marked: Estimate

    @property
    def document(self) -> dict[str, Any]:
        """Everything for JSON."""
        return {
            "annotator": self.annotator,
            "answers": self.answers,
            "decoys_found": self.found.document,
            "own_marked": self.marked.document,
        }


@dataclass(frozen=True)
class Agreement:
    """How far people agree.

    Args:
        answers: that count; see :meth:`visualize.annotation.storage.Answers.all`.
    """

    answers: tuple[Answer, ...]

    @property
    def by_unit(self) -> Mapping[Key, list[Answer]]:
        """Answers by unit."""
        grouped: dict[Key, list[Answer]] = defaultdict(list)
        for answer in self.answers:
            grouped[answer.key].append(answer)
        return grouped

    @property
    def names(self) -> Mapping[Key, PeopleName]:
        """Names of the units that most people named."""
        named = {key: consensus([_opinion(answer) for answer in several]) for key, several in self.by_unit.items()}
        return {key: name for key, name in named.items() if name is not None}

    @property
    def kinds(self) -> Estimate:
        """Fleiss' kappa of the six kinds, among those who chose one."""
        return kappa_of(self._counts(NAMES))

    @property
    def kinds_or_nothing(self) -> Estimate:
        """Fleiss' kappa with "nothing in common" as a seventh kind."""
        return kappa_of(self._counts((*NAMES, "")))

    def _counts(self, kinds: Sequence[str]) -> Counts:
        rows = [Counter(answer.kind for answer in several) for several in self.by_unit.values()]
        return np.array([[row[kind] for kind in kinds] for row in rows], np.int64).reshape(-1, len(kinds))

    @property
    def words(self) -> Mapping[str, Estimate]:
        """How alike two people's words for a unit are, by each measure: the mean over pairs, then over units."""
        units = [[normalised(answer.word) for answer in several if answer.word] for several in self.by_unit.values()]
        pairs = [list(itertools.combinations(words, 2)) for words in units if len(words) > 1]
        return {
            name: mean_of([sum(measure(*pair) for pair in several) / len(several) for several in pairs])
            for name, measure in MEASURES.items()
        }

    @property
    def precision(self) -> Estimate:
        """Share of a unit's own pictures that fit its word: the mean over people, then over units."""
        units = [
            [item.precision for item in several if item.precision is not None] for several in self.by_unit.values()
        ]
        return mean_of([sum(values) / len(values) for values in units if values])

    @property
    def nothing(self) -> Estimate:
        """Share of answers that see nothing in common: the mean over units."""
        return mean_of([sum(item.skipped for item in several) / len(several) for several in self.by_unit.values()])

    @property
    def attention(self) -> list[Attention]:
        """How attentively each person looks; those who saw nothing in common had nothing to mark."""
        people: dict[str, list[Answer]] = defaultdict(list)
        for answer in self.answers:
            people[answer.annotator].append(answer)
        return [_attention(name, answers) for name, answers in people.items()]


def _attention(name: str, answers: Sequence[Answer]) -> Attention:
    said = [answer for answer in answers if answer.word]
    decoys, own = sum(answer.decoys for answer in said), sum(answer.own for answer in said)
    found = sum(answer.decoys_found for answer in said)
    marked = sum(len(answer.misfits) for answer in said) - found
    return Attention(name, len(answers), share_of(found, decoys), share_of(marked, own))


def _opinion(answer: Answer) -> Opinion:
    return Opinion(word=answer.word, kind=answer.kind, precision=answer.precision)
