"""Objective of gradient ascent, read from the maps of a batch in which each unit has pictures of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from visualize.methods.network.activation import activations, position_on
from visualize.methods.unit import Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Kind = Literal["channel", "peak"]


class Objective:
    """Values of a batch of pictures: rows ``t * count`` to ``t * count + count - 1`` belong to target ``t``.

    Args:
        targets: units, or sums of units.
        count: pictures of each target.
        kind: how a unit's map becomes one value; a unit with a position has its value there.
    """

    def __init__(self, targets: Sequence[Target], count: int, kind: Kind) -> None:
        self._rows = len(targets) * count
        self._kind = kind
        self._entries: dict[str, list[tuple[int, Unit]]] = {}
        self._tensors: dict[tuple[str, torch.device], tuple[Tensor, Tensor]] = {}
        self._rows_of: dict[tuple[str, torch.device], Tensor] = {}
        for number, target in enumerate(targets):
            for unit in parts(target):
                rows = range(number * count, (number + 1) * count)
                self._entries.setdefault(unit.layer, []).extend((row, unit) for row in rows)

    @property
    def layers(self) -> list[str]:
        """Layers whose maps are read."""
        return list(self._entries)

    @property
    def units(self) -> dict[str, tuple[int, ...]]:
        """Numbers of the units whose maps are read, by layer."""
        return {layer: tuple(unit.index for _, unit in entries) for layer, entries in self._entries.items()}

    def rows(self, layer: str, device: torch.device) -> Tensor:
        """Rows of the pictures that are made for units of a layer, those of one target next to each other.

        Args:
            layer: its name.
            device: that the numbers shall lie on, to which they are copied once.
        """
        if (layer, device) not in self._rows_of:
            self._rows_of[layer, device] = torch.tensor(sorted({row for row, _ in self._entries[layer]}), device=device)
        return self._rows_of[layer, device]

    def __call__(self, maps: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Read the values and peaks of a batch.

        Args:
            maps: of each layer, rows x units x rows of the map x columns of the map.

        Returns:
            the value that is maximised and the largest activation (at the unit's position, if it has one), one number
            for each picture; both add up over the units of a sum. The second carries no gradient.
        """
        values = peaks = next(iter(maps.values())).new_zeros(self._rows)
        for layer, entries in self._entries.items():
            rows, indices = self._places(layer, values.device)
            unit_maps = maps[layer][rows, indices]
            values = values.index_add(0, rows, (unit_maps * self._weights(unit_maps.detach(), entries)).sum((1, 2)))
            peaks = peaks.index_add(0, rows, activations(unit_maps, [unit for _, unit in entries]))
        return values, peaks

    def pull(self, maps: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
        """Gradient of the sum of the values with respect to each layer's maps, and the peaks.

        :meth:`__call__` and a backward pass through it would give the same, in five times the time.

        Args:
            maps: of each layer, rows x units x rows of the map x columns of the map.
        """
        peaks = next(iter(maps.values())).new_zeros(self._rows)
        gradients = {}
        for layer, entries in self._entries.items():
            rows, indices = self._places(layer, peaks.device)
            layer_maps = maps[layer].detach()
            unit_maps = layer_maps[rows, indices]
            peaks.index_add_(0, rows, activations(unit_maps, [unit for _, unit in entries]))
            # laid out as the maps are, so that nothing before has to convert it
            gradients[layer] = torch.zeros_like(layer_maps).index_put_(
                (rows, indices), self._weights(unit_maps, entries), accumulate=True
            )
        return gradients, peaks

    def _places(self, layer: str, device: torch.device) -> tuple[Tensor, Tensor]:
        """Row and unit of each entry, as tensors that are made once."""
        if (layer, device) not in self._tensors:
            rows, indices = zip(*((row, unit.index) for row, unit in self._entries[layer]), strict=True)
            self._tensors[layer, device] = (torch.tensor(rows, device=device), torch.tensor(indices, device=device))
        return self._tensors[layer, device]

    def _weights(self, unit_maps: Tensor, entries: Sequence[tuple[int, Unit]]) -> Tensor:
        """Weights of the positions of each map, entries x rows x columns; those of one map add up to 1."""
        flat = unit_maps.flatten(1)
        if self._kind == "channel":
            weights = torch.full_like(flat, 1 / flat.shape[1])
        else:
            weights = torch.softmax(flat / (flat.std(1, unbiased=False, keepdim=True) + 1e-6), 1)
        weights = weights.view_as(unit_maps)
        for place, (_, unit) in enumerate(entries):
            at = position_on(unit, unit_maps.shape[1:])
            if at is not None:
                weights[place] = 0
                weights[place, at[0], at[1]] = 1
        return weights


def likeness(maps: Tensor, count: int) -> Tensor:
    """Likeness of the pictures of each unit, as the layer sees them (Olah et al. 2017, the diversity term).

    The cosine similarity between the Gram matrices ``G_i = F_i F_i^T`` of the pictures' maps ``F`` (units x positions),
    added over all pairs of pictures of one unit.

    Args:
        maps: rows x units x h x w, the rows of each target next to each other.
        count: rows of each target.

    Returns:
        one number: the sum over targets and pairs, each in -1..1.
    """
    features = maps.flatten(2)
    gram = torch.nn.functional.normalize((features @ features.transpose(1, 2)).flatten(1), dim=1)
    of_unit = gram.reshape(-1, count, gram.shape[1])
    alike = of_unit @ of_unit.transpose(1, 2)
    return torch.triu(alike, diagonal=1).sum()
