"""Histograms of units' activations at every position of every picture of a set, in one run of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from visualize.methods.dissection.activation_site import tapped
from visualize.methods.pictures.scan import Scan
from visualize.reports.records import Activity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.dissection.settings import Rectifier
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress

BINS = 64
"""Bins on either side of zero; where values grow beyond them, two neighbours become one."""


class Histograms:
    """Histograms of the units of one layer, whose bins widen as larger values come.

    Args:
        units: how many the layer has.

    Example:
        >>> held = Histograms(1)
        >>> held.add(np.array([[[0.0, 0.5, 1.0, 3.9]]]))
        >>> held.of(0).first, held.of(0).width, sum(held.of(0).counts)
        (0.0, 0.0625, 4)
    """

    def __init__(self, units: int) -> None:
        self._counts = np.zeros((units, 2 * BINS), np.int64)
        self._width = np.zeros(units)

    def add(self, maps: NDArray[np.floating]) -> None:
        """Count further activations.

        Args:
            maps: pictures x units x positions, finite.
        """
        values = np.ascontiguousarray(maps.transpose(1, 0, 2)).reshape(len(self._width), -1)
        self._widen(np.maximum(values.max(1), -values.min(1)).astype(np.float64))
        width = np.where(self._width > 0, self._width, 1.0)
        places = np.floor(values / width[:, None]).astype(np.int64) + BINS
        places = np.clip(places, 0, 2 * BINS - 1) + np.arange(len(width))[:, None] * 2 * BINS
        self._counts += np.bincount(places.ravel(), minlength=self._counts.size).reshape(self._counts.shape)

    def _widen(self, largest: NDArray[np.float64]) -> None:
        """Widen the bins of units until the largest value lies below their end."""
        fresh = (self._width == 0) & (largest > 0)
        exponent = np.floor(np.log2(np.where(fresh, largest, 1.0))) + 1
        self._width[fresh] = (2.0 ** (exponent - np.log2(BINS)))[fresh]
        while (narrow := (self._width > 0) & (largest >= self._width * BINS)).any():
            pairs = self._counts[narrow].reshape(-1, BINS, 2).sum(2)
            half = BINS // 2
            self._counts[narrow] = np.pad(pairs, ((0, 0), (half, half)))
            self._width[narrow] *= 2

    def of(self, unit: int) -> Activity:
        """The histogram of a unit; bins below zero are left out where nothing lies there."""
        width, counts = float(self._width[unit]), self._counts[unit]
        if not counts[:BINS].any():
            return Activity(first=0.0, width=width, counts=tuple(counts[BINS:].tolist()))
        return Activity(first=-BINS * width, width=width, counts=tuple(counts.tolist()))


def activities(
    probe: Probe, layers: Sequence[str], images: Images, *, rectifier: Rectifier, progress: Progress
) -> dict[str, list[Activity]]:
    """Histograms of all units of some layers, by layer.

    Args:
        probe: the network.
        layers: names.
        images: the probe set.
        rectifier: where a layer's activations are taken, as a dissection does it.
        progress: told the number of pictures that are done.

    Raises:
        InputError: the set cannot be scanned.
    """
    sites = {layer: tapped(probe, layer, rectifier) for layer in layers}
    held = {layer: Histograms(probe.layer(layer).units) for layer in layers}
    sources = list(dict.fromkeys(source for source, _ in sites.values()))
    for batch in Scan(probe, images, sources, progress=progress):
        for layer, (source, rectify) in sites.items():
            maps = batch.maps[source].to(torch.promote_types(batch.maps[source].dtype, torch.float32))
            maps = maps.clamp(min=0) if rectify else maps
            held[layer].add(maps.flatten(2).cpu().numpy())
    return {layer: [each.of(unit) for unit in range(probe.layer(layer).units)] for layer, each in held.items()}
