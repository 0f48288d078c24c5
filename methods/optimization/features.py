"""Features of layers that an optimisation compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.unit import parts

if TYPE_CHECKING:
    from torch import Tensor

    from visualize.methods.unit import Target


@dataclass(frozen=True)
class Part:
    """Some features of one layer.

    Args:
        layer: the name of the layer.
        units: the numbers of some of its units; None stands for all.
        position: (row, column) of the layer's map; None stands for the whole map.
    """

    layer: str
    units: tuple[int, ...] | None
    position: tuple[int, int] | None

    def of(self, maps: Tensor) -> Tensor:
        """These features among the maps of the layer: N x units x rows x columns, or N x units."""
        chosen = maps if self.units is None else maps[:, list(self.units)]
        return chosen if self.position is None else chosen[:, :, self.position[0], self.position[1]]


Features = tuple[Part, ...]
"""The features of a network that are inverted: some of one layer, or of several."""


def features(target: Target, *, whole: bool) -> Features:
    """The features that a target stands for.

    Args:
        target: a unit, or the chosen set of units of a sum; a unit with a position stands for its value there.
        whole: the layers that its units are of, with all their units.
    """
    by_place: dict[tuple[str, tuple[int, int] | None], list[int]] = {}
    for unit in parts(target):
        by_place.setdefault((unit.layer, unit.position), []).append(unit.index)
    return tuple(
        Part(layer, None if whole else tuple(dict.fromkeys(units)), position)
        for (layer, position), units in by_place.items()
    )
