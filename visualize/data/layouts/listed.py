"""Layouts that list their pictures by path below one folder, and know their concepts from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from visualize.data.files.inner_paths import inside
from visualize.data.layouts.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.methods.pictures.labelled import Concept


class Entry(Protocol):
    """Picture of a list, with whatever a layout notes of its labels."""

    @property
    def picture(self) -> str:
        """The path of the picture below its folder."""


class Listed(Layout):
    """Layout whose pictures and concepts are lists.

    ``entries`` are the pictures, ``known`` the set's concepts in rising order of numbers.
    """

    known: tuple[Concept, ...]
    entries: Sequence[Entry]

    @property
    def picture_folder(self) -> Path:
        """The folder that the pictures' paths start from."""
        return self.root

    def __len__(self) -> int:
        return len(self.entries)

    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """The set's concepts of some categories."""
        return [concept for concept in self.known if concept.category in categories]

    def file(self, index: int) -> str:
        """The path of a picture below its folder."""
        return self.entries[index].picture

    def picture(self, index: int) -> Path:
        """The file of a picture.

        Raises:
            InputError: it is a link that leads out of its folder.
        """
        return inside(self.picture_folder, self.entries[index].picture)
