"""Taps of layers: where maps are taken from the network, and the largest activations seen on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from visualize.methods.dissection.activation_site import tapped
from visualize.methods.dissection.rotation import rotation
from visualize.methods.dissection.settings import above
from visualize.methods.dissection.sparse import Numbering, kept, remainders
from visualize.methods.dissection.thresholds import TopValues
from visualize.methods.network import accelerator
from visualize.methods.pictures.peaks import Peaks
from visualize.methods.pictures.scan import require_finite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.dissection.settings import Settings
    from visualize.methods.dissection.sparse import Sparse
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.receptive_field.field import ReceptiveField
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.scan import Batch


@dataclass
class Tap:
    """The largest activations and the top images of one layer so far.

    Args:
        layer: the full name of the layer.
        source: the name of the layer whose activations are taken: another one before or after a rectifier.
        rectify: whether these activations still have to be rectified.
        units: how many units the layer has.
        size: rows and columns of the layer's maps.
        keep: how many of the largest values are held for each unit.
        count: how many top images are held for each unit.
        field: the receptive field of the layer's positions.
        turn: units x units, directions to look at in place of units.
        positive: whether all activations above zero are kept, not only those that can lie above a threshold.
        top: the largest values so far; None before the first batch.
        peaks: the top images so far; None before the first batch.
    """

    layer: str
    source: str
    rectify: bool
    units: int
    size: tuple[int, int]
    keep: int
    count: int
    field: ReceptiveField | None = None
    turn: Tensor | None = None
    positive: bool = False
    top: TopValues | None = None
    peaks: Peaks | None = None

    @property
    def numbering(self) -> Numbering:
        """How the activations of the layer are numbered where they are kept."""
        return Numbering(self.units, max(2, self.size[0]), max(2, self.size[1]))

    @property
    def positions(self) -> int:
        """How many positions one of the layer's maps has."""
        return self.size[0] * self.size[1]

    @property
    def bounds(self) -> NDArray[Any]:
        """Bounds, unit by unit: only larger activations can still matter; -inf before the first batch."""
        return np.full(self.units, -np.inf) if self.top is None else self.top.bounds

    def floor(self, bounds: NDArray[Any]) -> NDArray[Any]:
        """Values, unit by unit, that an activation has to be above to be kept, where larger than ``bounds`` matter."""
        return np.minimum(bounds, bounds.dtype.type(0)) if self.positive else bounds

    def add(self, batch: Batch, images: Images, indices: Sequence[int]) -> Sparse:
        """Take in a batch, and give the parts of its maps that must be kept.

        Raises:
            InputError: an activation is not finite.
        """
        maps = self._maps(batch.maps[self.source])
        peaks, finite = _peaks(maps)
        if not finite:
            require_finite(maps.flatten(1), batch, images, self.layer)
        if self.top is None:
            self.top = TopValues(self.units, self.keep, peaks.dtype)
        self.top.device = maps.device if accelerator.is_gpu(maps.device) else None
        if self.peaks is None:
            self.peaks = Peaks(self.units, self.count, peaks.dtype)
        self.peaks.add(peaks, np.asarray(indices))
        sparse, units, values = kept(self._doubled(maps), self.floor(self.top.bounds))
        if min(self.size) == 1:  # what is kept twice counts once
            values = maps.permute(0, 2, 3, 1).reshape(-1, self.units).cpu().numpy()
            good = values > self.top.bounds
            values, units = values[good], good.nonzero()[1].astype(np.uint32)
        elif self.positive:
            large = np.flatnonzero(values > self.top.bounds.take(units))
            units, values = units.take(large), values.take(large)
        self.top.add(units, values)
        return sparse

    def resume(self, store: Iterable[Chunk], bounds: NDArray[Any], peaks: Peaks) -> None:
        """Take up an interrupted scan.

        Args:
            store: the chunks that it had handed over.
            bounds: :attr:`bounds` at that time.
            peaks: the top images at that time.
        """
        self.peaks, self.top = peaks, TopValues.resumed(self.keep, bounds)
        for chunk in store:
            self.top.add(*self.above(chunk, bounds))
        self.top.settle()

    def above(self, chunk: Chunk, bounds: NDArray[Any]) -> tuple[NDArray[np.unsignedinteger[Any]], NDArray[Any]]:
        """Activations of a chunk that lie above bounds, each once: their units, and their values."""
        sparse, numbering = chunk.layers[self.layer], self.numbering
        good = sparse.values > bounds[remainders(sparse.keys, numbering.units)]
        place = sparse.keys // sparse.keys.dtype.type(numbering.units)
        row = place // sparse.keys.dtype.type(numbering.columns)
        good &= remainders(place, numbering.columns) < self.size[1]  # what is kept twice counts once
        good &= remainders(row, numbering.rows) < self.size[0]
        return remainders(sparse.keys[good], numbering.units), sparse.values[good]

    def settle(self) -> None:
        """Raise the bounds as far as the activations seen so far allow."""
        if self.top is not None:
            self.top.settle()

    def _maps(self, maps: Tensor) -> Tensor:
        """The activations to look at, in float32 or float64."""
        maps = maps.to(torch.promote_types(maps.dtype, torch.float32))
        if self.rectify:
            maps = maps.clamp(min=0)
        if self.turn is None:
            return maps
        self.turn = self.turn.to(maps)
        # picture by picture: how a product of matrices is rounded may depend on their sizes
        return torch.stack([(self.turn @ picture.flatten(1)).view_as(picture) for picture in maps])

    def _doubled(self, maps: Tensor) -> Tensor:
        """Maps of at least two rows and two columns: a single one is taken twice."""
        numbering = self.numbering
        return maps.expand(
            -1, -1, numbering.rows if maps.shape[2] == 1 else -1, numbering.columns if maps.shape[3] == 1 else -1
        )


def _peaks(maps: Tensor) -> tuple[NDArray[Any], bool]:
    """The largest activation on every map, units x pictures; and whether every activation is surely finite."""
    if accelerator.is_host(maps.device):
        inner = maps.permute(0, 2, 3, 1).numpy()
        peaks, total = inner.max((1, 2)).T, inner.sum()
    else:  # one copy, so that the GPU is waited for once
        both = torch.cat([maps.amax((2, 3)).T.flatten(), maps.sum().view(1)]).cpu().numpy()
        peaks, total = both[:-1].reshape(maps.shape[1], -1), both[-1]
    return peaks, bool(np.isfinite(total) and np.isfinite(peaks).all())


def taps(probe: Probe, layers: Sequence[str], settings: Settings, pictures: int) -> dict[str, Tap]:
    """Fresh taps for a dissection of some layers, by the layers' names.

    Args:
        probe: the network.
        layers: names or aliases.
        settings: the settings of the dissection.
        pictures: how many pictures the whole probe set has, of which a shard may see a part.

    Raises:
        UnitError: a layer that the network does not have.
        InputError: a layer without the rectifier asked for.
    """
    by_layer = {}
    for name in layers:
        layer = probe.layer(name)
        source, rectify = tapped(probe, layer.name, settings.rectifier)
        rows, columns = layer.map_size
        keep = above(settings.quantile, pictures * rows * columns) + 1
        by_layer[layer.name] = Tap(
            layer.name,
            source,
            rectify,
            layer.units,
            (rows, columns),
            keep,
            settings.count,
            probe.layer(source).field,
            rotation(layer.units, settings.rotate, settings.seed),
            positive=settings.ranges > 0,
        )
    return by_layer
