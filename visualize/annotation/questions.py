"""Questions on units: their pictures, with some of other units mixed in, and an order for each person."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.annotation.records import Shown, annotator_key, page_of
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.annotation.records import Key

MOST_PICTURES = 20
"""On a page, those of other units among them."""
LARGEST_SHARE = 0.5
"""Of pictures of other units."""
_TRIES = 30  # units that are drawn one by one before a whole layer is put into a random order


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A unit that people are asked about.

    Args:
        layer: name of the layer's folder in the report.
        unit: its number.
        pictures: of it, best first.
        label: what a measurement calls it; another unit's pictures are mixed in only if that has another label.
    """

    layer: str
    unit: int
    pictures: tuple[Shown, ...]
    label: str = ""


@dataclass(frozen=True)
class Question:
    """A page: a unit, and pictures in the order in which they are shown.

    Args:
        layer: name of the layer's folder in the report.
        unit: its number.
        shown: its pictures, and those of other units.
    """

    layer: str
    unit: int
    shown: tuple[Shown, ...]

    @property
    def key(self) -> Key:
        """The unit."""
        return self.layer, self.unit

    @property
    def page(self) -> str:
        """Letters that change when the pictures or their order do."""
        return page_of(self.key, self.shown)


@dataclass(frozen=True)
class Mixing:
    """How pictures of other units are mixed in.

    Args:
        share: of all pictures, on average over pages: 0 for none, at most 0.5.
        seed: the same one mixes in the same pictures.

    Raises:
        InputError: there is no such share.
    """

    share: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.share <= LARGEST_SHARE:
            raise InputError(f"a share of decoys of {self.share:g} cannot be; give 0 to {LARGEST_SHARE}")

    def many(self, own: int, draw: float) -> int:
        """How many pictures of other units join a unit's own, by a number drawn from 0..1.

        Example:
            >>> [Mixing(0.2).many(8, draw) for draw in (0.0, 0.5)], Mixing(0.2).many(7, 0.9)
            ([2, 2], 2)
        """
        return min(int(own * self.share / (1 - self.share) + draw), MOST_PICTURES - own)


@dataclass(frozen=True)
class Questions:
    """All that is asked.

    Args:
        subjects: the units.
        mixing: how pictures of other units are mixed in.
        others: units whose pictures are mixed in, so that pages do not depend on which units are asked about; by
            default the same ones.
    """

    subjects: tuple[Subject, ...]
    mixing: Mixing
    others: tuple[Subject, ...] = ()
    _made: dict[Key, Question] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        layers: dict[str, list[Subject]] = {}
        for subject in self.others or self.subjects:
            layers.setdefault(subject.layer, []).append(subject)
        for subject in self.subjects:
            question = self._question(subject, layers.get(subject.layer, []))
            self._made[question.key] = question

    def __len__(self) -> int:
        return len(self._made)

    def get(self, key: Key) -> Question | None:
        """The question on a unit; None if it is not asked about."""
        return self._made.get(key)

    @property
    def asked(self) -> tuple[Question, ...]:
        """All questions, in the order of the units."""
        return tuple(self._made.values())

    def ordered(self, annotator: str) -> list[Question]:
        """Questions in the order of one person, which stays as it is when others are added or left out."""
        person = annotator_key(annotator)
        return sorted(self._made.values(), key=lambda item: self._digest("order", person, item.layer, item.unit))

    def _digest(self, *words: object) -> bytes:
        return hashlib.sha256(repr((self.mixing.seed, *words)).encode("utf-8", "surrogatepass")).digest()

    def _question(self, subject: Subject, layer: Sequence[Subject]) -> Question:
        generator = random.Random(self._digest("page", subject.layer, subject.unit))  # noqa: S311 (nothing is secret)
        own = subject.pictures[:MOST_PICTURES]
        many = self.mixing.many(len(own), generator.random()) if self.mixing.share else 0
        shown = [*own, *_others(subject, layer, many, generator)]
        generator.shuffle(shown)
        return Question(subject.layer, subject.unit, tuple(shown))


def _others(subject: Subject, layer: Sequence[Subject], many: int, generator: random.Random) -> list[Shown]:
    """Pictures of other units: none that the unit itself shows, and of each unit and place in the set at most one."""
    known = {item.place for item in subject.pictures if item.place >= 0}
    chosen: list[Shown] = []
    taken = {subject.unit}
    for other in _drawn(layer, generator) if many else ():
        if len(chosen) == many:
            break
        if other.unit in taken or (other.label and other.label == subject.label):
            continue
        fresh = [item for item in other.pictures if item.place not in known]
        if fresh:
            item = generator.choice(fresh)
            known |= {item.place} if item.place >= 0 else set()
            taken.add(other.unit)
            chosen.append(item)
    return chosen


def _drawn(layer: Sequence[Subject], generator: random.Random) -> Iterator[Subject]:
    """Units of a layer in a random order: a few drawn one by one, which mostly suffice, then all of them."""
    for _ in range(_TRIES):
        yield generator.choice(layer)
    yield from generator.sample(layer, len(layer))
