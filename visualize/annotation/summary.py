"""Answers summed up for each network: agreement, people against the measurement, and units by kind."""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.annotation.agreement import Agreement, Estimate, mean_of
from visualize.annotation.api import answered
from visualize.annotation.kinds import NAMES
from visualize.methods.errors import InputError
from visualize.people.words import jaro_winkler, normalised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.annotation.measured import Measured
    from visualize.annotation.records import Answer, Key
    from visualize.people.consensus import PeopleName

BANDS = (0.0, 0.04, 0.1, 0.2, 1.0)
"""Edges of the bands of IoU; 0.04 is the usual cut of Network Dissection."""
PRECISE = 0.75
"""Precision that a unit must have to be counted as one of its kind."""


@dataclass(frozen=True)
class Band:
    """Units whose IoU lies in a band, and how often people's words are the measured concept.

    Args:
        low: lower edge of the IoU; it belongs to the band below.
        high: upper edge.
        same: share of words that are the best concept, after normalising: the mean over a unit's people, then over
            units.
        among: share that are among the ten best concepts.
        alike: Jaro-Winkler similarity of the words to the best concept.
    """

    low: float
    high: float
    same: Estimate
    among: Estimate
    alike: Estimate

    @property
    def told(self) -> str:
        """The band in words."""
        return f"{self.low:g} to {self.high:g}"

    @property
    def document(self) -> dict[str, Any]:
        """Everything for JSON."""
        return {
            "iou": [self.low, self.high],
            "same": self.same.document,
            "among_ten": self.among.document,
            "jaro_winkler": self.alike.document,
        }


@dataclass(frozen=True)
class Summary:
    """Answers on one layer of a network, summed up.

    Args:
        name: network and layer.
        answers: on its units.
        known: the units as they were measured.
    """

    name: str
    answers: tuple[Answer, ...]
    known: Mapping[Key, Measured]

    @functools.cached_property
    def agreement(self) -> Agreement:
        """How far people agree."""
        return Agreement(self.answers)

    @functools.cached_property
    def names(self) -> Mapping[Key, PeopleName]:
        """Names of the units that most people named."""
        return self.agreement.names

    @property
    def people(self) -> int:
        """How many people answered."""
        return len({answer.annotator for answer in self.answers})

    @property
    def units(self) -> int:
        """How many units somebody answered on."""
        return len({answer.key for answer in self.answers})

    @functools.cached_property
    def kinds(self) -> Mapping[str, int]:
        """Units of each kind, by the name that people agree on, whose pictures fit to three quarters or more."""
        counts = Counter(
            name.kind for name in self.names.values() if name.precision is not None and name.precision >= PRECISE
        )
        return {kind: counts[kind] for kind in NAMES}

    @functools.cached_property
    def bands(self) -> list[Band]:
        """People against the measurement, by bands of IoU; empty if nothing was measured."""
        units: list[tuple[float, tuple[float, float, float]]] = []
        for key, several in self.agreement.by_unit.items():
            unit, words = self.known[key], [normalised(answer.word) for answer in several if answer.word]
            if unit.dissected and unit.label and words:
                units.append((unit.iou, _against(words, unit)))
        if not units:
            return []
        shown = []
        for low, high in itertools.pairwise(BANDS):
            inside = [values for iou, values in units if low < iou <= high]
            shown.append(Band(low, high, *(mean_of([values[place] for values in inside]) for place in range(3))))
        return shown

    @property
    def categories(self) -> Mapping[str, Mapping[str, int]]:
        """Detectors by the measured category, and within it by the kind that people give."""
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for key, name in self.names.items():
            if self.known[key].detector:
                table[self.known[key].category][name.kind] += 1
        return {category: {kind: counts[kind] for kind in NAMES} for category, counts in sorted(table.items())}

    @property
    def document(self) -> dict[str, Any]:
        """Everything for JSON."""
        held = self.agreement
        first = self.known[self.answers[0].key]
        return {
            "model": first.model,
            "layer": first.layer,
            "people": self.people,
            "units": self.units,
            "answers": len(self.answers),
            "kinds": dict(self.kinds),
            "kappa": held.kinds.document,
            "kappa_or_nothing": held.kinds_or_nothing.document,
            "words": {name: estimate.document for name, estimate in held.words.items()},
            "precision": held.precision.document,
            "nothing_in_common": held.nothing.document,
            "attention": [item.document for item in held.attention],
            "measured": [band.document for band in self.bands],
            "kinds_of_categories": {category: dict(kinds) for category, kinds in self.categories.items()},
            "names": [
                {
                    "unit": key[1],
                    "word": name.word,
                    "kind": name.kind,
                    "agreeing": name.agreeing,
                    "people": name.people,
                    "precision": name.precision,
                    "measured": self.known[key].label or None,
                    "iou": self.known[key].iou if self.known[key].label else None,
                }
                for key, name in sorted(self.names.items())
            ],
        }


def summaries(folders: Sequence[Path], file: Path | None = None) -> list[Summary]:
    """Sum up answers, a layer of a network each.

    Args:
        folders: of the results that people were asked about.
        file: of the answers; None for the usual one of each folder.

    Raises:
        InputError: there are no answers.
    """
    shown: list[Summary] = []
    for folder in folders:
        opened, known = answered(folder, file)
        with opened:
            answers = [answer for answer in opened.all() if answer.key in known]
        layers = dict.fromkeys(answer.layer for answer in answers)
        if not layers:
            raise InputError(f"nobody has answered on {folder} yet; run viz annotate {folder}")
        for layer in layers:
            own = tuple(answer for answer in answers if answer.layer == layer)
            first = known[own[0].key]
            shown.append(Summary(f"{first.model} {first.layer}", own, known))
    return _told_apart(shown)


def _told_apart(several: Sequence[Summary]) -> list[Summary]:
    """Summaries with a number behind names that occur twice."""
    seen: Counter[str] = Counter()
    named = []
    for item in several:
        seen[item.name] += 1
        again = f" ({seen[item.name]})" if seen[item.name] > 1 else ""
        named.append(Summary(f"{item.name}{again}", item.answers, item.known))
    return named


def _against(words: Sequence[str], unit: Measured) -> tuple[float, float, float]:
    """How often a unit's words are its best concept, or among its ten best, and how alike they are to the best."""
    best, others = normalised(unit.label), {normalised(name) for name in unit.others}
    same = [word == best for word in words]
    among = [word == best or word in others for word in words]
    alike = [jaro_winkler(word, best) for word in words]
    return sum(same) / len(words), sum(among) / len(words), sum(alike) / len(words)
