"""The one run of the network: thresholds' candidates, top images, and the parts of maps that may lie above."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from methods.dissection.peaks import Peaks
from methods.dissection.rectifier import tapped
from methods.dissection.rotation import rotation
from methods.dissection.settings import Settings, above
from methods.dissection.sparse import Layout, Sparse, kept, remainders, thinned
from methods.dissection.store import Chunk, Store, together
from methods.dissection.threads import side_by_side
from methods.dissection.thresholds import TopValues
from methods.errors import InputError
from methods.images import Subset
from methods.method import silent
from methods.scan import Batch, Scan, require_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from methods.images import Images
    from methods.method import Progress
    from methods.probe import Probe
    from methods.receptive_field import ReceptiveField

TOLERATED = 0.01
"""The part of a probe set that may be broken; a dissection of a set with more would speak of another set."""

_BYTES = 24 << 20  # a chunk ends when it holds so much, however few pictures that are
_TOGETHER = {"cpu": 8}  # pictures in one run of the network; small batches stay in a processor's caches
_TOGETHER_ELSEWHERE = 64


@dataclass
class Tap:
    """What one layer has given so far.

    Args:
        layer: its own name.
        source: the layer whose activations are taken, another one before or after a rectifier.
        rectify: whether they still have to be rectified.
        units: how many.
        size: rows and columns of its maps.
        keep: largest values held for each unit.
        count: top images for each unit.
        field: the receptive field of its positions.
        turn: units x units, directions to look at in place of units.
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
    top: TopValues | None = None
    peaks: Peaks | None = None

    @property
    def layout(self) -> Layout:
        """How its maps are numbered where they are kept."""
        return Layout(self.units, max(2, self.size[0]), max(2, self.size[1]))

    @property
    def positions(self) -> int:
        """Of one of its maps."""
        return self.size[0] * self.size[1]

    @property
    def bounds(self) -> NDArray[Any]:
        """What only larger activations can still matter than, unit by unit."""
        return np.full(self.units, -np.inf) if self.top is None else self.top.bounds

    def add(self, batch: Batch, images: Images, indices: Sequence[int]) -> Sparse:
        """Take in a batch, and give what must be kept of it.

        Raises:
            InputError: an activation is not finite.
        """
        maps = self._maps(batch.maps[self.source])
        found, finite = _peaks(maps)
        if not finite:
            require_finite(maps.flatten(1), batch, images, self.layer)
        if self.top is None:
            self.top = TopValues(self.units, self.keep, found.dtype)
        if self.peaks is None:
            self.peaks = Peaks(self.units, self.count, found.dtype)
        self.peaks.add(found, np.asarray(indices))
        sparse, units, values = kept(self._doubled(maps), self.top.bounds)
        if min(self.size) == 1:  # what is kept twice counts once
            values = maps.permute(0, 2, 3, 1).reshape(-1, self.units).cpu().numpy()
            good = values > self.top.bounds
            values, units = values[good], good.nonzero()[1].astype(np.uint32)
        self.top.add(units, values)
        return sparse

    def resume(self, store: Iterable[Chunk], bounds: NDArray[Any], peaks: Peaks) -> None:
        """Take up where a scan was interrupted.

        Args:
            store: what it had handed over.
            bounds: :attr:`bounds` at that time.
            peaks: its top images.
        """
        self.peaks, self.top = peaks, TopValues.resumed(self.keep, bounds)
        for chunk in store:
            sparse, layout = chunk.layers[self.layer], self.layout
            good = sparse.values > bounds[remainders(sparse.keys, layout.units)]
            place = sparse.keys // sparse.keys.dtype.type(layout.units)
            row = place // sparse.keys.dtype.type(layout.columns)
            good &= remainders(place, layout.columns) < self.size[1]  # what is kept twice counts once
            good &= remainders(row, layout.rows) < self.size[0]
            self.top.add(remainders(sparse.keys[good], layout.units), sparse.values[good])
        self.top.settle()

    def settle(self) -> None:
        """Raise the bounds as far as what was seen allows."""
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
        return torch.stack([(self.turn @ one.flatten(1)).view_as(one) for one in maps])

    def _doubled(self, maps: Tensor) -> Tensor:
        """Two rows and two columns at least."""
        layout = self.layout
        return maps.expand(
            -1, -1, layout.rows if maps.shape[2] == 1 else -1, layout.columns if maps.shape[3] == 1 else -1
        )


def _peaks(maps: Tensor) -> tuple[NDArray[Any], bool]:
    """The largest activation on every map, units x pictures; and False if perhaps not every activation is finite."""
    if maps.device.type == "cpu":
        inner = maps.permute(0, 2, 3, 1).numpy()
        peaks, total = inner.max((1, 2)).T, inner.sum()
    else:
        peaks, total = maps.amax((2, 3)).T.cpu().numpy(), maps.sum().cpu().numpy()
    return peaks, bool(np.isfinite(total) and np.isfinite(peaks).all())


def taps(probe: Probe, layers: Sequence[str], settings: Settings, pictures: int) -> dict[str, Tap]:
    """What a dissection of some layers listens to.

    Args:
        probe: the network.
        layers: names or aliases.
        settings: of the dissection.
        pictures: of the whole probe set, of which a shard may see a part.

    Raises:
        UnitError: a layer that the network does not have.
        InputError: a layer without the rectifier asked for.
    """
    found = {}
    for name in layers:
        layer = probe.layer(name)
        source, rectify = tapped(probe, layer.name, settings.rectifier)
        rows, columns = layer.map_size
        keep = above(settings.quantile, pictures * rows * columns) + 1
        found[layer.name] = Tap(
            layer.name,
            source,
            rectify,
            layer.units,
            (rows, columns),
            keep,
            settings.count,
            probe.layer(source).field,
            rotation(layer.units, settings.rotate, settings.seed),
        )
    return found


@dataclass
class Scanning:
    """Runs the network over a range of a probe set, chunk by chunk.

    Args:
        probe: the network.
        images: the whole probe set.
        taps: of the layers.
        first: the first picture of the range.
        done: the first picture that was not looked at yet.
        scanned: pictures that were looked at.
        broken: names of those that could not be read.
    """

    probe: Probe
    images: Images
    taps: dict[str, Tap]
    first: int = 0
    done: int = 0
    scanned: int = 0
    broken: list[str] = dataclasses.field(default_factory=list)

    def run(  # noqa: PLR0913 (where to, how far, and four ways of going about it, by keyword)
        self,
        store: Store,
        last: int,
        *,
        chunk: int = 256,
        batch: int | None = None,
        workers: int | None = None,
        progress: Progress = silent,
        saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Look at the pictures from ``done`` up to ``last``.

        Args:
            store: where chunks go.
            last: the first picture that is not looked at any more.
            chunk: pictures in a chunk, about; fewer where they hold much.
            batch: pictures that are loaded and looked at together; the numbers do not depend on it.
            workers: threads that load.
            progress: told how many pictures of the range are done.
            saved: called after every chunk.

        Raises:
            InputError: an activation is not finite, or more than 1 % of the pictures are broken.
        """
        first, size = self.done, last - self.first
        if first >= last:
            return
        together = _TOGETHER.get(self.probe.device.type, _TOGETHER_ELSEWHERE)
        part = Subset(self.images, tuple(range(first, last)))
        sources = list(dict.fromkeys(tap.source for tap in self.taps.values()))
        scan = Scan(self.probe, part, sources, batch=batch or together, workers=workers, fill=together)
        before, gathered = list(self.broken), _Gathered(self.taps, first)
        for one in scan:
            self.broken = [*before, *scan.broken]
            require_whole(self.broken, len(self.images), self.images.name)
            gathered.add(one, part)
            done = first + scan.scanned + len(scan.broken)
            progress(done - self.first, size)
            if len(gathered.indices) >= chunk or gathered.nbytes > _BYTES:
                self._close(gathered.chunk(), store, done)
                saved()
        self.broken = [*before, *scan.broken]
        require_whole(self.broken, len(self.images), self.images.name)
        self._close(gathered.chunk(), store, last)
        saved()
        progress(size, size)

    def _close(self, chunk: Chunk, store: Store, done: int) -> None:
        """Hand over what was gathered."""
        if chunk.indices:
            store.add(chunk)
        self.scanned += len(chunk.indices)
        self.done = done


def require_whole(broken: Sequence[str], pictures: int, name: str) -> None:
    """Stop where too much of a probe set is broken.

    Raises:
        InputError: more than :data:`TOLERATED` of it.
    """
    if len(broken) > TOLERATED * pictures:
        raise InputError(
            f"{len(broken)} of the {pictures} pictures of {name} are broken ({', '.join(broken[:3])}"
            f"{' ...' if len(broken) > 3 else ''}), which is more than {TOLERATED:.0%}; repair or remove them"
        )


class _Gathered:
    """The batches of one chunk."""

    def __init__(self, taps: dict[str, Tap], first: int) -> None:
        self._taps, self._first = taps, first
        self._clear()

    def _clear(self) -> None:
        self.indices: list[int] = []
        self.nbytes = 0
        self._parts: list[dict[str, Sparse]] = []
        self._counts: list[int] = []

    def add(self, batch: Batch, images: Images) -> None:
        """Take in a batch, whose pictures are numbered from ``first`` of the probe set."""
        indices = [self._first + index for index in batch.indices]
        found = side_by_side({name: partial(tap.add, batch, images, indices) for name, tap in self._taps.items()})
        self.indices += indices
        self.nbytes += sum(sparse.nbytes for sparse in found.values())
        self._parts.append(found)
        self._counts.append(len(indices))

    def chunk(self) -> Chunk:
        """What was gathered, thinned by bounds that rose meanwhile; begins anew."""
        layers = side_by_side({name: partial(self._thinned, name) for name in self._taps})
        made = Chunk(tuple(self.indices), layers)
        self._clear()
        return made

    def _thinned(self, name: str) -> Sparse:
        tap = self._taps[name]
        tap.settle()
        parts = [
            thinned(part[name], tap.layout, tap.bounds, count)
            for part, count in zip(self._parts, self._counts, strict=True)
        ]
        return together(parts, self._counts, tap.layout) if parts else Sparse(np.empty(0, np.uint32), np.empty(0))
