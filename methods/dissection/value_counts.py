"""Exact thresholds from counts of activations by value, in memory that does not grow with the number of pictures.

:class:`~visualize.methods.dissection.thresholds.TopValues` holds the largest values themselves, which are the more the
more pictures there are. Here they are only counted, by the first bits of their floating-point numbers, so that counts
of parts add up in any order. Once all is counted, two more looks at what was kept tell the other bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.thresholds import TopValues

if TYPE_CHECKING:
    from collections.abc import Iterator

Values = NDArray[Any]
Ints = NDArray[np.int64]

_FIRST = 12  # bits that are told apart on the way: sign, exponent and 3 bits (float32) of the fraction
_NEXT = {4: (10, 10), 8: (13, 13, 13, 13)}  # those of further looks, by the bytes of a number


class FixedBounds(TopValues):
    """Bounds that stay as they are, for a part of a scan whose values are counted elsewhere.

    Args:
        bounds: for each unit; only values above them matter.
    """

    def __init__(self, bounds: Values) -> None:
        super().__init__(len(bounds), 0, bounds.dtype)
        self.bounds = bounds

    def add(self, units: NDArray[np.integer[Any]], values: Values) -> None:
        """Leave values to whoever counts them."""

    def settle(self) -> None:
        """Leave the bounds as they are."""


class ValueCounts:
    """How many of each unit's activations begin with which bits.

    Args:
        units: how many units.
        keep: the number of largest values among which the threshold will be.
        dtype: float32 or float64.

    Example:
        >>> counts = ValueCounts(1, 2, np.float32)
        >>> counts.add(np.zeros(4, int), np.array([1, 8, 4, 2], np.float32))
        >>> bool(counts.bounds[0] < 4)
        True
        >>> search = counts.search(1)
        >>> while not search.done:
        ...     search.look(np.zeros(4, int), np.array([1, 8, 4, 2], np.float32))
        ...     search.settle()
        >>> search.values.tolist()
        [4.0]
    """

    def __init__(self, units: int, keep: int, dtype: np.dtype[Any] | type) -> None:
        self.units, self.keep, self.dtype = units, keep, np.dtype(dtype)
        self.table: Ints = np.zeros((units, 1 << _FIRST), np.int64)

    def add(self, units: NDArray[np.integer[Any]], values: Values) -> None:
        """Count single values.

        Args:
            units: for each value, the number of its unit.
            values: all that are above the bounds which are known, or more.
        """
        self.merge(*counted(units, values, self.units))

    def merge(self, places: Ints, counts: Ints) -> None:
        """Take in what :func:`counted` made of some values."""
        self.table.reshape(-1)[places] += counts

    @property
    def bounds(self) -> Values:
        """For each unit a value that its threshold is above, as far as values were counted; else -inf."""
        above = self.table[:, ::-1].cumsum(1)
        reached = above[:, -1] >= self.keep
        first = (1 << _FIRST) - 1 - (above >= self.keep).argmax(1)
        below = (first.astype(_unsigned(self.dtype)) << _shift(self.dtype, _FIRST)) - _unsigned(self.dtype)(1)
        bounds = _values(below, self.dtype)
        bounds = np.where(bounds == 0, -np.finfo(self.dtype).tiny, bounds)  # the -0 below 0 would leave zeros out
        return np.where(reached, bounds, -np.inf).astype(self.dtype)

    def search(self, above: int) -> Search:
        """Begin to look for each unit's threshold, the value that at most ``above`` others exceed.

        Args:
            above: fewer than the values that were counted.
        """
        return Search(self.table, above, self.dtype)


def counted(units: NDArray[np.integer[Any]], values: Values, most: int) -> tuple[Ints, Ints]:
    """Single values by their first bits, small enough to be sent.

    Args:
        units: for each value, the number of its unit.
        values: float32 or float64.
        most: how many units there are.

    Returns:
        Places of the table of :class:`ValueCounts`, each once, and how many values belong there.
    """
    first = (_keys(values) >> _shift(values.dtype, _FIRST)).astype(np.int64)
    counts = np.bincount((units.astype(np.int64) << _FIRST) + first, minlength=most << _FIRST)
    places = np.flatnonzero(counts)
    return places, counts.take(places)


class Search:
    """Search for the values at one place of each unit's falling order.

    Args:
        table: units x first bits, how many values.
        above: the place, from 0.
        dtype: of the values.
    """

    def __init__(self, table: Ints, above: int, dtype: np.dtype[Any]) -> None:
        self._dtype, self._type = dtype, _unsigned(dtype)
        self._widths: Iterator[int] = iter(_NEXT[dtype.itemsize])
        self._left = np.full(len(table), above, np.int64)
        self._prefix = np.zeros(len(table), self._type)
        self._known = 0
        self.done = False
        self._descend(table, _FIRST)

    def look(self, units: NDArray[np.integer[Any]], values: Values) -> None:
        """Count values whose first bits are those that are known of their unit's."""
        keys = _keys(values)
        same = np.flatnonzero(keys >> _shift(self._dtype, self._known) == self._prefix.take(units))
        rest = keys.take(same) >> _shift(self._dtype, self._known + self._width)
        places = units.take(same).astype(np.int64) << self._width
        places += (rest & self._type((1 << self._width) - 1)).astype(np.int64)
        self._table += np.bincount(places, minlength=self._table.size).reshape(self._table.shape)

    def settle(self) -> None:
        """Take in that all values were looked at once more."""
        self._descend(self._table, self._width)

    def _descend(self, table: Ints, width: int) -> None:
        above = table[:, ::-1].cumsum(1)
        place = (above > self._left[:, None]).argmax(1)
        before = np.where(place > 0, np.take_along_axis(above, np.maximum(place - 1, 0)[:, None], 1)[:, 0], 0)
        self._left -= before
        self._prefix = (self._prefix << self._type(width)) | ((1 << width) - 1 - place).astype(self._type)
        self._known += width
        self._width = next(self._widths, 0)
        self.done = not self._width
        self._table: Ints = np.zeros((len(table), 1 << self._width), np.int64)

    @property
    def values(self) -> Values:
        """The values, once the search is done."""
        return _values(self._prefix, self._dtype)


def _unsigned(dtype: np.dtype[Any]) -> type[np.unsignedinteger[Any]]:
    return np.uint32 if dtype.itemsize == 4 else np.uint64


def _shift(dtype: np.dtype[Any], known: int) -> np.unsignedinteger[Any]:
    return _unsigned(dtype)(8 * dtype.itemsize - known)


def _keys(values: Values) -> NDArray[np.unsignedinteger[Any]]:
    """Whole numbers in the order of floating-point ones; both zeros are one."""
    kind = _unsigned(values.dtype)
    bits = (values + values.dtype.type(0)).view(kind)
    sign = kind(1 << (8 * values.dtype.itemsize - 1))
    keys: NDArray[np.unsignedinteger[Any]] = np.where(bits & sign, ~bits, bits | sign)
    return keys


def _values(keys: NDArray[np.unsignedinteger[Any]], dtype: np.dtype[Any]) -> Values:
    sign = keys.dtype.type(1 << (8 * dtype.itemsize - 1))
    return np.where(keys & sign, keys & ~sign, ~keys).astype(keys.dtype).view(dtype)
