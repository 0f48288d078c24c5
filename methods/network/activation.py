"""How strongly a picture excites a unit: one number, read from the unit's map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from visualize.methods.errors import UnitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.unit import Unit


def position_on(unit: Unit, shape: Sequence[int]) -> tuple[int, int] | None:
    """Where a unit is looked at on a map of so many (rows, columns); None stands for everywhere.

    Raises:
        UnitError: the map does not have the unit's position.
    """
    if unit.position is not None and (unit.position[0] >= shape[0] or unit.position[1] >= shape[1]):
        raise UnitError(f"{unit} lies outside the map of these pictures, which is {shape[0]} x {shape[1]}")
    return unit.position


def activation(maps: Tensor, unit: Unit) -> Tensor:
    """The activation at a unit's position, or the largest on its map if it has none.

    Args:
        maps: the maps of that unit, ... x rows x columns.
        unit: whose.

    Returns:
        ..., in the dtype of the maps; with a gradient path to them if they have one.

    Raises:
        UnitError: the maps do not have the unit's position.
    """
    at = position_on(unit, maps.shape[-2:])
    return maps.flatten(-2).amax(-1) if at is None else maps[..., at[0], at[1]]


def activation_at(maps: Tensor, positions: Tensor) -> Tensor:
    """The activations at a position of its own on each map.

    Args:
        maps: the maps of one unit, N x rows x columns.
        positions: N x 2, (row, column) of each.

    Returns:
        N values, with a gradient path to the maps if they have one.
    """
    return maps[torch.arange(len(maps), device=maps.device), positions[:, 0], positions[:, 1]]


def activations(maps: Tensor, units: Sequence[Unit]) -> Tensor:
    """:func:`activation` of several units at once, without a gradient.

    Args:
        maps: units x ... x rows x columns.
        units: whose.

    Returns:
        units x ..., in the dtype of the maps.

    Raises:
        UnitError: the maps do not have the position of one of the units.
    """
    values = maps.detach().amax((-2, -1))
    for row, unit in enumerate(units):
        if unit.position is not None:
            values[row] = activation(maps[row].detach(), unit)
    return values
