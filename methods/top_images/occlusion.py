"""Fall of activations when a small square of a picture is covered, computed from no more pixels than they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.errors import InputError
from visualize.methods.progress import untold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.receptive_field.field import Window


_PIXELS = 8 * 224 * 224  # in one run of the network: small batches stay in the processor's caches


@dataclass(frozen=True)
class Occluder:
    """Square of random pixels that is slid over a picture.

    Args:
        size: its side, pixels.
        stride: from one place to the next, pixels; at most ``size``, so that every pixel but a margin narrower than
            ``stride`` is covered.

    Raises:
        InputError: a number that makes no sense.
    """

    size: int = 11
    stride: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.stride <= self.size:
            raise InputError(f"an occluder's stride lies in 1..its size, not {self.stride} for a size of {self.size}")

    def places(self, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """First rows and first columns of the occluders of a picture of ``shape`` (height, width), centred.

        Raises:
            InputError: the picture is smaller than the occluder.
        """
        if min(shape) < self.size:
            raise InputError(f"an occluder of {self.size} pixels does not fit a picture of {shape[0]} x {shape[1]}")
        rows, columns = (
            torch.arange((length - self.size) % self.stride // 2, length - self.size + 1, self.stride)
            for length in shape
        )
        return rows, columns

    def spread(self, drops: Tensor, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Spread the drops of the occluder's places over the pixels that it covers there.

        Args:
            drops: rows x columns of :meth:`places`.
            shape: (height, width) of the picture.

        Returns:
            height x width each: for each pixel the mean over the occluders that cover it; and whether any does.
        """
        window = torch.ones(1, 1, self.size, self.size, dtype=drops.dtype)
        totals, counts = (
            torch.nn.functional.conv_transpose2d(grid[None, None], window, stride=self.stride)[0, 0]
            for grid in (drops, torch.ones_like(drops))
        )
        mean, covered = drops.new_zeros(shape), torch.zeros(shape, dtype=torch.bool)
        top, left = (int(places[0]) for places in self.places(shape))
        inner = (slice(top, top + totals.shape[0]), slice(left, left + totals.shape[1]))
        mean[inner], covered[inner] = totals / counts, True
        return mean, covered


@dataclass(frozen=True)
class Spot:
    """Activation to watch while a picture is occluded.

    Args:
        index: the unit's, in its layer.
        position: (row, column) on the layer's map.
        value: the activation on the whole picture.
        scale: the size of the layer's activations, which tells float noise from a real difference.
    """

    index: int
    position: tuple[int, int]
    value: float
    scale: float


@dataclass
class _Job:
    """Spots of one layer whose boxes are run as one."""

    window: Window
    spots: list[Spot]
    touched: list[Tensor]  # of each spot: which places of the grid touch what it sees, rows x columns

    @property
    def pixels(self) -> int:
        top, left, bottom, right = self.window
        return (bottom - top) * (right - left)

    @property
    def places(self) -> Tensor:
        """Places of the occluder to be run, rows x columns."""
        return torch.stack(self.touched).any(0)

    @property
    def cost(self) -> int:
        return self.pixels * int(self.places.sum())

    def whole(self, shape: tuple[int, int]) -> _Job:
        """Job with every place run on the whole picture."""
        return _Job((0, 0, *shape), self.spots, [torch.ones_like(places) for places in self.touched])

    def joined(self, other: _Job) -> _Job:
        lows = (min(first, second) for first, second in zip(self.window[:2], other.window[:2], strict=True))
        highs = (max(first, second) for first, second in zip(self.window[2:], other.window[2:], strict=True))
        top, left = lows
        bottom, right = highs
        return _Job((top, left, bottom, right), [*self.spots, *other.spots], [*self.touched, *other.touched])


@dataclass
class Occlusions:
    """Occlusions of one picture.

    An occluder shows noise that is drawn once for the picture, so that an occlusion does not depend on what else is
    looked at.

    Args:
        probe: the network.
        picture: 3 x H x W, RGB in 0..1.
        occluder: the square that is slid over it.
        noise: 3 x H x W, RGB in 0..1: the pixels that an occluder shows at its place.
        whole: run the whole picture for every place, however little of it matters.
        tell: called after every run with the number of occlusions done for one spot or several.
    """

    probe: Probe
    picture: Tensor
    occluder: Occluder
    noise: Tensor
    whole: bool = False
    tell: Callable[[int], None] = untold
    runs: int = field(default=0, init=False)
    pixels: int = field(default=0, init=False)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the picture."""
        return self.picture.shape[1], self.picture.shape[2]

    def drops(self, layer: Layer, spots: Sequence[Spot]) -> list[Tensor]:
        """Fall of each spot's activation below its value on the picture, for each place of the occluder.

        Occluders that the spot does not see change nothing and are not run. Spots that look at much the same part of
        the picture share their runs.

        Args:
            layer: the layer of the activations.
            spots: activations of that layer, on this picture.

        Returns:
            for each spot rows x columns of :meth:`Occluder.places`, float64, below zero where the activation rises, NaN
            where nothing was run because nothing can change.
        """
        drops: dict[Spot, Tensor] = {}
        for job in _shared([self._job(layer, spot) for spot in dict.fromkeys(spots)]):
            tried = self._run(layer, job)
            if tried is None:  # cut out, the network gives something else: it looks beyond its field
                tried = self._run(layer, job.whole(self.shape))
            drops |= dict(zip(job.spots, tried or (), strict=True))
        return [drops[spot] for spot in spots]

    def _job(self, layer: Layer, spot: Spot) -> _Job:
        rows, columns = self.occluder.places(self.shape)
        every = (0, 0, *self.shape)
        seen = every if self.whole else layer.window(spot.position, self.shape)
        touched = [
            (places < seen[axis + 2]) & (places + self.occluder.size > seen[axis])
            for axis, places in enumerate((rows, columns))
        ]
        return _Job(
            every if self.whole else layer.box(spot.position, self.shape),
            [spot],
            [touched[0][:, None] & touched[1][None]],
        )

    def _run(self, layer: Layer, job: _Job) -> list[Tensor] | None:
        """Drops of a job's spots; None where the cut picture does not give the activations of the whole one."""
        at, cut = self._positions(layer, job), job.window != (0, 0, *self.shape)
        try:
            clean = self._values(layer, self._cut(self.picture, job.window)[None], at)[:, 0]
        except (InputError, IndexError):
            if cut:
                return None
            raise
        near = torch.finfo(clean.dtype).eps ** 0.5
        pairs = zip(clean.tolist(), job.spots, strict=True)
        if cut and not all(abs(value - spot.value) <= near * spot.scale for value, spot in pairs):
            return None
        drops = torch.full((len(job.spots), *job.touched[0].shape), torch.nan, dtype=torch.float64)
        for chosen, pictures in self._batches(job):
            drops[:, chosen[:, 0], chosen[:, 1]] = clean[:, None].double() - self._values(layer, pictures, at).double()
            self.tell(len(chosen) * len(job.spots))
        return list(drops.where(torch.stack(job.touched), torch.nan))

    def _positions(self, layer: Layer, job: _Job) -> list[tuple[int, int, int]]:
        """Unit, row and column of each spot on the map of the cut picture."""
        top, left, _, _ = job.window
        field = layer.local
        down, across = (int(step) for step in field.stride) if field else (1, 1)  # uncut where it is not local
        return [(spot.index, spot.position[0] - top // down, spot.position[1] - left // across) for spot in job.spots]

    def _values(self, layer: Layer, pictures: Tensor, at: Sequence[tuple[int, int, int]]) -> Tensor:
        """Activations of spots on pictures: spots x pictures, on the CPU."""
        with torch.no_grad():
            maps = self.probe.activations(pictures, [layer.name])[layer.name]
        self.runs += len(pictures)
        self.pixels += pictures[:, 0].numel()
        return torch.stack([maps[:, unit, row, column] for unit, row, column in at]).cpu()

    def _batches(self, job: _Job) -> Iterator[tuple[Tensor, Tensor]]:
        """Places (n x 2 of the grid) and the pictures with the occluder there, n x 3 x the window's size."""
        rows, columns = self.occluder.places(self.shape)
        clean, noise = (self._cut(pixels, job.window).to(self.probe.device) for pixels in (self.picture, self.noise))
        down, across = (torch.arange(length, device=clean.device) for length in clean.shape[1:])
        for chosen in torch.split(job.places.nonzero(), max(1, _PIXELS // job.pixels)):
            first = (rows[chosen[:, 0]] - job.window[0]).to(clean.device)[:, None]
            left = (columns[chosen[:, 1]] - job.window[1]).to(clean.device)[:, None]
            inside_rows = (down >= first) & (down < first + self.occluder.size)
            inside_columns = (across >= left) & (across < left + self.occluder.size)
            covered = inside_rows[:, None, :, None] & inside_columns[:, None, None, :]
            yield chosen, torch.where(covered, noise, clean)

    @staticmethod
    def _cut(picture: Tensor, window: Window) -> Tensor:
        top, left, bottom, right = window
        return picture[:, top:bottom, left:right]


def _shared(jobs: list[_Job]) -> list[_Job]:
    """Join jobs wherever running their boxes as one costs no more than running them apart."""
    done: list[_Job] = []
    for job in jobs:
        for place, other in enumerate(done):
            both = job.joined(other)
            if both.cost <= job.cost + other.cost:
                done[place] = both
                break
        else:
            done.append(job)
    return done
