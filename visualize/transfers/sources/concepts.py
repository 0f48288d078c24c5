"""Labelled probe sets as a task: which concepts are in a picture."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.concept_words import spoken
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Subset
from visualize.transfers.labelling import Labelling
from visualize.transfers.sources.films import films

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.progress import Progress

_WHOLE = Preparation()  # 224 x 224, squashed: every picture is seen whole, whatever the network will see of it
_AT_ONCE = 64  # pictures whose labels are read together
PIXELS = 100
"""Pixels of 112 x 112 that a concept covers at least to be in a picture: not quite a hundredth."""


def read_concepts(labelled: Labelled, *, pixels: int, progress: Progress) -> Labelling:
    """Read which concepts each picture shows.

    Args:
        labelled: the probe set; a concept's label maps are looked at over the whole picture.
        pixels: of the label maps that a concept must cover at least to be there; a label of a whole picture covers all.
        progress: told how many pictures' labels are read.

    Raises:
        InputError: fewer than one pixel is asked for, or the set itself is wrong.
    """
    rows, columns = labelled.label_shape(_WHOLE)
    if not 1 <= pixels <= rows * columns:
        raise InputError(f"--pixels is 1 to {rows * columns:,} of {labelled.name}'s label maps, not {pixels:,}")
    covered, broken = _covered(labelled, progress)
    kept = tuple(np.flatnonzero(~broken).tolist())
    if not kept:
        raise InputError(f"the labels of none of the {len(labelled)} pictures of {labelled.name} can be read")
    groups, said = films(labelled.file(place) for place in kept)
    notes = [f"a class is a concept that covers {pixels:,} or more of {rows} x {columns} pixels of a picture"]
    notes += [said] if said else []
    notes += [f"{broken.sum()} pictures were left out, as their labels cannot be read"] if broken.any() else []
    return Labelling(
        labelled if len(kept) == len(labelled) else Subset(labelled, kept),
        tuple(_names(labelled)),
        (covered[~broken] >= pixels).astype(np.int8),
        several=True,
        groups=groups,
        choosing=True,
        notes=tuple(notes),
    )


def _names(labelled: Labelled) -> list[str]:
    """Names of the concepts, with the category where two are called the same."""
    names = [spoken(concept.category, concept.name) for concept in labelled.concepts]
    return [
        f"{name} ({concept.category})" if names.count(name) > 1 else name
        for name, concept in zip(names, labelled.concepts, strict=True)
    ]


def _covered(labelled: Labelled, progress: Progress) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pixels that each concept covers in each picture, and which pictures' labels are broken."""
    size, total = len(labelled), int(np.prod(labelled.label_shape(_WHOLE)))
    numbers = [concept.number for concept in labelled.concepts]
    place = np.full(max(numbers, default=0) + 1, -1)
    place[numbers] = np.arange(len(numbers))
    covered, broken = np.zeros((size, len(numbers)), np.int64), np.zeros(size, bool)

    def read(index: int) -> None:
        try:
            labels = labelled.labels(index, _WHOLE)
        except BrokenImage:
            broken[index] = True
            return
        for label in (label for several in labels.values() for label in several):
            if isinstance(label, int):
                covered[index, place[label]] = total
                continue
            counts = np.bincount(np.asarray(label).ravel(), minlength=len(place))
            seen = np.flatnonzero(counts[1:]) + 1
            covered[index, place[seen]] = np.maximum(covered[index, place[seen]], counts[seen])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, size, _AT_ONCE):
            list(pool.map(read, range(start, min(size, start + _AT_ONCE))))
            progress(min(size, start + _AT_ONCE), size)
    return covered, broken
