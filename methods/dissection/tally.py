"""Counting where units' masks and concepts meet, in integers, so that the tallies of two parts add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        self._wide = len(vocabulary.concepts) + 1
        self.intersection: Ints = np.zeros((units, len(vocabulary.concepts)), np.int64)
        self.activation: Ints = np.zeros((units, len(vocabulary.categories)), np.int64)
        self._waiting: list[Ints] = []
        self._count = 0

    def add(self, masks: Iterable[Covered], some: Sequence[Annotation]) -> None:
        """Take in the masks of all units on some pictures.

        Args:
            masks: pixels in masks; maps and pixels are numbered from the first of these pictures.
            some: the annotations of the pictures.
        """
        planes = _planes(some)
        areas = np.zeros(len(some) * self._units, np.int64)
        for covered in masks:
            areas += np.bincount(covered.maps, covered.counts, minlength=len(areas)).astype(np.int64)
            rows = (covered.maps % self._units * self._wide).take(covered.cells)
            for plane in planes:
                self._gather(plane.take(covered.pixels) + rows)
        by_picture = areas.reshape(len(some), self._units)
        self.activation += by_picture.T @ np.stack([annotation.annotated for annotation in some])
        for area, annotation in zip(by_picture, some, strict=True):
            for concept in annotation.everywhere:
                self.intersection[:, concept] += area

    def _gather(self, keys: Ints) -> None:
        self._waiting.append(keys)
        self._count += len(keys)
        if self._count > max(1 << 18, 4 * self._units * self._wide):
            self.settle()

    def settle(self) -> None:
        """Count the pixels that were gathered so far."""
        if self._waiting:
            counts = np.bincount(np.concatenate(self._waiting), minlength=self._units * self._wide)
            self.intersection += counts.reshape(self._units, self._wide)[:, 1:]
            self._waiting, self._count = [], 0


def _planes(some: Sequence[Annotation]) -> list[NDArray[Any]]:
    """The label maps of some pictures end to end; a picture that has fewer than another has empty ones."""
    count = max(len(annotation.maps) for annotation in some)
    blank = np.zeros_like(next((annotation.maps[0] for annotation in some if annotation.maps), np.zeros(0, np.int32)))
    return [
        np.concatenate([annotation.maps[place] if place < len(annotation.maps) else blank for annotation in some])
        for place in range(count)
    ]
