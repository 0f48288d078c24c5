"""Activations of layers' units on every picture of a set, one number each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from visualize.methods.pictures.checkpoints import resumable
from visualize.methods.pictures.scan import Scan, require_finite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.dissection.text.settings import Pool
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.scan import Batch


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


def pooled(scan: Scan, pool: Pool) -> dict[str, Pooled]:
    """Run a network over a set once, for all units of some layers.

    Args:
        scan: of the set, not begun; it then knows which pictures could not be read.
        pool: how a map becomes one number.

    Returns:
        the activations by layer.

    Raises:
        InputError: no picture can be read, or an activation is not finite.
    """
    gathered = {layer: Pooled(scan.probe.layer(layer).units, len(scan.images), pool) for layer in scan.layers}
    for batch in resumable(scan, gathered):
        for layer, each in gathered.items():
            each.add(batch, scan.images, layer)
    return gathered
