"""The one run of the network: thresholds' candidates, top images, and the parts of maps that may lie above."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from visualize.methods.dissection.sparse import Sparse, thinned
from visualize.methods.dissection.store import Chunk, Store, together
from visualize.methods.dissection.threads import side_by_side
from visualize.methods.errors import InputError
from visualize.methods.network.precision import Arithmetic
from visualize.methods.pictures.batch_size import fitting
from visualize.methods.pictures.images import Subset
from visualize.methods.pictures.scan import Batch, Scan
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.precision import Precision
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress


TOLERATED = 0.01
"""The part of a probe set that may be broken; a dissection of a set with more would speak of another set."""

_BYTES = 24 << 20  # a chunk ends when it holds so much, however few pictures that are
_TOGETHER = {"cpu": 8}  # pictures in one run of the network; small batches stay in a processor's caches
_TOGETHER_ELSEWHERE = 64


@dataclass
class Scanning:
    """Runs the network over a range of a probe set, chunk by chunk.

    Args:
        probe: the network.
        images: the whole probe set.
        taps: one for each layer, by its name.
        precision: arithmetic in which the network runs.
        first: the first picture of the range.
        done: the first picture that was not looked at yet.
        scanned: pictures that were looked at.
        broken: names of the pictures that could not be read.
    """

    probe: Probe
    images: Images
    taps: dict[str, Tap]
    precision: Precision = "float32"
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
        batch: int | Literal["auto"] | None = None,
        workers: int | None = None,
        progress: Progress = silent,
        saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Look at the pictures from ``done`` up to ``last``.

        Args:
            store: where chunks go.
            last: the first picture that is not looked at any more.
            chunk: pictures in a chunk, about; fewer where they hold much.
            batch: pictures that are loaded together, on which the numbers do not depend; ``"auto"`` are as many as the
                memory holds, which the network also looks at together.
            workers: threads that load.
            progress: told how many pictures of the range are done.
            saved: called after every chunk.

        Raises:
            InputError: an activation is not finite, or more than 1 % of the pictures are broken.
        """
        first, size = self.done, last - self.first
        if first >= last:
            return
        together, sources = self._together(batch)
        part = Subset(self.images, tuple(range(first, last)))
        scan = Scan(
            self.probe, part, sources, batch=batch if isinstance(batch, int) else together, workers=workers,
            fill=together,
            respond=partial(Arithmetic(probe=self.probe, precision=self.precision).activations, layers=sources),
        )  # fmt: skip
        before, gathered = list(self.broken), _Gathered(self.taps, first)
        for loaded in scan:
            self.broken = [*before, *scan.broken]
            require_whole(self.broken, len(self.images), self.images.name)
            gathered.add(loaded, part)
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

    def _together(self, batch: int | Literal["auto"] | None) -> tuple[int, list[str]]:
        """How many pictures the network looks at together, and the layers that it is asked for."""
        sources = list(dict.fromkeys(tap.source for tap in self.taps.values()))
        if batch == "auto":
            return fitting(self.probe, sources), sources
        return _TOGETHER.get(self.probe.device.type, _TOGETHER_ELSEWHERE), sources

    def _close(self, chunk: Chunk, store: Store, done: int) -> None:
        """Hand a finished chunk over to the store."""
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
        parts = side_by_side({name: partial(tap.add, batch, images, indices) for name, tap in self._taps.items()})
        self.indices += indices
        self.nbytes += sum(sparse.nbytes for sparse in parts.values())
        self._parts.append(parts)
        self._counts.append(len(indices))

    def chunk(self) -> Chunk:
        """The gathered batches as one chunk, thinned by bounds that rose meanwhile; begins anew."""
        layers = side_by_side({name: partial(self._thinned, name) for name in self._taps})
        chunk = Chunk(tuple(self.indices), layers)
        self._clear()
        return chunk

    def _thinned(self, name: str) -> Sparse:
        tap = self._taps[name]
        tap.settle()
        floor = tap.floor(tap.bounds)
        parts = [
            thinned(part[name], tap.numbering, floor, count)
            for part, count in zip(self._parts, self._counts, strict=True)
        ]
        return together(parts, self._counts, tap.numbering) if parts else Sparse(np.empty(0, np.uint32), np.empty(0))
