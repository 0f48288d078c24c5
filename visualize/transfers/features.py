"""Features of many pictures, of all layers in one run of a network."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.pictures.scan import Scan, require_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.transfer.pooling import AveragePool, Grid

    Pools = Callable[[Probe, Sequence[Layer]], Mapping[str, AveragePool | Grid]]
    """Gives the pooling of some layers of a network, by the layer's name."""

LARGE = 256 << 20
"""Bytes of features that are kept in a file rather than in memory."""


@dataclass(frozen=True, eq=False)
class LayerFeatures:
    """Features of one layer.

    Args:
        layer: the layer.
        grid: rows and columns that its maps are averaged to.
        values: pictures x (units x rows x columns of the grid), float32; mapped from a file where they are many.
    """

    layer: Layer
    grid: tuple[int, int]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Features:
    """Features of a network for some pictures.

    Args:
        layers: by the layer's own name, in the order asked for.
        there: for each picture whether it could be read; rows of others are zero.
        notes: sentences on the pictures that could not be read.
    """

    layers: dict[str, LayerFeatures]
    there: NDArray[np.bool_]
    notes: tuple[str, ...]


def read_features(
    probe: Probe,
    images: Images,
    layers: Sequence[str],
    *,
    pools: Pools,
    batch: int,
    progress: Progress,
) -> Features:
    """Read the features of some layers in one run of the network over the pictures.

    Args:
        probe: the network.
        images: the pictures.
        layers: names or aliases.
        pools: gives each layer the way in which its maps are averaged, of all layers of the network and of some.
        batch: pictures in one run of the network.
        progress: told how many pictures are done.

    Raises:
        InputError: a picture's activations are not finite, or no picture can be read.
        UnitError: a layer that the network does not have.
    """
    known = [probe.layer(name) for name in layers]
    pooling = pools(probe, known)
    grids = {layer.name: pooling[layer.name].grid(layer.map_size) for layer in known}
    shapes = {layer.name: (len(images), layer.units * int(np.prod(grids[layer.name]))) for layer in known}
    values = _room(shapes)
    there = np.zeros(len(images), bool)
    scan = Scan(probe, images, list(shapes), batch=batch, progress=progress)
    for part in scan:
        indices = np.asarray(part.indices)
        there[indices] = True
        for name, maps in part.maps.items():
            rows = pooling[name](maps)
            require_finite(rows, part, images, name)
            values[name][indices] = rows.cpu().numpy()
    read = {layer.name: LayerFeatures(layer, grids[layer.name], values[layer.name]) for layer in known}
    return Features(read, there, scan.notes)


def _room(shapes: dict[str, tuple[int, int]]) -> dict[str, NDArray[np.float32]]:
    """Zeros of these shapes: in memory, or where they are large in a file without a name, which goes with them."""
    size = sum(4 * rows * columns for rows, columns in shapes.values())
    if size <= LARGE:
        return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    room: dict[str, NDArray[np.float32]] = {}
    for name, shape in shapes.items():
        with tempfile.TemporaryFile(dir=Path(tempfile.gettempdir())) as file:
            room[name] = np.memmap(file, np.float32, "w+", shape=shape)  # the map keeps the file alive
    return room
