"""Ranges of activation are the best clusters, and their formulas are measured on the pixels of their own masks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.kit.labelled import Held, noise
from tests.kit.networks import SIZE, Classifier, seeded
from tests.methods.dissection.brute import maps_of, resized
from visualize.methods.dissection.composition.ranges import ActivationCounts, Ranges, clusters
from visualize.methods.dissection.method import Dissection
from visualize.methods.dissection.pipeline import Dissected, dissect
from visualize.methods.dissection.result import DissectionResult
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHAPE = (20, 28)
_NUMBER = 3
_SETTINGS = Settings(quantile=0.05, compose=2, ranges=_NUMBER, alignment="resize", resamples=0)
_LAYERS = ("deep", "pool")


def _cost(values: NDArray[np.float64], starts: tuple[int, ...], weights: NDArray[np.int64]) -> float:
    """The k-means cost of a partition: the squared distances to the weighted means of its parts."""
    total = 0.0
    for first, last in itertools.pairwise((*starts, len(values))):
        part, weight = values[first:last], weights[first:last]
        if weight.sum():
            total += float((weight * (part - np.average(part, weights=weight)) ** 2).sum())
    return total


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("number", [1, 2, 4])
def test_no_other_partition_of_the_bins_costs_less(seed: int, number: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 9, 12)
    places = np.arange(12.0)
    starts = [(0, *rest) for rest in itertools.combinations(range(1, 12), number - 1)]
    least = min(_cost(places, each, counts) for each in starts)
    found = clusters(counts, number)
    assert _cost(places, (0, *found[1:].tolist()), counts) == pytest.approx(least, abs=1e-9)
    assert (counts[found] > 0).all()


def test_the_clusters_of_activations_are_at_least_as_good_as_those_of_scikit_learn() -> None:
    cluster = pytest.importorskip("sklearn.cluster")
    values = np.random.default_rng(0).exponential(1, 5000).astype(np.float32)
    counts = ActivationCounts(values.max(keepdims=True))
    counts.add(np.zeros(len(values), int), values)
    lower = counts.ranges(5).lower[0]
    labels = np.searchsorted(lower, values, side="left") - 1
    ours = sum(float(((part - part.mean()) ** 2).sum()) for part in (values[labels == place] for place in range(5)))
    theirs = cluster.KMeans(5, n_init=3, random_state=0).fit(values[:, None]).inertia_
    assert ours <= 1.001 * theirs  # ranges end where one of 512 bins does


def test_every_activation_above_zero_is_counted_in_the_range_that_holds_it() -> None:
    generator = np.random.default_rng(1)
    values = generator.normal(0, 1, (3, 400)).astype(np.float32)
    values[2] = -1
    values[0, :9] = values[0].max() * np.arange(9, dtype=np.float32) / 8  # ends of bins
    units = np.repeat(np.arange(3), 400)
    counts = ActivationCounts(values.max(1))
    order = generator.permutation(1200)
    for some in np.array_split(order, 5):
        counts.add(units[some], values.reshape(-1)[some])
    ranges = counts.ranges(4)
    for unit in (0, 1):
        ends = [*ranges.lower[unit], np.inf]
        wanted = [int(((values[unit] > low) & (values[unit] <= high)).sum()) for low, high in itertools.pairwise(ends)]
        assert [positions for _, _, positions in ranges.of(unit)] == wanted
        assert ranges.of(unit)[-1][1] == values[unit].max()
    assert ranges.of(2) == []


def test_a_unit_of_few_different_activations_has_as_few_ranges() -> None:
    counts = ActivationCounts(np.array([2.0]))
    counts.add(np.zeros(5, int), np.array([1.0, 1.0, 2.0, 0.0, -3.0]))
    assert counts.ranges(4).of(0) == [(0.0, 1.99609375, 2), (1.99609375, 2.0, 1)]


@pytest.fixture(scope="module")
def held() -> Held:
    return noise(12, SIZE, _SHAPE)


@pytest.fixture(scope="module")
def probe() -> Probe:
    return Probe(seeded(Classifier()), prepare=Preparation(SIZE))


@pytest.fixture(scope="module")
def dissected(probe: Probe, held: Held) -> Dissected:
    return dissect(probe, _LAYERS, held, _SETTINGS)


def _whole(held: Held) -> list[int]:
    """The pictures that bear a concept of every category."""
    category = {concept.number: concept.category for concept in held.concepts}
    return [
        index
        for index, labels in enumerate(held.annotations)
        if {category[number] for maps in labels.values() for each in maps for number in np.unique(each) if number}
        == set(held.categories)
    ]


@pytest.mark.parametrize("layer", _LAYERS)
def test_counts_are_those_of_the_pixels_between_the_ends_of_a_range(
    probe: Probe, held: Held, dissected: Dissected, layer: str
) -> None:
    composition, indices = dissected.composed[layer], _whole(held)
    maps = maps_of(probe, layer, held, range(len(held)), among=_LAYERS)
    large = resized(maps[indices], _SHAPE)
    planes = [
        np.stack([
            np.logical_or.reduce([
                np.broadcast_to(np.asarray(each) == concept.number, _SHAPE)
                for several in held.annotations[index].values() for each in several
            ]) for index in indices
        ]) for concept in composition.concepts
    ]  # fmt: skip
    seen = 0
    for unit, ranges in enumerate(composition.ranges):
        positive = maps[:, unit][maps[:, unit] > 0]
        assert sum(item.positions for item in ranges) == len(positive)
        for item in ranges:
            assert item.positions == ((positive > item.low) & (positive <= item.high)).sum()
            top = item is ranges[-1]
            mask = (large[:, unit] > item.low) & ((large[:, unit] <= item.high) | top)
            if item.best is None:
                assert not any((mask & plane).any() for plane in planes)
                continue
            formula = item.best.formula.where(planes.__getitem__)
            assert (item.best.activation, item.best.truth) == (mask.sum(), formula.sum())
            assert item.best.intersection == (mask & formula).sum()
            assert item.best.iou >= max((mask & plane).sum() / (mask | plane).sum() for plane in planes)
            seen += 1
    assert seen > len(composition.ranges)


def test_ranges_change_nothing_else(probe: Probe, held: Held, dissected: Dissected) -> None:
    plain = dissect(probe, _LAYERS, held, replace(_SETTINGS, ranges=0))
    for layer in _LAYERS:
        np.testing.assert_array_equal(plain.layers[layer].iou, dissected.layers[layer].iou)
        assert plain.composed[layer] == replace(dissected.composed[layer], ranges=())


def test_a_card_says_what_each_range_stands_for(probe: Probe, held: Held) -> None:
    method = Dissection(quantile=0.05, compose=1, ranges=2, count=2, resamples=0)
    (result,) = method(probe, probe.unit("deep:0"), held)
    assert isinstance(result, DissectionResult)
    assert len(result.told_ranges) == 2
    assert result.notes[-2:] == result.told_ranges
    assert all(f"from {item.low:.3g} to" in told for item, told in zip(result.ranges, result.told_ranges, strict=True))


def test_ranges_without_formulas_have_no_names() -> None:
    with pytest.raises(InputError, match="compose 0"):
        Settings(ranges=5)


def test_ranges_of_a_unit_that_is_never_above_zero_are_none() -> None:
    assert Ranges(np.full((1, 2), np.inf), np.zeros((1, 2), np.int64), np.zeros(1)).of(0) == []
