"""Network Dissection as its definition says it, in float64, whole maps at a time: what the engine must equal."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled

Floats = NDArray[np.float64]


@dataclass
class Brute:
    """Counts by (unit, concept number) and (unit, category)."""

    thresholds: NDArray[Any]
    intersection: dict[int, NDArray[np.int64]]
    activation: dict[str, NDArray[np.int64]]
    truth: dict[int, int]

    def iou(self, unit: int, number: int, category: str) -> float:
        both = self.intersection[number][unit]
        union = self.activation[category][unit] + self.truth[number] - both
        return float(both / union) if union else 0.0


def maps_of(
    probe: Probe, layer: str, images: Labelled, indices: Sequence[int], *, among: Sequence[str] = ()
) -> NDArray[Any]:
    """The activations as the engine has them computed: so many pictures at a time, together with other layers."""
    maps, many = [], 8 if probe.device.type == "cpu" else 64
    for first in range(0, len(indices), many):
        some = [images.load(index, probe.prepare) for index in indices[first : first + many]]
        some += [some[0]] * (many - len(some))
        pictures = torch.from_numpy(np.stack(some)).permute(0, 3, 1, 2).to(probe.device).float() / 255
        with torch.no_grad():
            maps.append(probe.activations(pictures, among or [layer])[layer].cpu())
    return torch.cat(maps)[: len(indices)].numpy()


def threshold(maps: NDArray[Any], quantile: str) -> NDArray[Any]:
    """The value at place floor(quantile N) + 1 from the top, unit by unit."""
    flat = np.sort(maps.transpose(1, 0, 2, 3).reshape(maps.shape[1], -1), 1)[:, ::-1]
    return flat[:, int(Fraction(quantile) * flat.shape[1])]


def resized(maps: NDArray[Any], shape: tuple[int, int]) -> Floats:
    """Half-pixel centres: pixel p of P has its centre at (p + 1/2) / P of the side, as has sample k of K."""
    places = [
        [
            Fraction(2 * pixel + 1, 2 * shape[axis]) * maps.shape[axis + 2] - Fraction(1, 2)
            for pixel in range(shape[axis])
        ]
        for axis in (0, 1)
    ]
    return _interpolated(maps, places)


def anchored(
    maps: NDArray[Any],
    shape: tuple[int, int],
    size: tuple[int, int],
    offset: tuple[float, float],
    stride: tuple[float, float],
) -> Floats:
    """Samples at the centres of receptive fields."""
    places = [
        [
            (Fraction(2 * pixel + 1, 2 * shape[axis]) * size[axis] - Fraction(1, 2) - Fraction(offset[axis]))
            / Fraction(stride[axis])
            for pixel in range(shape[axis])
        ]
        for axis in (0, 1)
    ]
    return _interpolated(maps, places)


def _interpolated(maps: NDArray[Any], places: Sequence[Sequence[Fraction]]) -> Floats:
    """By numpy's one-dimensional interpolation, one axis at a time, at places that are exact until they are floats."""
    values = maps.astype(np.float64)
    for axis in (0, 1):
        samples, pixels = np.arange(maps.shape[axis + 2]), [float(place) for place in places[axis]]
        lines = np.moveaxis(values, axis + 2, -1)
        scaled = [np.interp(pixels, samples, line) for line in lines.reshape(-1, lines.shape[-1])]
        values = np.moveaxis(np.array(scaled).reshape(*lines.shape[:-1], -1), -1, axis + 2)
    return values


def count(masks: NDArray[np.bool_], labelled: Labelled, indices: Sequence[int], probe: Probe) -> Brute:
    """Sets of pixels, picture by picture.

    Args:
        masks: pictures x units x rows x columns.
        labelled: the probe set.
        indices: of the pictures.
        probe: for its preparation.
    """
    units = masks.shape[1]
    shape = masks.shape[2:]
    counts = Brute(
        np.empty(0),
        {concept.number: np.zeros(units, np.int64) for concept in labelled.concepts},
        {name: np.zeros(units, np.int64) for name in labelled.categories},
        {concept.number: 0 for concept in labelled.concepts},
    )
    for mask, index in zip(masks, indices, strict=True):
        where = {concept.number: np.zeros(shape, np.bool_) for concept in labelled.concepts}
        for maps in labelled.labels(index, probe.prepare).values():
            for labels in maps:
                for number in where:
                    where[number] |= np.asarray(labels) == number
        present = {concept.category for concept in labelled.concepts if where[concept.number].any()}
        for number, pixels in where.items():
            counts.intersection[number] += (mask & pixels).sum((1, 2))
            counts.truth[number] += int(pixels.sum())
        for name in present:
            counts.activation[name] += mask.sum((1, 2))
    return counts
