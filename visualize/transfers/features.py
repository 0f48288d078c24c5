"""Features of many pictures, of all layers in one run of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError
from visualize.methods.pictures.images import Subset
from visualize.methods.pictures.scan import Scan, require_finite
from visualize.methods.provenance import versions_in_use
from visualize.transfers.room import BROKEN, READ, UNSEEN, make_room, room_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.transfer.pooling import AveragePool, Grid

    Pools = Callable[[Probe, Sequence[Layer]], Mapping[str, AveragePool | Grid]]
    """Gives the pooling of some layers of a network, by the layer's name."""

    Rows = tuple[list[int], Mapping[str, NDArray[np.float32]]]
    """Places of pictures among those asked for, and their features by layer."""

    Elsewhere = Callable[["Reading", Progress], Iterator[Rows]]
    """Reads features in place of this process; gives pictures in the order of their places."""


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


@dataclass(frozen=True, eq=False)
class Reading:
    """Features that are to be read.

    Args:
        probe: the network.
        images: the pictures.
        pooling: by layer, how its maps are averaged.
        batch: pictures in one run of the network.
        lenient: that none of the pictures can be read is no error.
    """

    probe: Probe
    images: Images
    pooling: Mapping[str, AveragePool | Grid]
    batch: int
    lenient: bool = False


def read_features(  # noqa: PLR0913 (a network, pictures, layers, and how)
    probe: Probe,
    images: Images,
    layers: Sequence[str],
    *,
    pools: Pools,
    batch: int,
    progress: Progress,
    keep: Path | None = None,
    elsewhere: Elsewhere | None = None,
) -> Features:
    """Read the features of some layers in one run of the network over the pictures.

    Args:
        probe: the network.
        images: the pictures.
        layers: names or aliases.
        pools: gives each layer the way in which its maps are averaged, of all layers of the network and of some.
        batch: pictures in one run of the network.
        progress: told how many pictures are done.
        keep: a folder in which features are kept as they are read: another run with the same goes on with them.
        elsewhere: reads the features in place of this process, such as the workers of a cluster.

    Raises:
        InputError: a picture's activations are not finite, or no picture can be read.
        UnitError: a layer that the network does not have.
    """
    known = [probe.layer(name) for name in layers]
    pooling = pools(probe, known)
    grids = {layer.name: pooling[layer.name].grid(layer.map_size) for layer in known}
    shapes = {layer.name: (len(images), layer.units * int(np.prod(grids[layer.name]))) for layer in known}
    key = None if keep is None else room_key(images, probe.identity, probe.prepare, known, pooling, versions_in_use())
    room = make_room(shapes, keep, key)
    unseen = np.flatnonzero(room.state == UNSEEN)
    if len(unseen):
        before = len(images) - len(unseen)
        part = Subset(images, tuple(unseen.tolist()))

        def told(done: int, total: int) -> None:  # noqa: ARG001 (of what is left; the bar is of all)
            progress(before + done, len(images))

        asked = Reading(probe, part, pooling, batch, lenient=bool((room.state == READ).any()))
        for places, rows in rows_of(asked, told) if elsewhere is None else elsewhere(asked, told):
            for name, values in rows.items():
                room.values[name][unseen[places]] = values
            room.settle(unseen[places], READ)
        room.settle(np.flatnonzero(room.state == UNSEEN), BROKEN)
    there = np.asarray(room.state == READ)
    held = {layer.name: LayerFeatures(layer, grids[layer.name], room.values[layer.name]) for layer in known}
    return Features(held, there, _notes(there))


def rows_of(asked: Reading, progress: Progress) -> Iterator[Rows]:
    """Features of pictures, batch by batch.

    Args:
        asked: of which pictures.
        progress: told how many pictures are done.

    Yields:
        places of the pictures that could be read, and for each layer their features: pictures x numbers.

    Raises:
        InputError: activations are not finite, or no picture can be read.
    """
    probe, layers = asked.probe, list(asked.pooling)

    def averages(pictures: Tensor) -> dict[str, Tensor]:
        return probe.respond(probe.prepared(pictures), layers, uses=asked.pooling)

    scan = Scan(probe, asked.images, layers, batch=asked.batch, progress=progress, respond=averages)
    try:
        for part in scan:
            rows = {}
            for name, values in part.maps.items():
                require_finite(values, part, scan.images, name)
                rows[name] = values.cpu().numpy()
            yield list(part.indices), rows
    except InputError:
        if not asked.lenient or len(scan.broken) < len(scan.images):
            raise


def _notes(there: NDArray[np.bool_]) -> tuple[str, ...]:
    broken = int((~there).sum())
    return (f"{broken} of {len(there)} pictures could not be read and were skipped",) if broken else ()
