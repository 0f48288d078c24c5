"""One run of a network over a probe set, batch by batch."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network import accelerator
from visualize.methods.pictures.batch_size import halved
from visualize.methods.pictures.reader import Reader
from visualize.methods.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images


_AHEAD = 3  # batches that are loaded while one is computed


@dataclass(frozen=True)
class Batch:
    """Some pictures of a probe set and the maps of layers on them.

    Args:
        indices: the places of the pictures in the set, rising.
        pictures: N x 3 x H x W, uint8, on the CPU.
        maps: for each layer asked for, by name, N x units x rows x columns on the network's device.
    """

    indices: tuple[int, ...]
    pictures: Tensor
    maps: dict[str, Tensor]


@dataclass
class Scan:
    """One run over a probe set: iterate over it once, then ask what was skipped.

    Pictures are loaded by threads while the network computes, and come in the set's order. One that cannot be read is
    named in a :class:`~visualize.methods.errors.BrokenImageWarning`, skipped and listed. For a GPU the threads lay the
    pictures out where it copies them from without being waited for. Where its memory does not hold a batch, half as
    many pictures are computed together from then on, which a :class:`~visualize.methods.errors.MemoryWarning` says.

    Args:
        probe: the network.
        images: the probe set.
        layers: names or aliases of the layers whose maps are wanted.
        batch: pictures in one run of the network. Small batches stay in the processor's caches and in memory that the
            allocator keeps; 8 was the fastest of 1 to 32 on two cores.
        workers: threads that load; by default one for each processor, at most 8.
        fill: the network always sees so many pictures at once, repeated ones where there are fewer, whatever ``batch``
            is: the last bits of an activation can depend on how many pictures are computed together.
        progress: told the number of pictures that are done.
        respond: computes what is wanted of N x 3 x H x W, RGB in 0..1, by name, where that is not the layers' maps.

    Raises:
        InputError: while iterating: the set is empty, none of its pictures can be read, or an activation is not finite.
    """

    probe: Probe
    images: Images
    layers: Sequence[str]
    batch: int = 8
    workers: int | None = None
    progress: Progress = silent
    fill: int | None = None
    respond: Callable[[Tensor], dict[str, Tensor]] | None = None
    _reader: Reader = field(init=False, repr=False)
    _begin: int = field(default=0, init=False)
    _most: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._reader = Reader(self.images)

    @property
    def broken(self) -> list[str]:
        """The names of the pictures that could not be read so far."""
        return self._reader.broken

    @property
    def scanned(self) -> int:
        """How many pictures could be read so far."""
        return self._reader.scanned

    @property
    def said(self) -> list[str]:
        """The warnings on the pictures that could not be read so far."""
        return self._reader.said

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for a reader of results, on the pictures that could not be read."""
        return self._reader.notes

    def go_on(self, scanned: int, broken: Sequence[str], said: Sequence[str]) -> None:
        """Begin behind the pictures that another scan of the same looked at, whose batches are not given again.

        Args:
            scanned: how many it could read, in whole batches of these.
            broken: the names of those that it could not.
            said: the warnings on them, which are said again.
        """
        self._reader.go_on(scanned, broken, said)
        self._begin = scanned + len(broken)

    def __iter__(self) -> Iterator[Batch]:
        total = len(self.images)
        if self._begin:
            self.progress(self._begin, total)
        for number, loaded in enumerate(self._loaded(total)):
            start = self._begin + number * self.batch
            kept = self._reader.readable(start, loaded.outcomes)
            if kept and loaded.pictures is not None:
                yield Batch(tuple(index for index, _ in kept), loaded.pictures, self._run(loaded.pictures))
            self.progress(min(start + self.batch, total), total)
        self._reader.require_some()

    def _loaded(self, total: int) -> Iterator[_Loaded]:
        """Batches in order, a few of them loaded ahead."""
        workers = self.workers or min(8, os.cpu_count() or 1)
        waiting: deque[Callable[[], _Loaded]] = deque()
        starts, prepare, device = iter(range(self._begin, total, self.batch)), self.probe.prepare, self.probe.device
        pool = ThreadPoolExecutor(workers, thread_name_prefix="load")
        try:
            while True:
                while len(waiting) < _AHEAD and (start := next(starts, None)) is not None:
                    end = min(start + self.batch, total)
                    several = [pool.submit(self._reader.load, index, prepare) for index in range(start, end)]
                    if accelerator.is_gpu(device):  # threads begin in order: those that it waits for are at work
                        waiting.append(pool.submit(_Loaded.staged, several, device).result)
                    else:
                        waiting.append(partial(_Loaded.plain, several))
                if not waiting:
                    return
                yield waiting.popleft()()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, pictures: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            return self._maps(accelerator.sent(pictures, self.probe.device).float().div_(255))

    def _maps(self, pictures: Tensor) -> dict[str, Tensor]:
        while True:
            together = self.fill if self._most is None else self._most
            size = together if together and self.fill else min(len(pictures), together or len(pictures))
            try:
                return self._together(pictures, together)
            except torch.OutOfMemoryError:
                if size == 1:
                    raise
            self._most = halved(size, self.probe.device)

    def _together(self, pictures: Tensor, together: int | None) -> dict[str, Tensor]:
        """Maps on pictures, the network seeing so many at once, repeated ones where there are fewer."""
        look = self.respond or partial(self.probe.activations, layers=self.layers)
        if together is None:
            return look(pictures)
        parts = []
        for part in torch.split(pictures, together):
            lacks = together - len(part) if self.fill is not None else 0
            whole = torch.cat([part, part[:1].expand(lacks, -1, -1, -1)]) if lacks else part
            maps = look(whole)
            parts.append({layer: output[: len(part)] for layer, output in maps.items()})
        if len(parts) == 1:
            return parts[0]
        return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}


@dataclass(frozen=True)
class _Loaded:
    """Pictures of a batch as they were loaded, and those that could be read as one tensor; None of none."""

    outcomes: list[Picture | BrokenImage]
    pictures: Tensor | None

    @classmethod
    def plain(cls, several: Sequence[Future[Picture | BrokenImage]]) -> _Loaded:
        outcomes, whole = _read(several)
        return cls(outcomes, stacked(whole) if whole else None)

    @classmethod
    def staged(cls, several: Sequence[Future[Picture | BrokenImage]], device: torch.device) -> _Loaded:
        """Pictures where a device copies them from fastest."""
        outcomes, whole = _read(several)
        if not whole:
            return cls(outcomes, None)
        held = accelerator.staged((len(whole), *whole[0].shape), torch.uint8, device)
        np.stack(whole, out=held.numpy())
        return cls(outcomes, held.permute(0, 3, 1, 2))


def _read(several: Sequence[Future[Picture | BrokenImage]]) -> tuple[list[Picture | BrokenImage], list[Picture]]:
    outcomes = [future.result() for future in several]
    return outcomes, [picture for picture in outcomes if not isinstance(picture, BrokenImage)]


def require_finite(peaks: Tensor, batch: Batch, images: Images, layer: str) -> None:
    """Stop at the first picture whose activations are not all finite.

    Args:
        peaks: N x anything: values that are not finite whenever an activation of picture n is not (such as its maxima).
        batch: the N pictures.
        images: where they come from, for their names.
        layer: the name of the layer whose activations they are.

    Raises:
        InputError: naming the picture and the layer.
    """
    if bool(peaks.sum().isfinite()):  # a sum of numbers that are not all finite never is
        return
    good = peaks.flatten(1).isfinite().all(1)
    if not bool(good.all()):
        index = batch.indices[int((~good).nonzero()[0])]
        raise not_finite(layer, images.file(index))


def not_finite(layer: str, file: str, what: str = "an activation") -> InputError:
    """The error of a layer that gives no numbers for a picture.

    Args:
        layer: the name of the layer.
        file: the name of the picture.
        what: the value that is not finite, with its article.
    """
    return InputError(
        f"{layer} gives {what} that is not finite for {file}; check the network's weights and its preparation of "
        f"pictures"
    )


def gradient_not_finite(subject: str, consequence: str) -> InputError:
    """The error of a gradient that is NaN or infinite where a picture is to be made by it.

    Args:
        subject: whose gradient it is, as the message begins.
        consequence: what cannot be done.
    """
    return InputError(
        f"the gradient of {subject} is not finite (NaN or infinite), so that {consequence}; mend what has no finite "
        f"derivative on the way to it (a root, a logarithm or a division at 0), or choose another layer"
    )


def stacked(pictures: Sequence[Picture]) -> Tensor:
    """Pictures of one size, H x W x 3 each, as N x 3 x H x W, uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
