"""Counts of masks and labels, against sums over whole masks."""

from __future__ import annotations

import numpy as np

from tests.kit.labelled import noise
from visualize.methods.dissection.labels import Vocabulary, annotation
from visualize.methods.dissection.masks import Covered
from visualize.methods.dissection.tally import Tally, Truth

_SHAPE = (6, 8)


def test_counts_are_sums_over_whole_masks() -> None:
    held, units, pixels = noise(7, _SHAPE, _SHAPE), 3, _SHAPE[0] * _SHAPE[1]
    vocabulary = Vocabulary(held)
    masks = np.random.default_rng(0).random((7, units, pixels)) < 0.3
    annotations = [annotation(labels, vocabulary, _SHAPE, "it") for labels in held.annotations]
    maps = np.arange(7 * units)  # one cell for each map, as large as the map
    cells, places = np.nonzero(masks.reshape(-1, pixels))
    covered = Covered(maps, masks.sum(2).reshape(-1), cells, cells // units * pixels + places)
    tally, truth = Tally(units, vocabulary), Truth.empty(vocabulary)
    tally.add([covered], annotations)
    truth.add(annotations, pixels)
    for column, concept in enumerate(vocabulary.concepts):
        there = np.stack([_labelled(labels, concept.number) for labels in held.annotations])
        np.testing.assert_array_equal(tally.intersection[:, column], (masks & there[:, None]).sum((0, 2)))
        assert truth.concepts[column] == there.sum()
    for column, category in enumerate(vocabulary.categories):
        numbers = [concept.number for concept in vocabulary.concepts if concept.category == category]
        some = [any(_labelled(labels, number).any() for number in numbers) for labels in held.annotations]
        np.testing.assert_array_equal(tally.activation[:, column], masks[some].sum((0, 2)))
        assert (truth.pictures[column], truth.categories[column]) == (sum(some), sum(some) * pixels)


def _labelled(labels: dict[str, list[object]], number: int) -> np.ndarray:
    """The pixels of a picture that hold a concept, flat."""
    there = np.zeros(_SHAPE, np.bool_)
    for maps in labels.values():
        for plane in maps:
            there |= np.asarray(plane) == number
    return there.reshape(-1)
