"""Ascent of a dream: pictures pushed up the gradient of what a network finds in them, octave by octave."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.dream.frames import resized
from visualize.methods.dream.tiling import octaves, spans
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.rules import Leak
from visualize.methods.network.run.way_back import way_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.network.precision import Arithmetic
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.rectifiers.rules import Rule
    from visualize.methods.optimization.features import Features, Part


_LEAK = 0.1  # of a gradient that passes a rectifier that is off, where a unit is off everywhere


@dataclass(frozen=True, kw_only=True)
class Dreaming:
    """Settings of a dream's ascent.

    Args:
        steps: how many in each octave.
        octaves: how many sizes, from coarse to fine.
        scale: the factor from one size to the next, above 1.
        rate: the mean change of a pixel in one step, in 0..1.
        jitter: the largest shift before a step, pixels.
    """

    steps: int
    octaves: int
    scale: float
    rate: float
    jitter: int


class Uphill:
    """Direction that is up for a batch of pictures, each with features of its own, all of the same layers.

    For a whole layer the objective is ``1/2 ||Phi(x)||^2``, whose gradient feeds its activations back ("enhance
    whatever you see there", Mordvintsev, Olah and Tyka 2015); for chosen units the sum of their maps.

    Args:
        probe: the network.
        wanted: the features that each row is changed for.
        tile: the longest side that the network is shown at once.
        margin: by how much tiles overlap on each side.
        arithmetic: of the network on the way up; by default the probe's own, in which strengths are measured.
    """

    def __init__(
        self, probe: Probe, wanted: Sequence[Features], *, tile: int, margin: int, arithmetic: Arithmetic | None = None
    ) -> None:
        self._probe = probe
        self._climbs_by = probe if arithmetic is None else arithmetic
        self._wanted = wanted
        self._layers = list(dict.fromkeys(part.layer for features in wanted for part in features))
        self._tile = tile
        self._margin = margin
        self._heads: dict[tuple[object, ...], Tensor] = {}
        self.asleep = [False] * len(wanted)
        """Whether each row once gave no gradient, so that its rectifiers had to leak."""
        self.spoilt = [False] * len(wanted)
        """Whether each row once gave a gradient that is not finite, and stayed as it was."""

    def __call__(self, pictures: Tensor) -> Tensor:
        """Gradient of the whole pictures, scaled to a mean size of 1 in each; zero where there is none.

        Args:
            pictures: N x 3 x H x W, in 0..1.
        """
        gradient = self._tiled(pictures, None)
        size = _mean_size(gradient)
        if not bool(((size > 0) & size.isfinite()).all()):
            gradient, size = self._sound(gradient, size)
            off = size == 0
            self.asleep = [before or now for before, now in zip(self.asleep, off.tolist(), strict=True)]
            gradient = torch.where(off.view(-1, 1, 1, 1), self._tiled(pictures, Leak(_LEAK)), gradient)
            gradient, size = self._sound(gradient, _mean_size(gradient))
        return gradient.mul_((1 / size.where(size > 0, 1)).view(-1, 1, 1, 1))

    def _sound(self, gradient: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
        """Gradient without the rows that are not finite, which are noted, and its sizes."""
        good = size.isfinite()
        self.spoilt = [before or not now for before, now in zip(self.spoilt, good.tolist(), strict=True)]
        return torch.where(good.view(-1, 1, 1, 1), gradient, 0), torch.where(good, size, 0)

    def _tiled(self, pictures: Tensor, rule: Rule | None) -> Tensor:
        """Gradient of the pictures, each tile's part of it from a run of its own."""
        down, right = (spans(length, self._tile, self._margin) for length in pictures.shape[2:])
        if len(down) == len(right) == 1:
            return self._gradient(pictures, rule)
        whole = torch.empty_like(pictures)
        for row in down:
            for column in right:
                part = self._gradient(pictures[:, :, row.shown, column.shown], rule)
                whole[:, :, row.owned, column.owned] = part[:, :, row.within, column.within]
        return whole

    def _gradient(self, pictures: Tensor, rule: Rule | None) -> Tensor:
        leaf = pictures.detach().requires_grad_()
        with torch.enable_grad(), nullcontext() if rule is None else rectified(rule):
            maps = self._climbs_by.activations(leaf, self._layers)
        outputs = [maps[layer] for layer in self._layers if maps[layer].requires_grad]
        if not outputs:
            return torch.zeros_like(leaf)
        heads = [self._head(layer, maps[layer].detach()) for layer in self._layers if maps[layer].requires_grad]
        gradient = way_back(outputs, leaf, heads)
        return torch.zeros_like(leaf) if gradient is None else gradient

    def _head(self, layer: str, maps: Tensor) -> Tensor:
        """Gradient of the objective with respect to the maps of a layer; laid out as they are."""
        by_row = [[part for part in wanted if part.layer == layer] for wanted in self._wanted]
        if all(len(parts) == 1 and parts[0].units is None for parts in by_row):
            return maps
        key = (layer, maps.shape)
        if key not in self._heads:
            self._heads.clear()  # those of the last size
            mask = torch.zeros_like(maps)
            for row, parts in enumerate(by_row):
                for part in parts:
                    mask[row, slice(None) if part.units is None else list(part.units)] = 1
            self._heads[key] = mask
        return self._heads[key]

    def strengths(self, pictures: Tensor) -> list[float]:
        """Strength with which each picture excites its features, tile by tile, without a gradient.

        For units the mean of the map, added over several; for a whole layer the root of the mean square. Positions that
        two tiles show count twice.
        """
        down, right = (spans(length, self._tile, self._margin) for length in pictures.shape[2:])
        sums: list[dict[tuple[str, int | None], tuple[float, int]]] = [{} for _ in self._wanted]
        for row in down:
            for column in right:
                with torch.no_grad():
                    maps = self._probe.activations(pictures[:, :, row.shown, column.shown], self._layers)
                for row_sums, wanted, place in zip(sums, self._wanted, itertools.count()):
                    for part in wanted:
                        for unit, values in _averaged(part, maps[part.layer][place]):
                            total, count = row_sums.get((part.layer, unit), (0.0, 0))
                            row_sums[part.layer, unit] = (total + float(values.sum()), count + values.numel())
        return [
            sum((total / count) ** (0.5 if unit is None else 1) for (_, unit), (total, count) in row_sums.items())
            for row_sums in sums
        ]


def _averaged(part: Part, maps: Tensor) -> Iterator[tuple[int | None, Tensor]]:
    """Values to average of the maps of one picture: each unit's own, or the squares of all."""
    if part.units is None:
        yield None, maps.double().square()
        return
    for unit in part.units:
        yield unit, maps[unit].double()


def _mean_size(gradient: Tensor) -> Tensor:
    """Mean absolute value of each row."""
    total: Tensor = torch.linalg.vector_norm(gradient, 1, dim=(1, 2, 3))
    return total / gradient[0].numel()


Seen = Callable[[Callable[[], Tensor]], None]
"""Function that is called after each step with one that gives the pictures at that moment, at their octave's size."""


def dream(pictures: Tensor, uphill: Uphill, how: Dreaming, generator: torch.Generator, seen: Seen) -> Tensor:
    """Dream, from the smallest octave to the picture's own size (Mordvintsev, Olah and Tyka 2015).

    Each octave starts from the picture at its size plus the detail that the one before added to it. Before every step
    the picture is shifted by a random number of pixels, around its borders, so that neither the network's strides nor
    the tiles leave a pattern.

    Args:
        pictures: N x 3 x H x W, in 0..1; left as they are.
        uphill: gives the direction.
        how: the settings.
        generator: draws the shifts, which all pictures share.
        seen: called after each step.

    Returns:
        N x 3 x H x W, in 0..1.
    """
    detail: Tensor | None = None
    now = pictures
    for size in octaves((pictures.shape[2], pictures.shape[3]), how.octaves, how.scale):
        base = resized(pictures, size)
        now = base.clone() if detail is None else resized(detail, size).add_(base).clamp_(0, 1)
        now = _octave(now, uphill, how, generator, seen)
        detail = now - base if size != pictures.shape[2:] else None
    return now


def _octave(now: Tensor, uphill: Uphill, how: Dreaming, generator: torch.Generator, seen: Seen) -> Tensor:
    """Pictures after the steps at one size.

    They stay shifted from step to step, which saves a copy each time.
    """
    farthest = [min(how.jitter, length - 1) for length in now.shape[2:]]
    away = [0, 0]

    def back() -> Tensor:
        return now.roll([-pixels for pixels in away], (2, 3))

    for _ in range(how.steps):
        shift = [int(torch.randint(-limit, limit + 1, (), generator=generator)) for limit in farthest]
        now = now.roll(shift, (2, 3))
        away = [old + new for old, new in zip(away, shift, strict=True)]
        now.add_(uphill(now), alpha=how.rate).clamp_(0, 1)
        seen(back)
    return back()
