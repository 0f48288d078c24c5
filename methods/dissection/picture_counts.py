"""Counts by picture: what masks, concepts and both share in each, as far as there is any.

A bootstrap needs them. They are sparse: a mask covers something in a fraction of the pictures only, and a picture holds
a few of the concepts, so that they take about as much room as the parts of maps that are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from visualize.methods.dissection.labels import Annotation

Ints = NDArray[np.int64]
Unsigned = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, eq=False)
class Pixels:
    """Numbers of pixels by row and picture; pairs that are not listed have none.

    Args:
        rows: what is counted: a unit, a concept, or unit * concepts + concept.
        pictures: the places of the pictures.
        counts: label-map pixels, 1 or more.
    """

    rows: Unsigned
    pictures: Unsigned
    counts: Unsigned

    @classmethod
    def of(cls, rows: Ints, pictures: Ints, counts: Ints) -> Pixels:
        """The numbers in 32 bits each, which any of them fits in."""
        return cls(rows.astype(np.uint32), pictures.astype(np.uint32), counts.astype(np.uint32))

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the numbers take."""
        return self.rows.nbytes + self.pictures.nbytes + self.counts.nbytes

    def only(self, places: NDArray[np.integer[Any]]) -> Pixels:
        """The entries at some places."""
        return Pixels(self.rows.take(places), self.pictures.take(places), self.counts.take(places))

    def packed(self) -> Pixels:
        """Entries with pictures and counts in as few bytes as they fit in; rows keep theirs, to be looked up."""
        return Pixels(self.rows, fewest(self.pictures), fewest(self.counts))

    def between(self, first: int, last: int) -> Pixels:
        """The entries of rows first <= row < last; rows must rise."""
        low, high = np.searchsorted(self.rows, np.array([first, last], self.rows.dtype))
        return Pixels(self.rows[low:high], self.pictures[low:high], self.counts[low:high])


def fewest(numbers: NDArray[Any]) -> Unsigned:
    """Whole numbers from 0 in as few bytes as they fit in."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


def together(parts: Sequence[Pixels], firsts: Sequence[int]) -> Pixels:
    """Parts end to end, the pictures of each numbered on from ``firsts``."""
    if not parts:
        return Pixels(*(np.empty(0, np.uint32) for _ in range(3)))
    pictures = [part.pictures + np.uint32(first) for part, first in zip(parts, firsts, strict=True)]
    rows, counts = (np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "counts"))
    return Pixels(rows, np.concatenate(pictures), counts)


@dataclass(frozen=True, eq=False)
class LayerCounts:
    """Counts of one layer's masks by picture.

    Args:
        areas: pixels of each unit's mask; rows are units.
        shared: pixels that masks and concepts share; rows are unit * concepts + concept.
    """

    areas: Pixels
    shared: Pixels


@dataclass(frozen=True, eq=False)
class PictureCounts:
    """Counts of some pictures in a row, each by itself.

    Args:
        annotated: pictures x categories, 1 where the picture has a concept of the category and else 0.
        truth: pixels of each concept; rows are concepts.
        layers: the counts of each layer's masks, by the layer's name.
    """

    annotated: NDArray[np.uint8]
    truth: Pixels
    layers: Mapping[str, LayerCounts]

    def __len__(self) -> int:
        return len(self.annotated)


def of_labels(some: Sequence[Annotation]) -> tuple[NDArray[np.uint8], Pixels]:
    """The annotated categories of some pictures, and the pixels of each concept in them."""
    areas = np.stack([annotation.areas for annotation in some])
    pictures, concepts = areas.nonzero()
    annotated = np.stack([annotation.annotated for annotation in some]).astype(np.uint8)
    return annotated, Pixels.of(concepts, pictures, areas[pictures, concepts])


def nothing(categories: int, layers: Iterable[str]) -> PictureCounts:
    """Counts of no pictures."""
    none = together([], [])
    return PictureCounts(np.zeros((0, categories), np.uint8), none, {name: LayerCounts(none, none) for name in layers})


def joined(parts: Sequence[PictureCounts]) -> PictureCounts:
    """Counts of successive pictures, each part numbering them from 0, put end to end; there is one part or more."""
    firsts = np.cumsum([0, *map(len, parts[:-1])]).tolist()
    layers = {
        name: LayerCounts(
            together([part.layers[name].areas for part in parts], firsts),
            together([part.layers[name].shared for part in parts], firsts),
        )
        for name in parts[0].layers
    }
    annotated = np.concatenate([part.annotated for part in parts])
    return PictureCounts(annotated, together([part.truth for part in parts], firsts), layers)
