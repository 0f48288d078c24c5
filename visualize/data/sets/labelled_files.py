"""Probe sets whose pictures and label maps are files: what all layouts on disk have in common."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from methods.errors import InputError
from visualize.data.files.picture_files import picture_size, read_picture
from visualize.data.files.registration import Size, register, upright
from visualize.data.sets.sampling import chosen, drawn
from visualize.printable import printable

if TYPE_CHECKING:
    from visualize.data.layouts.layout import Annotation, Layout, MapFile


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from methods.network.preprocessing import Preparation
    from methods.pictures.labelled import Concept, Labels

    Reader = Callable[[Path, str], NDArray[Any]]
    Meaning = Callable[[NDArray[Any]], NDArray[np.int32]]


@dataclass(frozen=True)
class LabelledFiles:
    """A labelled probe set on disk, or a part of one; see :class:`methods.pictures.labelled.Labelled`.

    Args:
        layout: how it lies there.
        categories: those that are looked at.
        places: of its pictures in the layout.
    """

    layout: Layout
    categories: tuple[str, ...]
    places: Sequence[int]

    @property
    def name(self) -> str:
        """What to call the whole set."""
        return self.layout.name

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        """Every concept, in rising order of numbers."""
        return self.layout.concepts(self.categories)

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what is listed: names and lengths of all files of pictures and labels, and the tables' content."""
        made = hashlib.sha256(json.dumps([self.layout.kind, self.categories]).encode())
        for table in self.layout.tables():
            made.update(table.read_bytes())
        root = f"{self.layout.root}{os.sep}"
        for place in self.places:
            files = (self.layout.picture(place), *self.layout.sources(place))
            made.update("\0".join(_trace(file, root) for file in files).encode("utf-8", "surrogateescape"))
            made.update(b"\n")
        return made.hexdigest()

    def only(self, categories: Sequence[str]) -> LabelledFiles:
        """The same pictures with some of the categories.

        Raises:
            InputError: it has no such category.
        """
        return dataclasses.replace(self, categories=chosen(categories, self.categories, self.name))

    def __len__(self) -> int:
        return len(self.places)

    def file(self, index: int) -> str:
        """The path of a picture within the set, with forward slashes."""
        return printable(self.layout.file(self.places[index]))

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        return read_picture(self.path(index), preparation, name=self.file(index))

    def path(self, index: int) -> Path:
        """The file of a picture."""
        return self.layout.picture(self.places[index])

    def annotation(self, index: int) -> Annotation:
        """What a picture is labelled with, as its files have it."""
        return self.layout.annotation(self.places[index])

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of every label map for this preparation."""
        return self.layout.label_shape(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """What a picture is labelled with, as the prepared picture shows it; label maps are int32.

        Raises:
            BrokenImage: a label map cannot be read.
            InputError: a label that the set does not know, or a map of a wrong size.
        """
        note = self.annotation(index)
        found: dict[str, list[NDArray[Any] | int]] = {}
        for category, number in note.wholes:
            if category in self.categories:
                found.setdefault(category, []).append(number)
        wanted = [one for one in note.maps if any(category in self.categories for category, _ in one.meanings)]
        if wanted:
            frame = self._frame(index, note)
            for one in wanted:
                self._read(one, frame, index, preparation, found)
        return found

    def _frame(self, index: int, note: Annotation) -> tuple[Size, int]:
        """Height and width of the picture as stored, and its orientation."""
        if note.size is not None:
            return note.size, 1
        tall, wide, orientation = picture_size(self.path(index), name=self.file(index))
        return (tall, wide), orientation

    def _read(
        self,
        one: MapFile,
        frame: tuple[Size, int],
        index: int,
        preparation: Preparation,
        found: dict[str, list[NDArray[Any] | int]],
    ) -> None:
        """Add one label map to what was found, under each category that it speaks of."""
        stored, orientation = frame
        values = one.read(one.path, self.file(index))
        size, expected = values.shape[:2], one.size or stored
        turned = orientation > 4 and size == expected[::-1] != expected  # drawn over the upright picture
        if size != expected and not turned:
            raise InputError(
                f"the label map {printable(str(one.path))} is {size[1]} x {size[0]} pixels; expected "
                f"{expected[1]} x {expected[0]}, which its picture {self.file(index)} calls for"
            )
        if orientation > 1:
            values = values if turned else upright(values, orientation)
            stored = stored[::-1] if orientation > 4 else stored
        values = register(values, stored, preparation, self.label_shape(preparation))
        for category, meaning in one.meanings:
            if category in self.categories:
                found.setdefault(category, []).append(meaning(values))


def labelled_files(layout: Layout, *, count: int | None = None, seed: int = 0) -> LabelledFiles:
    """A labelled probe set of a layout.

    Args:
        layout: how it lies on disk.
        count: how many pictures to draw at random, kept in their order; None takes all.
        seed: of the draw.

    Raises:
        InputError: it lists no pictures.
    """
    if not len(layout):
        raise InputError(f"{layout.name} lists no pictures")
    return LabelledFiles(layout, layout.categories, drawn(len(layout), count, seed))


def _trace(source: Path | str, root: str) -> str:
    """What tells a source from another one: of a file its path within the set, and its length."""
    if isinstance(source, str):
        return source
    path = str(source)
    try:
        length = os.stat(path).st_size  # noqa: PTH116 (a quarter of a million of them in Broden)
    except OSError:
        length = -1
    return f"{path.removeprefix(root)} {length}"
