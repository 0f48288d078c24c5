"""Features read by the workers of a cluster: pieces are pictures, of which the network sees the same ones together."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from visualize.cluster.broken_pictures import require_broken
from visualize.cluster.dissection_worker import loaded
from visualize.cluster.pieces import Piece, cut
from visualize.cluster.pool import pool
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.pictures.images import Subset
from visualize.methods.progress import silent
from visualize.transfers.features import Reading, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.pool import Engine
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.progress import Progress
    from visualize.methods.transfer.pooling import AveragePool, Grid
    from visualize.transfers.features import Rows

_PICTURES = 64  # of a piece, about


@dataclass(frozen=True, kw_only=True)
class FeatureJob:
    """Everything that a worker has to know before its first piece.

    Args:
        network: the network.
        prepare: how pictures become its input.
        images: the pictures, pickled.
        pooling: by layer, how its maps are averaged.
        batch: pictures in one run of the network.
        torch: the version that the last bits depend on.
        threads: that the network runs in, on which they depend too.
        folder: which relative paths begin from.
    """

    network: NetworkSource
    prepare: Preparation
    images: bytes
    pooling: Mapping[str, AveragePool | Grid]
    batch: int
    torch: str
    threads: int
    folder: str


@dataclass(frozen=True)
class Read:
    """A piece that was read: places of its pictures, their features by layer, and warnings on the broken ones."""

    places: list[int]
    rows: Mapping[str, NDArray[np.float32]]
    said: tuple[str, ...]


class FeatureWorker:
    """Reads the features of pieces of one set.

    Args:
        job: what is read. Nothing is loaded yet.
    """

    def __init__(self, job: FeatureJob) -> None:
        self._job = job

    def ready(self) -> None:
        """Load the network.

        Raises:
            InputError: it is not what the job is about, or cannot be loaded here.
        """
        job = self._job
        self._probe = loaded(job).changed(prepare=job.prepare)
        self._images = pickle.loads(job.images)  # noqa: S301 (this program's own, as all that Ray hands on)

    def read(self, first: int, last: int) -> Read:
        """Read the features of the pictures from ``first`` to before ``last``.

        Raises:
            InputError: an activation is not finite.
        """
        part = Subset(self._images, tuple(range(first, last)))
        asked = Reading(self._probe, part, self._job.pooling, self._job.batch, lenient=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", BrokenImageWarning)
            read = list(rows_of(asked, silent))
        said = tuple(str(item.message) for item in caught if issubclass(item.category, BrokenImageWarning))
        places = [first + place for some, _ in read for place in some]
        return Read(
            places, {name: np.concatenate([rows[name] for _, rows in read]) for name in self._names(read)}, said
        )

    def _names(self, read: list[Rows]) -> list[str]:
        return list(self._job.pooling) if read else []


@dataclass(frozen=True)
class ClusterFeatures:
    """Reads features with the workers of a cluster.

    Args:
        engine: gives the engine whose workers do a job.
        network: the network as workers load it.
    """

    engine: Callable[[FeatureJob], Engine]
    network: NetworkSource

    def __call__(self, asked: Reading, progress: Progress) -> Iterator[Rows]:
        """Features of pictures, piece by piece in their order.

        Raises:
            InputError: what goes wrong on a worker, or with too many of them; or no picture can be read.
        """
        total = len(asked.images)
        pieces = cut(total, max(1, _PICTURES // asked.batch) * asked.batch)
        early: dict[int, Read] = {}
        following, some = 1, asked.lenient
        with pool(self.engine(self._job(asked))) as workers:
            for piece, read in workers.work(pieces, _task):
                unread = set(range(piece.first, piece.last)) - set(read.places)
                broken = {asked.images.file(index) for index in unread}
                require_broken(asked.images, asked.probe.prepare, piece, broken)
                early[piece.number] = read
                while following in early:  # in their order, so that one machine may go on with what was read
                    each = early.pop(following)
                    for words in each.said:
                        warnings.warn(words, BrokenImageWarning, stacklevel=2)
                    if each.places:
                        some = True
                        yield each.places, each.rows
                    progress(pieces[following - 1].last, total)
                    following += 1
        if not some:
            yield from rows_of(asked, progress)  # which says why

    def _job(self, asked: Reading) -> FeatureJob:
        try:
            images = pickle.dumps(asked.images)
        except (pickle.PicklingError, TypeError, AttributeError) as fault:
            raise InputError(f"{asked.images.name} cannot be given to workers ({fault}); leave out --on") from fault
        probe = asked.probe
        return FeatureJob(
            network=replace(self.network, weights_sha256=probe.identity.weights_sha256 or ""), prepare=probe.prepare,
            images=images, pooling=asked.pooling, batch=asked.batch, torch=torch.__version__,
            threads=torch.get_num_threads(), folder=str(Path.cwd()),
        )  # fmt: skip


def _task(piece: Piece) -> tuple[str, tuple[int, int]]:
    return "read", (piece.first, piece.last)


def features_on(where: str, network: NetworkSource) -> Callable[[Reading, Progress], Iterator[Rows]]:
    """Give a reader of features that asks the workers of a cluster.

    Args:
        where: the cluster.
        network: as workers load it.
    """
    from visualize.cluster.ray_engine import connected
    from visualize.cluster.shared_work import same_threads

    def read(asked: Reading, progress: Progress) -> Iterator[Rows]:
        with connected(where) as cluster:
            device = asked.probe.device.type
            threads = same_threads(cluster, device)
            yield from ClusterFeatures(
                engine=lambda job: cluster.engine(FeatureWorker, job, threads=threads, device=device),
                network=replace(network, device=cluster.device(device)),
            )(asked, progress)

    return read
