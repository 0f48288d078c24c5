"""Records of what people are shown and what they answer."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.annotation.kinds import NAMES
from visualize.methods.errors import InputError
from visualize.printable import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_WORD = 120
"""Letters of a word or description."""
LONGEST_NAME = 60
"""Letters of an annotator's name."""

Key = tuple[str, int]
"""A unit: the name of its layer's folder in the report, and its number."""


@dataclass(frozen=True)
class Shown:
    """A picture that a page shows.

    Args:
        file: its name in the folder of the layer's pictures.
        unit: the unit that it is of.
        place: in the probe set; -1 if that is not known.
    """

    file: str
    unit: int
    place: int = -1


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of one person on one unit.

    Args:
        annotator: the person's name.
        layer: name of the layer's folder in the report.
        unit: its number.
        shown: the pictures, in the order of the page.
        word: a word or short description; "" if the pictures have nothing in common.
        kind: one of the six; "" if the pictures have nothing in common.
        misfits: places among ``shown`` of pictures that do not fit, counted from 0.
        saved: when it was saved, UTC.

    Raises:
        InputError: it is no whole answer.

    Example:
        >>> shown = (Shown("3-top-1.webp", 3), Shown("7-top-1.webp", 7), Shown("3-top-2.webp", 3))
        >>> answer = Answer(annotator="Ada", layer="net--conv5", unit=3, shown=shown, word="lamp", kind="object",
        ...                 misfits=(1,))
        >>> answer.precision, answer.decoys, answer.decoys_found
        (1.0, 1, 1)
    """

    annotator: str
    layer: str
    unit: int
    shown: tuple[Shown, ...]
    word: str = ""
    kind: str = ""
    misfits: tuple[int, ...] = ()
    saved: str = ""

    def __post_init__(self) -> None:
        if bool(self.word) != bool(self.kind):
            missing = "one of the six kinds" if self.word else "a word or short description"
            raise InputError(f"the answer lacks {missing}; add it, or say that the pictures have nothing in common")
        if self.kind and self.kind not in NAMES:
            raise InputError(f"{clean(self.kind[:40])!r} is none of the kinds: {', '.join(NAMES)}")
        if list(self.misfits) != sorted(set(self.misfits)) or not set(self.misfits) <= set(range(len(self.shown))):
            raise InputError("a picture is marked that is not on the page; open the page again")

    @property
    def key(self) -> Key:
        """The unit."""
        return self.layer, self.unit

    @property
    def skipped(self) -> bool:
        """Whether the person sees nothing that the pictures have in common."""
        return not self.word

    @property
    def own(self) -> int:
        """Pictures of the unit itself."""
        return sum(item.unit == self.unit for item in self.shown)

    @property
    def fitting(self) -> int:
        """Pictures of the unit itself that fit the word."""
        return sum(item.unit == self.unit for place, item in enumerate(self.shown) if place not in self.misfits)

    @property
    def precision(self) -> float | None:
        """Share of the unit's own pictures that fit the word; None where there is no word."""
        return self.fitting / self.own if self.word and self.own else None

    @property
    def decoys(self) -> int:
        """Pictures of other units."""
        return len(self.shown) - self.own

    @property
    def decoys_found(self) -> int:
        """Pictures of other units that the person marked as not fitting."""
        return sum(self.shown[place].unit != self.unit for place in self.misfits)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An answer that is being written.

    Args:
        word: so far.
        kind: so far.
        misfits: places of pictures that are marked so far.
        at: milliseconds by the clock of who writes, by which a later draft is told from an earlier one.
        page: letters that tell which pictures were marked; see :func:`page_of`.
    """

    word: str = ""
    kind: str = ""
    misfits: tuple[int, ...] = ()
    at: int = 0
    page: str = ""


def page_of(key: Key, shown: Sequence[Shown]) -> str:
    """Letters that change when a page's pictures or their order do.

    Args:
        key: the unit.
        shown: the pictures.

    Example:
        >>> one, other = Shown("3-top-1.webp", 3), Shown("3-top-2.webp", 3)
        >>> page_of(("net", 3), [one, other]) == page_of(("net", 3), [other, one])
        False
    """
    content = repr((*key, [(item.file, item.unit, item.place) for item in shown]))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def tidy(text: str, longest: int, what: str) -> str:
    """A text on one line, without letters that no page should hold.

    Raises:
        InputError: it is longer than it may be.

    Example:
        >>> tidy("  a   dog ", 20, "the word")
        'a dog'
    """
    tidied = " ".join(clean(unicodedata.normalize("NFC", text)).split())
    if len(tidied) > longest:
        raise InputError(f"{what} has {len(tidied)} letters; write at most {longest}")
    return tidied


def annotator_key(name: str) -> str:
    """Letters by which one name is the same as another, whatever its capitals.

    Example:
        >>> annotator_key("Ada") == annotator_key("ADA")
        True
    """
    return unicodedata.normalize("NFKC", name).casefold()
