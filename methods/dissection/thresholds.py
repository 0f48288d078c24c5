"""Exact thresholds from one run over the activations: the largest values of every unit so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.device_memory import by_the_processor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

Values = NDArray[Any]

_SLACK = 1 << 17  # candidates that are gathered at least before they are sorted in
_MANY = 1 << 20  # candidates that are gathered at most, unless many more values are held
_BLOCK = 1 << 22  # values that are sorted at once: what is copied on the way stays small


class TopValues:
    """The ``keep`` largest activations of every unit: exact, bounded and mergeable.

    The smallest of them is at any time a lower bound of what it is at the end, so that nothing at or below it can
    matter any more.

    Args:
        units: how many units.
        keep: how many values are held for each unit.
        dtype: the type of the activations.
    """

    def __init__(self, units: int, keep: int, dtype: np.dtype[Any] | type) -> None:
        self.units, self.keep = units, keep
        self._held: Values = np.empty((units, 0), dtype)
        self._waiting: list[tuple[NDArray[np.integer[Any]], Values]] = []
        self._count = 0
        self.bounds: Values = np.full(units, -np.inf, dtype)
        self.device: torch.device | None = None
        """A GPU that sorts; None leaves that to the processor."""

    @classmethod
    def resumed(cls, keep: int, bounds: Values) -> TopValues:
        """Values as they were held when the bounds were these, once the values above the bounds are added again.

        Where there was no bound, all values have to be added. This is exact: what was held and is not above a unit's
        bound equals the bound.
        """
        values = cls(len(bounds), keep, bounds.dtype)
        if np.isfinite(bounds).all():
            values._held = np.repeat(bounds[:, None], keep, 1)
            values.bounds = bounds.copy()
        return values

    @property
    def full(self) -> bool:
        """Whether there is a bound yet: ``keep`` values were seen of every unit."""
        return bool(self._held.shape[1] == self.keep)

    def add(self, units: NDArray[np.integer[Any]], values: Values) -> None:
        """Take in single values; those that are not above the bounds may be left out.

        Args:
            units: for each value, the number of its unit.
            values: the activations.
        """
        self._waiting.append((units, values))
        self._count += len(values)
        held = self._held.size
        if self._count > max(_SLACK, min(held * 3 // 4, max(_MANY, held // 8))):
            self.settle()

    def settle(self) -> None:
        """Sort in the values that were gathered, and raise the bounds."""
        if not self._count:
            return
        units = np.concatenate([units for units, _ in self._waiting])
        values = np.concatenate([values for _, values in self._waiting])
        self._waiting, self._count = [], 0
        if self.full:
            good = np.flatnonzero(values > self.bounds.take(units))
            units, values = units.take(good), values.take(good)
        order = np.argsort(units.astype(np.min_scalar_type(self.units)), kind="stable")
        counts = np.bincount(units, minlength=self.units)
        self._grow(int(counts.max(initial=0)) + self._held.shape[1])
        starts = np.concatenate([[0], np.cumsum(counts)])
        values = values.take(order)
        for rows in self._blocks(counts):
            self._merge(rows, values, starts[rows], counts[rows])
        if self.full:
            self.bounds = self._held.min(1)

    def _grow(self, width: int) -> None:
        """Make room, up to ``keep`` values for each unit; what is not filled is below everything."""
        wide = min(self.keep, width)
        if wide > self._held.shape[1]:
            room = np.full((self.units, wide - self._held.shape[1]), -np.inf, self._held.dtype)
            self._held = np.concatenate([self._held, room], 1)

    def _blocks(self, counts: NDArray[np.integer[Any]]) -> Iterator[NDArray[np.integer[Any]]]:
        """Rows with about as many new values each, few enough to be sorted at once."""
        size = np.zeros(self.units, np.int64)
        size[counts > 0] = np.ceil(np.log2(counts[counts > 0])).astype(np.int64) + 1
        for bits in np.unique(size[size > 0]):
            rows = np.flatnonzero(size == bits)
            step = max(1, _BLOCK // (self._held.shape[1] + (1 << int(bits))))
            for first in range(0, len(rows), step):
                yield rows[first : first + step]

    def _merge(
        self,
        rows: NDArray[np.integer[Any]],
        values: Values,
        starts: NDArray[np.integer[Any]],
        counts: NDArray[np.integer[Any]],
    ) -> None:
        """Give some units their new values, which lie at ``starts`` of ``values``."""
        place = np.arange(int(counts.max()))
        inside = place < counts[:, None]
        new = np.full(inside.shape, -np.inf, self._held.dtype)
        new[inside] = values[(starts[:, None] + place)[inside]]
        joined = np.concatenate([self._held[rows], new], 1)
        self._held[rows] = self._largest(joined, self._held.shape[1])

    def _largest(self, values: Values, count: int) -> Values:
        """The largest values of each row, in no order."""
        if self.device is not None:
            import torch

            try:
                there = torch.from_numpy(values).to(self.device)
                return np.asarray(there.topk(count, dim=1, sorted=False).values.cpu().numpy())
            except torch.OutOfMemoryError:
                self.device = there = None
            by_the_processor("the largest activations")
        cut = values.shape[1] - count
        values.partition(cut, axis=1)
        return values[:, cut:]

    def state(self) -> Values:
        """The values held, units x at most ``keep``, in no order; -inf where fewer were seen."""
        self.settle()
        return self._held

    def threshold(self, above: int) -> Values:
        """Thresholds: for every unit the activation at place ``above`` + 1, which at most ``above`` others exceed.

        Several activations may equal the threshold; none of them lies above it, so ties only ever make a unit's mask
        smaller than the quantile asks for, never larger.

        Args:
            above: less than ``keep`` and less than the number of values seen.
        """
        return joined([self.state()], above)


def joined(parts: Sequence[Values], above: int) -> Values:
    """The thresholds of a whole, from what each of its parts held.

    Args:
        parts: the :meth:`TopValues.state` of each part, units x any; together more than ``above`` for each unit.
        above: see :meth:`TopValues.threshold`.

    Returns:
        For every unit, the value at place ``above`` + 1.
    """
    thresholds = np.empty(len(parts[0]), parts[0].dtype)
    width = sum(part.shape[1] for part in parts)
    step = max(1, _BLOCK // width)
    for first in range(0, len(thresholds), step):
        some = np.concatenate([part[first : first + step] for part in parts], 1)
        some.partition(width - 1 - above, axis=1)
        thresholds[first : first + step] = some[:, width - 1 - above]
    return thresholds
