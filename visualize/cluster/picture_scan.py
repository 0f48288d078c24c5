"""Scans of pictures by the workers of a cluster: each looks at some of them, and what they gathered is merged here."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from visualize.cluster.broken_pictures import require_broken
from visualize.cluster.dissection_worker import loaded
from visualize.cluster.pieces import Piece
from visualize.cluster.pool import pool
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.pictures.images import Subset
from visualize.methods.pictures.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.pool import Engine
    from visualize.methods.pictures.checkpoints import Mergeable
    from visualize.methods.pictures.images import Images

_PICTURES = 128  # of a piece, about


@dataclass(frozen=True, kw_only=True)
class ScanJob:
    """Everything that a worker has to know before its first piece.

    Args:
        network: the network.
        where: the set, as :func:`visualize.data.open_images` takes it.
        listed: digest of the names of its pictures.
        gathering: by layer, what gathers batches, empty.
        batch: pictures in one run of the network.
        torch: the version that the last bits depend on.
        threads: that the network runs in, on which they depend too.
        folder: which relative paths begin from.
    """

    network: NetworkSource
    where: str
    listed: str
    gathering: Mapping[str, Mergeable]
    batch: int
    torch: str
    threads: int
    folder: str


@dataclass(frozen=True)
class Seen:
    """A piece that was looked at: how many pictures, the broken ones, the warnings on them, and what was gathered."""

    scanned: int
    broken: tuple[str, ...]
    said: tuple[str, ...]
    gathered: Mapping[str, Mapping[str, NDArray[Any]]]


class ScanWorker:
    """Looks at pieces of one set.

    Args:
        job: what is looked at. Nothing is loaded yet.
    """

    def __init__(self, job: ScanJob) -> None:
        self._job = job

    def ready(self) -> None:
        """Load the network and open the set.

        Raises:
            InputError: they are not what the job is about, or cannot be loaded here.
        """
        from visualize.data import open_images

        job = self._job
        self._probe = loaded(job)
        self._images = open_images(job.where)
        if listed(self._images) != job.listed:
            raise InputError(f"{self._images.name} has other pictures on a worker than on this machine")

    def look(self, first: int, last: int) -> Seen:
        """Look at the pictures from ``first`` to before ``last``.

        Raises:
            InputError: an activation is not finite.
        """
        part = Subset(self._images, tuple(range(first, last)))
        gathering = {layer: each.empty() for layer, each in self._job.gathering.items()}
        scan = Scan(self._probe, part, list(gathering), batch=self._job.batch, workers=self._job.threads)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BrokenImageWarning)  # they are said where somebody reads them
            try:
                for batch in scan:
                    placed = replace(batch, indices=tuple(first + index for index in batch.indices))
                    for layer, each in gathering.items():
                        each.add(placed, self._images, layer)
            except InputError:
                if scan.scanned or len(scan.broken) < last - first:
                    raise
        gathered = {layer: dict(each.arrays()) for layer, each in gathering.items()}
        return Seen(scan.scanned, tuple(scan.broken), tuple(scan.said), gathered)


def listed(images: Images) -> str:
    """Digest of the names of a set's pictures, in their order."""
    digest = hashlib.sha256()
    for index in range(len(images)):
        digest.update(f"{images.file(index)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


@dataclass(frozen=True)
class ClusterScan:
    """Looks at the pictures of scans with the workers of a cluster; see ``scanned_by`` of ``methods``' checkpoints.

    Args:
        engine: gives the engine whose workers do a job.
        network: the network as workers load it.
        where: the set, as :func:`visualize.data.open_images` takes it.
    """

    engine: Callable[[ScanJob], Engine]
    network: NetworkSource
    where: str

    def __call__(self, scan: Scan, gathering: Mapping[str, Mergeable], saved: Callable[[], None]) -> None:
        """Look at all that a scan has not looked at.

        Raises:
            InputError: what goes wrong on a worker, or with too many of them.
        """
        total, begin = len(scan.images), scan.scanned + len(scan.broken)
        size = max(1, _PICTURES // scan.batch) * scan.batch  # the network sees the same pictures together as otherwise
        firsts = range(begin, total, size)
        pieces = [Piece(number, first, min(first + size, total)) for number, first in enumerate(firsts)]
        if not pieces:
            return
        job = ScanJob(
            network=replace(self.network, weights_sha256=scan.probe.identity.weights_sha256 or ""), where=self.where,
            listed=listed(scan.images), gathering={layer: each.empty() for layer, each in gathering.items()},
            batch=scan.batch, torch=torch.__version__, threads=torch.get_num_threads(), folder=str(Path.cwd()),
        )  # fmt: skip
        early: dict[int, Seen] = {}
        following = 0
        with pool(self.engine(job)) as workers:
            for piece, seen in workers.work(pieces, lambda piece: ("look", (piece.first, piece.last))):
                require_broken(scan.images, scan.probe.prepare, piece, seen.broken)
                early[piece.number] = seen
                while following in early:  # in their order, so that a checkpoint is that of a scan on one machine
                    _take(scan, gathering, early.pop(following))
                    following += 1
                    scan.progress(scan.scanned + len(scan.broken), total)
                    saved()


def _take(scan: Scan, gathering: Mapping[str, Mergeable], seen: Seen) -> None:
    for layer, arrays in seen.gathered.items():
        gathering[layer].merge(arrays)
    scan.go_on(scan.scanned + seen.scanned, [*scan.broken, *seen.broken], seen.said)
