"""Labelled probe sets whose pictures and label maps are files, in any layout."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.picture_files import picture_size, read_picture
from visualize.data.files.registration import Size, register, upright
from visualize.data.sets.sampling import chosen, drawn
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from visualize.data.layouts.layout import Annotation, Layout, MapFile


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any, BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept, Labels

    Reader = Callable[[Path, str], NDArray[Any]]
    Meaning = Callable[[NDArray[Any]], NDArray[np.int32]]


@dataclass(frozen=True)
class LabelledFiles:
    """A labelled probe set on disk, or a part of one; see :class:`visualize.methods.pictures.labelled.Labelled`.

    Args:
        layout: how the set lies on disk.
        categories: the categories that are looked at.
        places: numbers of the set's pictures in the layout.
    """

    layout: Layout
    categories: tuple[str, ...]
    places: Sequence[int]

    @property
    def name(self) -> str:
        """The name of the whole set."""
        return self.layout.name

    @property
    def remarks(self) -> Sequence[str]:
        """Sentences on what was left out of the whole set, or could be doubted."""
        return self.layout.remarks

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on how names were understood."""
        return self.layout.notes

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        """Every concept, in rising order of numbers."""
        return self.layout.concepts(self.categories)

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the names and lengths of all files of pictures and labels, and of the tables' content."""
        digest = hashlib.sha256(json.dumps([self.layout.kind, self.categories]).encode())
        for table in self.layout.tables():
            digest.update(table.read_bytes())
        root = f"{self.layout.root}{os.sep}"
        for place in self.places:
            files = (self.layout.picture(place), *self.layout.sources(place))
            traces = (_trace(file, root) for file in files if isinstance(file, str | os.PathLike))
            digest.update("\0".join(traces).encode("utf-8", "surrogateescape"))
            digest.update(b"\n")
        return digest.hexdigest()

    def only(self, categories: Sequence[str]) -> LabelledFiles:
        """A probe set of the same pictures with some of the categories.

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

    def path(self, index: int) -> Path | BinaryIO:
        """The file of a picture, or its content where another file holds it."""
        return self.layout.picture(self.places[index])

    def annotation(self, index: int) -> Annotation:
        """Labels of a picture, as its files have them."""
        return self.layout.annotation(self.places[index])

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of every label map for this preparation."""
        return self.layout.label_shape(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of a picture, as the prepared picture shows it; label maps are int32.

        Raises:
            BrokenImage: a label map cannot be read.
            InputError: a label that the set does not know, or a map of a wrong size.
        """
        note = self.annotation(index)
        labels: dict[str, list[NDArray[Any] | int]] = {}
        for category, number in note.wholes:
            if category in self.categories:
                labels.setdefault(category, []).append(number)
        wanted = [
            label_map
            for label_map in note.maps
            if any(category in self.categories for category, _ in label_map.meanings)
        ]
        if wanted:
            frame = self.stored(index, note)
            for label_map in wanted:
                self._read(label_map, frame, index, preparation, labels)
        return {category: _laid(maps) for category, maps in labels.items()} if note.apart else labels

    def stored(self, index: int, note: Annotation) -> tuple[Size, int]:
        """Height and width of a picture as its file stores it, and the camera's orientation.

        Raises:
            BrokenImage: the picture cannot be read.
            InputError: the set's index states another size, so that labels would lie elsewhere.
        """
        tall, wide, orientation = picture_size(self.path(index), name=self.file(index))
        if note.size not in {None, (tall, wide)}:
            raise InputError(
                f"{self.file(index)}: the picture is {wide} x {tall} pixels, and its index says {note.size[1]} x "
                f"{note.size[0]}"
            )
        return (tall, wide), orientation

    def _read(
        self,
        label_map: MapFile,
        frame: tuple[Size, int],
        index: int,
        preparation: Preparation,
        labels: dict[str, list[NDArray[Any] | int]],
    ) -> None:
        """Add one label map to the labels, under each category that it speaks of."""
        stored, orientation = frame
        values = label_map.read(label_map.path, self.file(index))
        as_seen = stored[::-1] if orientation > 4 else stored
        size, expected = values.shape[:2], label_map.size or (as_seen if label_map.seen else stored)
        turned = label_map.seen or (orientation > 4 and size == expected[::-1] != expected)  # drawn over it upright
        if size != expected and (label_map.seen or not turned):
            raise InputError(
                f"the label map {printable(str(label_map.path))} is {size[1]} x {size[0]} pixels; expected "
                f"{expected[1]} x {expected[0]}, which its picture {self.file(index)} calls for"
            )
        if orientation > 1:
            values = values if turned else upright(values, orientation)
            stored = as_seen
        values = register(values, stored, preparation, self.label_shape(preparation))
        for category, meaning in label_map.meanings:
            if category in self.categories:
                labels.setdefault(category, []).append(meaning(values))


def labelled_files(layout: Layout, *, count: int | None = None, seed: int = 0) -> LabelledFiles:
    """A labelled probe set of a layout.

    Args:
        layout: how the set lies on disk.
        count: how many pictures to draw at random, kept in their order; None takes all.
        seed: chooses the pictures that are drawn.

    Raises:
        InputError: the layout lists no pictures.
    """
    if not len(layout):
        raise InputError(f"{layout.name} lists no pictures")
    return LabelledFiles(layout, layout.categories, drawn(len(layout), count, seed))


def _laid(maps: Sequence[NDArray[Any] | int]) -> list[NDArray[Any] | int]:
    """Maps of one concept each in as few as hold them all: those that nowhere meet share one."""
    layers: list[NDArray[Any]] = []
    taken: list[NDArray[np.bool_]] = []
    wholes: list[NDArray[Any] | int] = []
    for each in maps:
        if isinstance(each, int):
            wholes.append(each)
            continue
        there = each > 0
        free = next((place for place, held in enumerate(taken) if not (held & there).any()), None)
        if free is None:
            layers.append(each)
            taken.append(there)
        else:
            layers[free][there] = each[there]
            taken[free] |= there
    return [*wholes, *layers]


def _trace(source: Path | str, root: str) -> str:
    """Text that tells a source from any other: the path of a file within the set, and the file's length."""
    if isinstance(source, str):
        return source
    path = str(source)
    try:
        length = os.stat(path).st_size  # noqa: PTH116 (a quarter of a million of them in Broden)
    except OSError:
        length = -1
    return f"{path.removeprefix(root)} {length}"
