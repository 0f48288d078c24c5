"""Features of many pictures, of all layers in one run of a network."""

from __future__ import annotations

from contextlib import contextmanager
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

    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.transfer.pooling import AveragePool, Grid
    from visualize.transfers.room import Room

    Pools = Callable[[Probe, Sequence[Layer]], Mapping[str, AveragePool | Grid]]
    """Gives the pooling of some layers of a network, by the layer's name."""


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


def read_features(  # noqa: PLR0913 (a network, pictures, layers, and how)
    probe: Probe,
    images: Images,
    layers: Sequence[str],
    *,
    pools: Pools,
    batch: int,
    progress: Progress,
    keep: Path | None = None,
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
        done = len(images) - len(unseen)
        scan = Scan(
            probe, Subset(images, tuple(unseen.tolist())), list(shapes), batch=batch,
            progress=lambda now, _: progress(done + now, len(images)),
        )  # fmt: skip
        with _unless(scan, room):
            for part in scan:
                indices = unseen[list(part.indices)]
                for name, maps in part.maps.items():
                    rows = pooling[name](maps)
                    require_finite(rows, part, scan.images, name)
                    room.values[name][indices] = rows.cpu().numpy()
                room.settle(indices, READ)
        room.settle(np.flatnonzero(room.state == UNSEEN), BROKEN)
    there = np.asarray(room.state == READ)
    read = {layer.name: LayerFeatures(layer, grids[layer.name], room.values[layer.name]) for layer in known}
    return Features(read, there, _notes(there))


@contextmanager
def _unless(scan: Scan, room: Room) -> Iterator[None]:
    """Pass over that none of the pictures that were left can be read, where others could be before."""
    try:
        yield
    except InputError:
        if len(scan.broken) < len(scan.images) or not (room.state == READ).any():
            raise


def _notes(there: NDArray[np.bool_]) -> tuple[str, ...]:
    broken = int((~there).sum())
    return (f"{broken} of {len(there)} pictures could not be read and were skipped",) if broken else ()
