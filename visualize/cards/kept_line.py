"""The line that says which results were not made now, but kept from before."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from visualize.printable import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.cards.card import Card

_FEW = 3  # units that are named


class KeptLine:
    """Gathers which results were kept from before, and says it in one line on standard error.

    Args:
        of: what the results are of.
    """

    def __init__(self, of: str = "units") -> None:
        self._of = of
        self._names: list[str] = []
        self._methods: dict[str, None] = {}
        self._made: list[float] = []
        self._things = 0
        self._scans: dict[str, int] = {}

    def add(self, card: Card) -> None:
        """Note what of a card was kept; nothing of the card itself is held."""
        self.note(str(card.unit), card.kept)

    def note(self, name: str, kept: Mapping[str, float]) -> None:
        """Note what was kept of a thing.

        Args:
            name: of the thing.
            kept: what was made before -> when, in seconds since 1970.
        """
        self._things += 1
        if kept:
            self._names.append(name)
            self._methods |= dict.fromkeys(kept)
            self._made += kept.values()

    def add_scans(self, went_on: Mapping[str, int]) -> None:
        """Note which scans went on where they had been interrupted.

        Args:
            went_on: methods -> how many pictures had been looked at by then.
        """
        self._scans |= went_on

    @property
    def words(self) -> str:
        """Words such as ``kept from before: ascent of conv5:79 (29 Nov 03:10)``; "" if all is new."""
        scans = ", ".join(f"{name} after {count:,} pictures" for name, count in self._scans.items())
        parts = (self._of_results(), f"went on where the scan was interrupted: {scans}" if scans else "")
        return "; ".join(filter(None, parts))

    def _of_results(self) -> str:
        if not self._names:
            return ""
        few = len(self._names) <= _FEW
        units = ", ".join(self._names) if few else f"{len(self._names)} of {self._things} {self._of}"
        ends = (time.localtime(when) for when in (min(self._made), max(self._made)))
        first, last = (time.strftime("%d %b %H:%M", when).lstrip("0") for when in ends)
        when = first if first == last else f"{first} to {last}"
        return f"kept from before: {', '.join(self._methods)} of {units} ({when})"

    def say(self, instead: str) -> None:
        """Write the line, if there is one, with what makes all anew instead."""
        if self.words:
            sys.stderr.write(f"viz: {clean(self.words)}; {instead} makes it anew\n")
