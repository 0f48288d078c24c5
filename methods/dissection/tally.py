"""Counting where units' masks and concepts meet, in integers, so that the tallies of two parts add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.picture_counts import LayerCounts, Pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from visualize.methods.dissection.labels import Annotation, Vocabulary
    from visualize.methods.dissection.masks import Covered

Ints = NDArray[np.int64]


@dataclass
class Truth:
    """Pixels and pictures that the probe set itself holds of each concept and category.

    Args:
        concepts: label-map pixels of each concept.
        categories: label-map pixels of the pictures that are annotated in each category.
        pictures: how many pictures are annotated in each category.
    """

    concepts: Ints
    categories: Ints
    pictures: Ints

    @classmethod
    def empty(cls, vocabulary: Vocabulary) -> Truth:
        """Truth of a set without pictures: zeros."""
        counts = len(vocabulary.concepts), len(vocabulary.categories)
        return cls(*(np.zeros(count, np.int64) for count in (*counts, counts[1])))

    def add(self, some: Sequence[Annotation], pixels: int) -> None:
        """Take in pictures with label maps of so many pixels."""
        for annotation in some:
            self.concepts += annotation.areas
            self.categories += annotation.annotated * pixels
            self.pictures += annotation.annotated


class Tally:
    """Counts of one layer: pixels that each unit's mask shares with each concept, and covers in each category.

    Args:
        units: how many units the layer has.
        vocabulary: the concepts of the probe set.
    """

    def __init__(self, units: int, vocabulary: Vocabulary) -> None:
        self._units, self.vocabulary = units, vocabulary
        self.intersection: Ints = np.zeros((units, len(vocabulary.concepts)), np.int64)
        self.activation: Ints = np.zeros((units, len(vocabulary.categories)), np.int64)

    def add(
        self, masks: Iterable[Covered], some: Sequence[Annotation], *, by_picture: bool = False
    ) -> LayerCounts | None:
        """Take in the masks of all units on some pictures.

        Args:
            masks: pixels in masks; maps and pixels are numbered from the first of these pictures.
            some: the annotations of the pictures.
            by_picture: whether the counts of each picture are wanted as well.

        Returns:
            the counts of each of these pictures, if they are wanted.
        """
        tables = _Tables(some, self._units)
        areas = np.zeros(len(some) * self._units, np.int64)
        for covered in masks:
            areas += np.bincount(covered.maps, covered.counts, minlength=len(areas)).astype(np.int64)
            tables.add(covered)
        return self._take(tables, areas, some, by_picture=by_picture)

    def add_counted(
        self, count: Callable[[Sequence[NDArray[np.int32]], Ints, int], tuple[Ints, Ints]], some: Sequence[Annotation],
        *, by_picture: bool = False,
    ) -> LayerCounts | None:  # fmt: skip
        """Take in the masks of all units on some pictures, whose pixels another counts.

        Args:
            count: from label maps, places and the size of a table to areas and the table, as
                :meth:`visualize.methods.dissection.device_masks.DeviceMasks.counted` does.
            some: the annotations of the pictures.
            by_picture: whether the counts of each picture are wanted as well.
        """
        tables = _Tables(some, self._units)
        return self._take(tables, tables.counted(count), some, by_picture=by_picture)

    def _take(
        self, tables: _Tables, areas: Ints, some: Sequence[Annotation], *, by_picture: bool
    ) -> LayerCounts | None:
        shares = areas.reshape(len(some), self._units)
        self.activation += shares.T @ np.stack([annotation.annotated for annotation in some])
        for place, annotation in enumerate(some):
            columns, table = tables.of(place)
            self.intersection[:, columns] += table
            for concept in annotation.everywhere:
                self.intersection[:, concept] += shares[place]
        return self._by_picture(tables, shares, some) if by_picture else None

    def _by_picture(self, tables: _Tables, shares: Ints, some: Sequence[Annotation]) -> LayerCounts:
        """The counts that are not 0, picture by picture."""
        wide, rows, pictures, counts = len(self.vocabulary.concepts), [], [], []
        for place, annotation in enumerate(some):
            columns, table = tables.of(place)
            units, at = table.nonzero()
            rows.append(units * wide + columns.take(at))
            counts.append(table[units, at])
            there = np.flatnonzero(shares[place])
            for concept in annotation.everywhere:
                rows.append(there * wide + concept)
                counts.append(shares[place, there])
            pictures.append(np.full(len(units) + len(there) * len(annotation.everywhere), place))
        shared = Pixels.of(np.concatenate(rows), np.concatenate(pictures), np.concatenate(counts))
        at, units = shares.nonzero()
        return LayerCounts(Pixels.of(units, at, shares[at, units]), shared)


class _Tables:
    """For each of some pictures a table of units x the few concepts that its label maps hold.

    Args:
        some: the annotations of the pictures.
        units: how many units the layer has.
    """

    def __init__(self, some: Sequence[Annotation], units: int) -> None:
        self._units = units
        whole = [np.isin(np.arange(len(annotation.areas)), annotation.everywhere) for annotation in some]
        self._columns = [
            np.flatnonzero((annotation.areas > 0) & ~everywhere)
            for annotation, everywhere in zip(some, whole, strict=True)
        ]
        self._wide = np.array([len(columns) + 1 for columns in self._columns])  # the first is of what has no label
        self._starts = np.concatenate([[0], np.cumsum(self._wide * units)])
        self._first = (self._starts[:-1, None] + self._wide[:, None] * np.arange(units)).reshape(-1)
        self._planes = _planes([self._local(*pair) for pair in zip(some, self._columns, strict=True)])
        self._counts: Ints = np.zeros(self._starts[-1], np.int64)
        self._waiting: list[Ints] = []
        self._count = 0

    @staticmethod
    def _local(annotation: Annotation, columns: Ints) -> list[NDArray[np.int32]]:
        """The picture's label maps with its own concepts numbered from 1."""
        numbers = np.zeros(len(annotation.areas) + 1, np.int32)
        numbers[columns + 1] = np.arange(1, len(columns) + 1)
        return [numbers.take(flat) for flat in annotation.maps]

    def add(self, covered: Covered) -> None:
        """Count the pixels of some masks."""
        first = self._first.take(covered.maps).take(covered.cells)
        for plane in self._planes:
            self._waiting.append(plane.take(covered.pixels) + first)
            self._count += len(covered.pixels)
        if self._count > max(1 << 18, len(self._counts)):
            self._settle()

    def counted(self, count: Callable[[Sequence[NDArray[np.int32]], Ints, int], tuple[Ints, Ints]]) -> Ints:
        """Let another count all masks; gives the pixels of each."""
        areas, self._counts = count(self._planes, self._first, len(self._counts))
        return areas

    def of(self, place: int) -> tuple[Ints, Ints]:
        """The concepts of one picture, and how many pixels each unit's mask shares with them: units x concepts."""
        self._settle()
        table = self._counts[self._starts[place] : self._starts[place + 1]].reshape(self._units, -1)
        return self._columns[place], table[:, 1:]

    def _settle(self) -> None:
        """Count the pixels that were gathered so far."""
        if self._waiting:
            self._counts += np.bincount(np.concatenate(self._waiting), minlength=len(self._counts))
            self._waiting, self._count = [], 0


def _planes(pictures: Sequence[Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    """The label maps of some pictures end to end; a picture that has fewer than another has empty ones."""
    count = max(map(len, pictures))
    blank = np.zeros_like(next((maps[0] for maps in pictures if maps), np.zeros(0, np.int32)))
    return [
        np.concatenate([maps[place] if place < len(maps) else blank for maps in pictures]) for place in range(count)
    ]
