"""Activations of layers' units on every picture of a set, one number each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from visualize.methods.pictures.checkpoints import resumable
from visualize.methods.pictures.scan import Scan, require_finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.dissection.text.settings import Pool
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.scan import Batch
    from visualize.methods.progress import Progress


class Pooled:
    """Activations of all units of one layer on the pictures so far, float32.

    Args:
        units: of the layer.
        pictures: of the set.
        pool: how a map becomes one number.
    """

    def __init__(self, units: int, pictures: int, pool: Pool) -> None:
        self._values = np.zeros((pictures, units), np.float32)
        self._there = np.zeros(pictures, np.bool_)
        self._pool = pool

    def add(self, batch: Batch, images: Images, layer: str) -> None:
        """Take in a batch.

        Raises:
            InputError: an activation is not finite.
        """
        maps = batch.maps[layer].flatten(2).float()
        values = maps.mean(2) if self._pool == "mean" else maps.amax(2)
        require_finite(values, batch, images, layer)
        self._values[list(batch.indices)] = values.cpu().numpy()
        self._there[list(batch.indices)] = True

    @property
    def readable(self) -> NDArray[np.intp]:
        """Places of the pictures that could be read."""
        return np.flatnonzero(self._there)

    @property
    def values(self) -> Tensor:
        """Readable pictures x units."""
        return torch.from_numpy(self._values[self._there])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that is held, for a checkpoint."""
        return {"values": self._values, "there": self._there}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what another of the same units held."""
        self._values, self._there = arrays["values"].copy(), arrays["there"].copy()


def pooled(
    probe: Probe, layers: Sequence[str], images: Images, pool: Pool, progress: Progress
) -> tuple[dict[str, Pooled], tuple[str, ...]]:
    """Run a network over a set once, for all units of some layers.

    Args:
        probe: the network.
        layers: their names.
        images: the set.
        pool: how a map becomes one number.
        progress: told how many pictures are done.

    Returns:
        the activations by layer, and sentences on pictures that could not be read.

    Raises:
        InputError: no picture can be read, or an activation is not finite.
    """
    scan = Scan(probe, images, layers, progress=progress)
    gathered = {layer: Pooled(probe.layer(layer).units, len(images), pool) for layer in layers}
    for batch in resumable(scan, gathered):
        for layer, each in gathered.items():
            each.add(batch, images, layer)
    return gathered, scan.notes
