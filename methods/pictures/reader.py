"""Reading the pictures of a set: those that cannot be read are named, left out and counted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.methods.errors import BrokenImage, BrokenImageWarning, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images

_SKIPPED = "skipped "


@dataclass
class Reader:
    """Reads a probe set, and knows what of it could not be read so far.

    Args:
        images: the probe set.
        broken: the names of the pictures that could not be read.
        said: the warnings on them.
        scanned: how many could.
    """

    images: Images
    broken: list[str] = field(default_factory=list, init=False)
    said: list[str] = field(default_factory=list, init=False)
    scanned: int = field(default=0, init=False)

    def load(self, index: int, preparation: Preparation) -> Picture | BrokenImage:
        """Picture ``index``, H x W x 3, RGB, uint8, or why it cannot be read; for any thread."""
        try:
            return self.images.load(index, preparation)
        except BrokenImage as fault:
            return fault

    def readable(self, first: int, loaded: Iterable[Picture | BrokenImage]) -> list[tuple[int, Picture]]:
        """The pictures that could be read, with their numbers; a warning names each of the others.

        Args:
            first: the number of the first one in the set.
            loaded: what :meth:`load` gave for it and those that follow.
        """
        kept = []
        for index, picture in enumerate(loaded, first):
            if isinstance(picture, BrokenImage):
                self.broken.append(self.images.file(index))
                self._say(f"{_SKIPPED}{picture}")
            else:
                kept.append((index, picture))
        self.scanned += len(kept)
        return kept

    def go_on(self, scanned: int, broken: Sequence[str], said: Sequence[str]) -> None:
        """Take up what another reader knew of the pictures before; its warnings are said again.

        Args:
            scanned: how many could be read.
            broken: the names of the others.
            said: the warnings on them.
        """
        self.scanned, self.broken = scanned, list(broken)
        for words in said:
            self._say(words)

    def _say(self, words: str) -> None:
        self.said.append(words)
        warnings.warn(words, BrokenImageWarning, stacklevel=4)

    def require_some(self) -> None:
        """Stop, once all was read, if there was nothing to be read.

        Raises:
            InputError: the set is empty, or none of its pictures can be read.
        """
        total = len(self.images)
        if not total:
            raise InputError(f"{self.images.name} holds no pictures")
        if not self.scanned:
            last = self.said[-1].removeprefix(_SKIPPED)
            raise InputError(f"none of the {total} pictures of {self.images.name} can be read; the last: {last}")

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for a reader of results, on the pictures that could not be read."""
        if not self.broken:
            return ()
        total = self.scanned + len(self.broken)
        return (f"{len(self.broken)} of {total} pictures could not be read and were skipped",)
