"""Counting cells: which sets of concepts pixels bear, and how many pixels of each unit's mask lie in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.composition.cells import Cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visualize.methods.dissection.labels import Annotation, Vocabulary
    from visualize.methods.dissection.masks import Covered

Ints = NDArray[np.int64]

_SHIFT = 32  # a key holds the unit above these bits, and the cell's number below
_WAITING = 1 << 22  # counts that are gathered before they are added up


@dataclass(frozen=True)
class Block:
    """Some pictures' pixels by cell.

    Args:
        places: for each pixel of the pictures end to end, the place of its cell in ``numbers``; -1 where the picture is
            no part of the universe.
        numbers: the cells' numbers in the whole set.
        pictures: how many pictures these are.
    """

    places: NDArray[np.int32]
    numbers: Ints
    pictures: int


class CellIndex:
    """Numbers the cells of a probe set as they turn up, and counts their pixels.

    The universe is all pictures that are annotated in every category that is scored: elsewhere it is not known where
    a concept is, and so not where it is not.

    Args:
        vocabulary: the concepts of the probe set.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._numbers: dict[tuple[int, ...], int] = {}
        self._sizes: list[int] = []
        self.pictures = 0
        """How many pictures are in the universe."""

    def add(self, some: Sequence[Annotation], pixels: int) -> Block:
        """Take in pictures with label maps of so many pixels."""
        places = np.full((len(some), pixels), -1, np.int32)
        numbers: list[int] = []
        for row, annotation in enumerate(some):
            if annotation.annotated.all():
                self.pictures += 1
                own, members = _own_cells(annotation, pixels, len(self._vocabulary.concepts))
                places[row] = own + len(numbers)
                numbers += [self._number(cell) for cell in members]
                for number, size in zip(numbers[-len(members) :], np.bincount(own), strict=True):
                    self._sizes[number] += int(size)
        return Block(places.reshape(-1), np.array(numbers, np.int64), len(some))

    def _number(self, cell: tuple[int, ...]) -> int:
        number = self._numbers.setdefault(cell, len(self._sizes))
        if number == len(self._sizes):
            self._sizes.append(0)
        return number

    def cells(self) -> Cells:
        """All cells so far, by their numbers."""
        depth = max((len(cell) for cell in self._numbers), default=0)
        members = np.zeros((len(self._numbers), max(1, depth)), np.int32)
        for cell, number in self._numbers.items():
            members[number, : len(cell)] = cell
        return Cells(members, np.array(self._sizes, np.int64), len(self._vocabulary.concepts))


def _own_cells(annotation: Annotation, pixels: int, concepts: int) -> tuple[NDArray[np.int32], list[tuple[int, ...]]]:
    """One picture's cells: the place of each pixel's cell among them, and their concepts (columns from 1, rising)."""
    places = np.zeros(pixels, np.int64)
    members = [tuple(column + 1 for column in annotation.everywhere)]
    for flat in annotation.maps:
        columns = np.flatnonzero(np.bincount(flat, minlength=concepts + 1))
        numbers = np.zeros(concepts + 1, np.int64)
        numbers[columns] = np.arange(len(columns))
        places = places * len(columns) + numbers.take(flat)
        occurring = np.flatnonzero(np.bincount(places, minlength=len(members) * len(columns)))
        renumbered = np.zeros(len(members) * len(columns), np.int64)
        renumbered[occurring] = np.arange(len(occurring))
        places = renumbered.take(places)
        whole, part = np.divmod(occurring, len(columns))
        members = [(*members[cell], int(columns[place])) for cell, place in zip(whole, part, strict=True)]
    return places.astype(np.int32), [tuple(sorted({column for column in cell if column})) for cell in members]


class UnitCells:
    """Counts, for every unit of a layer, the pixels of its mask in each cell; only what is not 0 is kept.

    Args:
        units: how many units the layer has.
    """

    def __init__(self, units: int) -> None:
        self.units = units
        self._keys: list[Ints] = []
        self._counts: list[Ints] = []
        self._waiting = 0

    def add(self, masks: Iterable[Covered], block: Block) -> None:
        """Take in the masks of all units on the pictures of a block."""
        wide = len(block.numbers) + 1  # the first is of pictures outside the universe
        table = np.zeros(self.units * wide, np.int64)
        for covered in masks:
            rows = (covered.maps % self.units * wide + 1).take(covered.cells)
            keys = block.places.take(covered.pixels) + rows
            table += np.bincount(keys, minlength=len(table))
        units, places = table.reshape(self.units, wide)[:, 1:].nonzero()
        self._keys.append((units << _SHIFT) | block.numbers[places])
        self._counts.append(table.reshape(self.units, wide)[:, 1:][units, places])
        self._waiting += len(units)
        if self._waiting > _WAITING:
            self.settle()

    def settle(self) -> None:
        """Add up what was gathered so far."""
        if len(self._keys) > 1:
            keys, counts = np.concatenate(self._keys), np.concatenate(self._counts)
            order = np.argsort(keys, kind="stable")
            keys, counts = keys[order], counts[order]
            first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else keys
            self._keys = [keys[first]]
            self._counts = [np.add.reduceat(counts, first) if len(first) else counts]
        self._waiting = 0

    def of(self, unit: int, cells: int) -> Ints:
        """For each of so many cells, how many pixels of a unit's mask lie in it."""
        self.settle()
        dense = np.zeros(cells, np.int64)
        if self._keys:
            keys = self._keys[0]
            first, last = np.searchsorted(keys, [unit << _SHIFT, (unit + 1) << _SHIFT])
            np.add.at(dense, keys[first:last] & ((1 << _SHIFT) - 1), self._counts[0][first:last])
        return dense
