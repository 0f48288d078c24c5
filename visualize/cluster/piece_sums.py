"""Sums over the pieces of a dissection so far, which do not depend on the order in which they came."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.settings import above
from visualize.methods.dissection.value_counts import ValueCounts, counted
from visualize.methods.errors import BrokenImageWarning
from visualize.methods.pictures.peaks import Peaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from visualize.cluster.piece_files import Best
    from visualize.cluster.pieces import Counted, Piece, Scanned
    from visualize.methods.dissection.counting import Counting
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap

Values = NDArray[Any]
_SELDOM = 16  # bounds are found anew once so large a part of the pieces was added: 1/16


class ScanSums:
    """Bounds, top images and broken pictures of the pieces that were scanned so far.

    Args:
        taps: layer -> how it is scanned.
    """

    def __init__(self, taps: Mapping[str, Tap]) -> None:
        self._taps = taps
        self._counts: dict[str, ValueCounts] = {}
        self._found: dict[str, Values] = {}
        self._peaks: dict[str, Peaks] = {}
        self.broken: dict[int, Sequence[str]] = {}
        self.scanned = 0
        self._stale = 0

    def add(self, piece: Piece, scanned: Scanned) -> Best:
        """Take in a piece, and give what of it is among the best so far."""
        for text in scanned.said:
            warnings.warn(text, BrokenImageWarning, stacklevel=2)
        best = {}
        for name, (values, indices) in scanned.peaks.items():
            self._begin(name, values.dtype)
            best[name] = _better(self._peaks[name], values, indices)
            self._peaks[name].add(values, indices)
            self._counts[name].merge(*scanned.counts[name])
        self._note(piece, len(scanned.chunk.indices), scanned.broken)
        return best

    def resume(self, piece: Piece, chunk: Chunk, broken: Sequence[str], best: Best) -> None:
        """Take in a piece that was kept."""
        for name, (units, values, indices) in best.items():
            tap = self._taps[name]
            self._begin(name, values.dtype)
            self._peaks[name].add(*_rows(units, values, indices, tap.units))
            none = np.full(tap.units, -np.inf, values.dtype)
            self._counts[name].merge(*counted(*tap.above(chunk, none), tap.units))
        self._note(piece, len(chunk.indices), broken)

    def _begin(self, name: str, dtype: np.dtype[Any]) -> None:
        if name not in self._peaks:
            tap = self._taps[name]
            self._peaks[name] = Peaks(tap.units, tap.count, dtype)
            self._counts[name] = ValueCounts(tap.units, tap.keep, dtype)

    def _note(self, piece: Piece, pictures: int, broken: Sequence[str]) -> None:
        self.broken[piece.number] = broken
        self.scanned += pictures
        self._stale += 1

    @property
    def names(self) -> list[str]:
        """Names of the broken pictures, in the set's order."""
        return [name for number in sorted(self.broken) for name in self.broken[number]]

    def bounds(self) -> dict[str, Values]:
        """Layer -> bounds that hold for all that is still to be looked at, a little behind what could be known."""
        if self._stale * _SELDOM >= len(self.broken):
            self._found, self._stale = {name: counts.bounds for name, counts in self._counts.items()}, 0
        return self._found

    def peaks(self) -> dict[str, Peaks]:
        """Layer -> the top images."""
        return self._peaks

    def thresholds(self, quantile: float, chunks: Callable[[], Iterable[Chunk]]) -> dict[str, Values]:
        """Layer -> the exact thresholds of its units, once all is scanned.

        Args:
            quantile: the part of all positions that is above them.
            chunks: gives what was kept of all pieces, as often as it is called.
        """
        bounds = {name: counts.bounds for name, counts in self._counts.items()}
        searches = {
            name: counts.search(above(quantile, self.scanned * self._taps[name].positions))
            for name, counts in self._counts.items()
        }
        while any(not search.done for search in searches.values()):
            looking = {name: search for name, search in searches.items() if not search.done}
            for chunk in chunks():
                for name, search in looking.items():
                    if chunk.indices:
                        search.look(*self._taps[name].above(chunk, bounds[name]))
            for search in looking.values():
                search.settle()
        return {name: search.values for name, search in searches.items()}


def _better(peaks: Peaks, values: Values, indices: NDArray[np.int64]) -> tuple[Any, Any, Any]:
    """Entries that would be among the best: units, activations, numbers of pictures."""
    worst, last = peaks.values[:, -1:], peaks.indices[:, -1:]
    good = (indices >= 0) & ((values > worst) | ((values == worst) & (indices < last)) | (last < 0))
    units, places = good.nonzero()
    return units, values[units, places], indices[units, places]


def _rows(
    units: NDArray[np.int64], values: Values, indices: NDArray[np.int64], most: int
) -> tuple[Values, NDArray[np.int64]]:
    """Single activations as a table of units x pictures, -1 where there is none."""
    order = np.argsort(units, kind="stable")
    units, counts = units[order], np.bincount(units, minlength=most)
    places = np.arange(len(units)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((most, int(counts.max(initial=0))), -np.inf, values.dtype)
    numbers = np.full(table.shape, -1)
    table[units, places], numbers[units, places] = values[order], indices[order]
    return table, numbers


def add_counts(counting: Counting, counts: Counted) -> None:
    """Add the counts of a piece to the sum."""
    truth = counting.truth
    for total, part in zip((truth.concepts, truth.categories, truth.pictures), counts.truth, strict=True):
        np.add(total, part, out=total)
    for name, tally in counting.tallies.items():
        places, pixels = counts.intersection[name]
        tally.intersection.reshape(-1)[places] += pixels
        tally.activation += counts.activation[name]
    for text in counts.said:
        warnings.warn(text, BrokenImageWarning, stacklevel=2)
