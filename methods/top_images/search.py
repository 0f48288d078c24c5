"""Search for the pictures of a probe set that excite units most, in one run of the network for all units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from visualize.methods.network.activation import activations
from visualize.methods.pictures.checkpoints import resumable
from visualize.methods.pictures.peaks import Peaks
from visualize.methods.pictures.scan import require_finite
from visualize.methods.pictures.selection import unexcited
from visualize.methods.top_images.result import TopResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.scan import Batch, Scan
    from visualize.methods.provenance import Provenance
    from visualize.methods.unit import Unit


def search(scan: Scan, units: Sequence[Unit], *, count: int, region: float, provenance: Provenance) -> list[TopResult]:
    """Find the pictures that excite each unit most.

    Args:
        scan: of the probe set, over the layers of the units.
        units: the units to search for; they may repeat.
        count: pictures of each unit.
        region: the part of its peak that an activation must reach to count as active.
        provenance: the settings, seed and model behind the results.

    Raises:
        InputError: what the scan raises, or an activation is not finite.
    """
    best = {
        layer: Best(list(dict.fromkeys(unit for unit in units if unit.layer == layer)), count) for layer in scan.layers
    }
    for batch in resumable(scan, best):
        for layer in scan.layers:
            best[layer].add(batch, scan.images, layer)
    return [
        TopResult(
            unit=unit,
            provenance=provenance,
            images=scan.images,
            preparation=scan.probe.prepare,
            field=scan.probe.layer(unit.layer).field,
            region=region,
            scanned=scan.scanned,
            broken=tuple(scan.broken),
            **(pictures := best[unit.layer].of(unit)),
            notes=(*scan.notes, *unexcited(pictures["activations"])),
        )
        for unit in units
    ]


class Best:
    """Best pictures so far of some units of one layer: exact, in memory that does not grow with the probe set.

    Args:
        units: units of the layer, each once.
        count: pictures of each unit.
    """

    def __init__(self, units: Sequence[Unit], count: int) -> None:
        self._units = {unit: row for row, unit in enumerate(units)}
        self._count = count
        self._peaks = Peaks(len(units), count, np.float64)
        self._places = torch.zeros(len(units), count, dtype=torch.long)
        self._maps: Tensor | None = None

    def add(self, batch: Batch, images: Images, layer: str) -> None:
        """Take in a batch whose pictures come after all those before."""
        unit_maps = self._unit_maps(batch.maps[layer])
        peaks = activations(unit_maps, list(self._units)).double().cpu()  # of a GPU waited for once
        require_finite(peaks.T, batch, images, layer)
        if self._maps is None:
            self._maps = unit_maps.new_zeros(unit_maps.shape[0], self._count, *unit_maps.shape[2:]).cpu()
        rows, order = map(torch.from_numpy, self._peaks.add(peaks.numpy(), np.array(batch.indices)))
        if len(rows):
            maps = unit_maps[rows.to(unit_maps.device)].cpu()
            places = torch.cat([self._places[rows], self._places_of(maps, rows.tolist())], 1)
            self._places[rows] = places.gather(1, order)
            self._maps[rows] = torch.cat([self._maps[rows], maps], 1)[torch.arange(len(rows))[:, None], order]

    def empty(self) -> Best:
        """Another for the same units, which has seen no picture."""
        return Best(list(self._units), self._count)

    def merge(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take in what another of the same units held, which saw other pictures."""
        if "maps" not in arrays:
            return
        maps, places = (torch.from_numpy(arrays[name].copy()) for name in ("maps", "places"))  # they may be read-only
        if self._maps is None:
            self._maps = torch.zeros_like(maps)
        rows, order = map(torch.from_numpy, self._peaks.add(arrays["values"], arrays["indices"]))
        if len(rows):
            self._places[rows] = torch.cat([self._places[rows], places[rows]], 1).gather(1, order)
            self._maps[rows] = torch.cat([self._maps[rows], maps[rows]], 1)[torch.arange(len(rows))[:, None], order]

    def _unit_maps(self, maps: Tensor) -> Tensor:
        """Maps of these units, units x pictures x rows x columns; a view where they are all of the layer's."""
        indices = [unit.index for unit in self._units]
        unit_maps = maps if indices == list(range(maps.shape[1])) else maps[:, indices]
        dtype = torch.promote_types(unit_maps.dtype, torch.float32)  # numpy has no bfloat16
        return unit_maps.to(dtype).transpose(0, 1)

    def _places_of(self, maps: Tensor, rows: Sequence[int]) -> Tensor:
        """Places of the peaks on some units' maps, as one number each; units x pictures."""
        places = maps.flatten(2).argmax(2)
        units = list(self._units)
        for place, row in enumerate(rows):
            position = units[row].position
            if position is not None:
                places[place] = position[0] * maps.shape[3] + position[1]
        return places

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that is held, for a checkpoint; the maps only once there are any."""
        maps = {} if self._maps is None else {"maps": self._maps.numpy()}
        return {**self._peaks.arrays(), "places": self._places.numpy(), **maps}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what another of the same units held."""
        self._peaks.restore(arrays)
        self._places = torch.from_numpy(arrays["places"].copy())
        self._maps = torch.from_numpy(arrays["maps"].copy()) if "maps" in arrays else None

    def of(self, unit: Unit) -> dict[str, Any]:
        """Fields of one unit's result by name: indices, activations, positions and maps, the best first."""
        row = self._units[unit]
        indices, peaks = self._peaks.of(row)
        count = len(indices)
        maps = torch.empty(0, 1, 1) if self._maps is None else self._maps[row, :count].clone()
        width = maps.shape[2]
        return {
            "indices": indices,
            "activations": peaks,
            "positions": tuple(divmod(place, width) for place in self._places[row, :count].tolist()),
            "maps": maps,
        }
