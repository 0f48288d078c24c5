"""Labels of pictures, in the form in which they are counted."""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.errors import BrokenImage, BrokenImageWarning, InputError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept, Labelled, Labels

Ints = NDArray[np.int64]

_AHEAD = 64  # pictures whose labels are read while others are counted


class Vocabulary:
    """The concepts that are scored, by column.

    Args:
        labelled: the probe set.
        categories: the names of the categories that are scored; None is all.

    Raises:
        InputError: a category that the set does not have, or concepts that share a number.
    """

    def __init__(self, labelled: Labelled, categories: Sequence[str] | None = None) -> None:
        known = tuple(labelled.categories)
        for name in categories or ():
            if name not in known:
                raise InputError(
                    f"{labelled.name} has no category {name!r}{suggest(name, known)} (it has {', '.join(known)})"
                )
        self.categories = known if categories is None else tuple(name for name in known if name in categories)
        everything = list(labelled.concepts)
        numbers = [concept.number for concept in everything]
        if not numbers or min(numbers) < 1 or len(set(numbers)) < len(numbers):
            raise InputError(f"the concepts of {labelled.name} need numbers from 1, no two the same")
        self.concepts: tuple[Concept, ...] = tuple(
            concept for concept in everything if concept.category in self.categories
        )
        if not self.concepts:
            raise InputError(f"{labelled.name} has no concept in {', '.join(self.categories) or 'any category'}")
        self.category = np.array([self.categories.index(concept.category) for concept in self.concepts])
        """For each concept, the number of its category."""
        self._columns = np.full(max(numbers) + 1, -1, np.int32)  # -1: no concept of the set
        self._columns[0] = 0
        for number in numbers:
            self._columns[number] = 0
        for column, concept in enumerate(self.concepts, start=1):
            self._columns[concept.number] = column

    def columns(self, labels: NDArray[Any] | int, where: str) -> NDArray[np.int32]:
        """Concept numbers as columns from 1, 0 where nothing that is scored is labelled.

        Raises:
            InputError: a number that the set does not have.
        """
        numbers = np.asarray(labels)
        if numbers.dtype.kind not in "iub":
            raise InputError(f"the labels of {where} are {numbers.dtype}; expected whole numbers")
        known = len(self._columns)
        if numbers.size and (numbers.min() < 0 or numbers.max() >= known or known == 0):
            wrong = int(numbers.min() if numbers.min() < 0 else numbers.max())
        else:
            columns: NDArray[np.int32] = np.asarray(self._columns[numbers])
            if not columns.size or columns.min() >= 0:
                return columns
            wrong = int(numbers[columns < 0].flat[0])
        raise InputError(f"{where} is labelled with concept {wrong}, which the probe set does not list")


@dataclass(frozen=True)
class Annotation:
    """Labels of one picture, ready to be counted.

    Args:
        maps: label maps, flat: columns of concepts from 1, 0 where there is none; no two hold the same one at a pixel.
        everywhere: columns (from 0) of the concepts that cover the whole picture.
        areas: for every concept, how many pixels it covers.
        annotated: for every category, 1 where the picture has a concept of it and else 0.
    """

    maps: tuple[NDArray[np.int32], ...]
    everywhere: tuple[int, ...]
    areas: Ints
    annotated: Ints


def unlabelled(vocabulary: Vocabulary) -> Annotation:
    """The annotation of a picture that does not count: no labels."""
    none = np.zeros(len(vocabulary.categories), np.int64)
    return Annotation((), (), np.zeros(len(vocabulary.concepts), np.int64), none)


def annotation(labels: Labels, vocabulary: Vocabulary, shape: tuple[int, int], where: str) -> Annotation:
    """Bring a picture's labels to the form in which they are counted.

    Args:
        labels: the labels, as the probe set gives them.
        vocabulary: the concepts of the set.
        shape: rows and columns that label maps must have.
        where: the picture's name, for messages.

    Raises:
        InputError: a label that the set does not have, or a map of another size.
    """
    whole: list[int] = []
    maps: list[NDArray[np.int32]] = []
    for category, given in labels.items():
        for plane in given:
            columns = vocabulary.columns(plane, f"{where} ({category})")
            if columns.ndim == 0:
                whole.append(int(columns))
            elif columns.shape != shape:
                raise InputError(
                    f"a label map of {where} ({category}) is {' x '.join(map(str, columns.shape))}; expected "
                    f"{shape[0]} x {shape[1]}"
                )
            elif columns.any():
                maps.append(columns.reshape(-1))
    everywhere = tuple(sorted({column - 1 for column in whole if column}))
    maps = _distinct(maps, everywhere)
    count, pixels = len(vocabulary.concepts), shape[0] * shape[1]
    areas = np.zeros(count + 1, np.int64)
    for flat in maps:
        areas += np.bincount(flat, minlength=count + 1)
    areas = areas[1:]
    areas[list(everywhere)] = pixels
    present = np.bincount(vocabulary.category[areas > 0], minlength=len(vocabulary.categories))
    return Annotation(tuple(maps), everywhere, areas, (present > 0).astype(np.int64))


def _distinct(maps: list[NDArray[np.int32]], everywhere: Sequence[int]) -> list[NDArray[np.int32]]:
    """Leave every concept once at every pixel."""
    if not everywhere and len(maps) < 2:
        return maps
    distinct: list[NDArray[np.int32]] = []
    for plane in maps:
        again = np.zeros(plane.shape, np.bool_)
        for column in everywhere:
            again |= plane == column + 1
        for earlier in distinct:
            again |= plane == earlier
        if (again & (plane > 0)).any():
            plane = np.where(again, 0, plane).astype(np.int32)  # noqa: PLW2901 (the map without what was there before)
        distinct.append(plane)
    return distinct


@dataclass
class Reading:
    """Reads the labels of some pictures with threads, in order, ahead of those who count.

    A picture whose labels cannot be read is named in a warning, skipped and listed.

    Args:
        labelled: the probe set.
        preparation: how the network's input is made of a picture.
        vocabulary: the concepts of the set.
        workers: how many threads; None is one for each processor, at most 8.
    """

    labelled: Labelled
    preparation: Preparation
    vocabulary: Vocabulary
    workers: int | None = None
    broken: list[str] = field(default_factory=list)

    def __call__(self, indices: Sequence[int]) -> Iterator[tuple[int, Annotation]]:
        """Pairs, picture by picture: the place in ``indices`` and the annotation.

        Raises:
            InputError: the set itself is wrong.
        """
        waiting: deque[tuple[int, Future[Annotation]]] = deque()
        todo = iter(enumerate(indices))
        pool = ThreadPoolExecutor(self.workers or min(8, os.cpu_count() or 1), thread_name_prefix="labels")
        try:
            while True:
                while len(waiting) < _AHEAD and (following := next(todo, None)) is not None:
                    waiting.append((following[0], pool.submit(self._read, following[1])))
                if not waiting:
                    return
                place, future = waiting.popleft()
                try:
                    yield place, future.result()
                except BrokenImage as fault:
                    self.broken.append(self.labelled.file(indices[place]))
                    warnings.warn(f"skipped {fault}", BrokenImageWarning, stacklevel=2)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _read(self, index: int) -> Annotation:
        shape = self.labelled.label_shape(self.preparation)
        labels = self.labelled.labels(index, self.preparation)
        return annotation(labels, self.vocabulary, shape, self.labelled.file(index))
