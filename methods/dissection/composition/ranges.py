"""Ranges of activation: clusters of what a unit does above zero, of which its largest activations are only the last.

La Rosa, Gilpin and Capobianco 2023, "Towards a fuller understanding of neurons with Clustered Compositional
Explanations", section 3: a unit's activations above zero are clustered by k-means, and each cluster, from its smallest
to its largest activation, is a mask of its own. In one dimension clusters are ranges, so that the best of all
partitions can be had (Wang and Song 2011, "Ckmeans.1d.dp"), and not only one that an iteration from random centres ends
in. Activations are counted in equal bins from zero to the unit's largest one, and a range ends where a bin does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from visualize.methods.dissection.composition.formula import Composed
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Values = NDArray[Any]

BINS = 512
"""Bins between zero and a unit's largest activation: a range ends where it should, to a five-hundredth of that."""


@dataclass(frozen=True)
class Range:
    """One cluster of a unit's activations, and the best formula for where they lie.

    Args:
        low: activations of the range are above it.
        high: no activation of the range is above it.
        positions: how many activations, over all positions of all pictures, lie in the range.
        best: the best formula; None where the mask of the range meets no concept.

    Example:
        >>> Range(0.0, 0.5, 30, None).told(120)
        'activations from 0 to 0.5 (25 % of those above 0)'
    """

    low: float
    high: float
    positions: int
    best: Composed | None

    def told(self, total: int) -> str:
        """The range in words.

        Args:
            total: how many activations above zero the unit has.
        """
        share = float(f"{100 * self.positions / max(1, total):.2g}")
        return f"activations from {self.low:.3g} to {self.high:.3g} ({share:g} % of those above 0)"


class ActivationCounts:
    """Counts of each unit's activations above zero, bin by bin.

    Args:
        largest: for each unit its largest activation, in the type of the activations.

    Example:
        >>> counts = ActivationCounts(np.array([4.0, -1.0], np.float32), bins=4)
        >>> counts.add(np.array([0, 0, 0, 1]), np.array([0.5, 1.0, 4.0, -1.0], np.float32))
        >>> counts.table.tolist()
        [[2, 0, 0, 1], [0, 0, 0, 0]]
        >>> counts.ranges(2).lower.tolist()  # of a unit that is never above zero there is no range
        [[0.0, 3.0], [inf, inf]]
    """

    def __init__(self, largest: Values, bins: int = BINS) -> None:
        self._largest = np.maximum(largest, 0)
        steps = self._largest.astype(np.float64)[:, None] * np.arange(bins + 1) / bins
        self._steps: Values = steps.astype(largest.dtype)
        self._steps[:, -1] = self._largest
        self.table: Ints = np.zeros((len(largest), bins), np.int64)

    def add(self, units: NDArray[np.integer[Any]], values: Values) -> None:
        """Count single activations; those at or below zero are left out.

        Args:
            units: for each activation, the number of its unit.
            values: the activations; none above its unit's largest.
        """
        good = np.flatnonzero(values > 0)
        units, values = units.take(good).astype(np.int64), values.take(good)
        bins = self.table.shape[1]
        share = values.astype(np.float64) / self._largest.astype(np.float64).take(units)
        places = np.clip(np.ceil(share * bins).astype(np.int64) - 1, 0, bins - 1)
        places -= values <= self._steps[units, places]  # a bin holds its upper end, and not its lower one
        places = np.clip(places, 0, bins - 1)
        places += values > self._steps[units, places + 1]
        places = np.minimum(places, bins - 1)
        self.table += np.bincount(units * bins + places, minlength=self.table.size).reshape(self.table.shape)

    def ranges(self, number: int) -> Ranges:
        """The ranges into which each unit's activations fall.

        Args:
            number: how many ranges, from 1.
        """
        units = len(self.table)
        lower = np.full((units, number), np.inf, self._steps.dtype)
        positions = np.zeros((units, number), np.int64)
        for unit, counts in enumerate(self.table):
            first = clusters(counts, number)
            if len(first):
                lower[unit, : len(first)] = self._steps[unit, first]
                lower[unit, 0] = 0
                positions[unit, : len(first)] = np.add.reduceat(counts, first)
        return Ranges(lower, positions, self._largest)


@dataclass(frozen=True)
class Ranges:
    """Ranges of the activations of a layer's units.

    Activations of a range are above its lower end, and none is above the lower end of the next. Where a unit has fewer
    different activations than ranges were asked for, the last ones are empty and begin at infinity.

    Args:
        lower: units x ranges, rising from 0: the lower ends, in the type of the activations.
        positions: units x ranges: how many activations lie in each.
        largest: each unit's largest activation; 0 where none is above that.

    Example:
        >>> ranges = Ranges(np.array([[0.0, 3.0]]), np.array([[2, 1]]), np.array([4.0]))
        >>> ranges.of(0)
        [(0.0, 3.0, 2), (3.0, 4.0, 1)]
    """

    lower: Values
    positions: Ints
    largest: Values

    def of(self, unit: int) -> list[tuple[float, float, int]]:
        """A unit's ranges that are not empty: lower end, upper end, number of activations."""
        lower = [float(low) for low in self.lower[unit] if np.isfinite(low)]
        upper = [*lower[1:], float(self.largest[unit])]
        return list(zip(lower, upper, self.positions[unit].tolist(), strict=False))


def activation_ranges(chunks: Iterable[Chunk], taps: Mapping[str, Tap], number: int) -> dict[str, Ranges]:
    """Ranges of the activations of each layer's units, once all pictures were looked at.

    Args:
        chunks: what was kept of the maps: all that is above zero, at least.
        taps: layer -> how it was scanned, with its top images.
        number: how many ranges each unit gets at most.
    """
    counts = {name: ActivationCounts(tap.peaks.values[:, 0]) for name, tap in taps.items() if tap.peaks is not None}
    for chunk in chunks:
        for name, counted in counts.items():
            counted.add(*taps[name].above(chunk, np.zeros(taps[name].units, np.float32)))
    return {name: counted.ranges(number) for name, counted in counts.items()}


def clusters(counts: Ints, number: int) -> Ints:
    """Partition of bins into ranges whose k-means cost is the smallest of all.

    The cost is the sum, over all activations, of the squared distance to the mean of their range, each taken to lie in
    the middle of its bin.

    Args:
        counts: how many activations each bin holds.
        number: how many ranges at most.

    Returns:
        The first bin of each range, rising: as many as asked for, or as there are bins that hold something.

    Example:
        >>> clusters(np.array([5, 4, 0, 0, 0, 1, 0, 0, 2, 1]), 3).tolist()
        [0, 5, 8]
    """
    filled = np.flatnonzero(counts)
    number = min(number, len(filled))
    if not number:
        return filled
    cost = _costs(counts[filled].astype(np.float64), filled.astype(np.float64))
    best, first = cost[0], []  # of the bins up to each, in one range; then in two, and so on
    for _ in range(1, number):
        sums = best[:-1, None] + cost[1:]  # the range before ends at the row's bin, the last one begins after it
        begin = sums.argmin(0) + 1
        first.append(begin)
        best = sums.min(0)
    ends, place = [], len(filled) - 1
    for begin in reversed(first):
        ends.append(int(begin[place]))
        place = int(begin[place]) - 1
    starts: Ints = filled[[0, *reversed(ends)]]
    return starts


def _costs(weights: Floats, places: Floats) -> Floats:
    """Cost of the range from the row's bin to the column's; infinite where that is none."""
    sums = [np.concatenate([[0.0], np.cumsum(weights * places**power)]) for power in range(3)]
    count, first, second = (table[1:] - table[:-1, None] for table in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        costs: Floats = second - first * first / count
    costs[np.tril_indices(len(weights), -1)] = np.inf
    return np.maximum(costs, 0)
