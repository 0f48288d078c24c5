"""A worker of a dissection: it loads the network and opens the set once, then does one piece after another."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from visualize.cluster.pieces import Counted, Scanned, versions_here
from visualize.methods.dissection.counting import Counting
from visualize.methods.dissection.scanning import Scanning
from visualize.methods.dissection.sparse import Sparse
from visualize.methods.dissection.store import Chunk, Memory, together
from visualize.methods.dissection.tally import Tally, Truth
from visualize.methods.dissection.value_counts import FixedBounds, counted
from visualize.methods.errors import BrokenImageWarning, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.cluster.pieces import Job, NetworkSource
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.probe import Probe


class DissectionWorker:
    """Does pieces of one dissection.

    Args:
        job: what is dissected. Nothing is loaded yet.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._counting: tuple[str, Counting] | None = None

    def ready(self) -> None:
        """Load the network and open the probe set.

        Raises:
            InputError: they are not what the job is about, or cannot be loaded here.
        """
        from visualize.data import open_labelled
        from visualize.dissection.record import geometry

        job = self._job
        self._probe = loaded(job)
        with _warnings():
            self._labelled = open_labelled(**job.source)
        if self._labelled.fingerprint != job.fingerprint:
            raise InputError(
                f"{self._labelled.name} is not the same probe set on a worker as on this machine; give a folder that "
                f"all of them see"
            )
        self._taps = geometry(self._probe, job.layers, job.settings, len(self._labelled))

    def scan(self, first: int, last: int, bounds: Mapping[str, NDArray[Any]]) -> Scanned:
        """Run the network over the pictures from ``first`` to before ``last``.

        Args:
            first: number of the first picture.
            last: number of the first picture after them.
            bounds: layer -> for each unit, a value that its threshold is above; missing where none is known.

        Raises:
            InputError: an activation is not finite, or more than 1 % of the set is broken.
        """
        none = {name: np.full(tap.units, -np.inf, np.float32) for name, tap in self._taps.items()}
        taps = {name: replace(tap, top=FixedBounds(bounds.get(name, none[name]))) for name, tap in self._taps.items()}
        precision = self._job.settings.forward
        scanning, store = Scanning(self._probe, self._labelled, taps, precision, first=first, done=first), Memory()
        unread: InputError | None = None
        with _warnings() as said:
            try:
                scanning.run(store, last, chunk=last - first, batch=self._job.batch, workers=self._job.threads)
            except InputError as fault:
                unread = fault
        if unread is not None and len(said) < last - first:
            raise unread
        if unread is not None:  # no picture of the piece can be read: of the whole set others can
            scanning.broken = [self._labelled.file(index) for index in range(first, last)]
        chunk = _whole(list(store), taps)
        return Scanned(
            chunk=chunk,
            broken=tuple(scanning.broken),
            said=tuple(said),
            peaks={name: (tap.peaks.values, tap.peaks.indices) for name, tap in taps.items() if tap.peaks is not None},
            counts={name: counted(*tap.above(chunk, tap.bounds), tap.units) for name, tap in taps.items()},
        )

    def count(self, chunk: Chunk, cuts: Mapping[str, NDArray[Any]], digest: str) -> Counted:
        """Hold what was kept of some pictures' maps against their labels.

        Args:
            chunk: of one piece.
            cuts: layer -> the units' thresholds.
            digest: name of these thresholds.

        Raises:
            InputError: a label that the set does not have, or a label map of another size.
        """
        if self._counting is None or self._counting[0] != digest:
            self._counting = digest, Counting(
                self._labelled, self._probe.prepare, self._job.settings, taps=self._taps, thresholds=cuts,
                workers=self._job.threads, device=self._probe.device,
            )  # fmt: skip
        counting = self._counting[1]
        counting.truth, counting.broken = Truth.empty(counting.vocabulary), []
        counting.tallies = {name: Tally(tap.units, counting.vocabulary) for name, tap in self._taps.items()}
        with _warnings() as said:
            by_picture = counting.add(chunk)
        truth = counting.truth
        return Counted(
            truth=(truth.concepts, truth.categories, truth.pictures),
            intersection={name: _sparse(tally.intersection) for name, tally in counting.tallies.items()},
            activation={name: tally.activation for name, tally in counting.tallies.items()},
            by_picture=by_picture,
            broken=tuple(counting.broken),
            said=tuple(said),
        )


class NetworkJob(Protocol):
    """The part of every job that says what the last bits of a network's answers depend on."""

    @property
    def network(self) -> NetworkSource:
        """The network."""

    @property
    def torch(self) -> str:
        """The version that is needed."""

    @property
    def threads(self) -> int:
        """Threads that the network runs in."""

    @property
    def folder(self) -> str:
        """Which relative paths begin from; empty where there are none."""


def loaded(job: NetworkJob) -> Probe:
    """The network of a job, in the job's folder and threads, which hold for the whole process from then on.

    Raises:
        InputError: it cannot be loaded here, or has other weights, or a library is of another version here.
    """
    import torch

    from visualize.models import trust
    from visualize.models.loading import load

    here = {**versions_here(), "torch": torch.__version__}  # which also says for what it was built
    for name, version in {**job.network.versions, "torch": job.torch}.items():
        if here.get(name) != version:
            raise InputError(
                f"a worker has {name} {here.get(name, 'not at all')} and this machine {version}, which may differ in "
                f"the last bits; install the same everywhere"
            )
    if job.folder:
        with suppress(OSError):  # where it is not there, no path of it is
            os.chdir(job.folder)
    torch.set_num_threads(job.threads)
    source = job.network
    if source.trusted:
        trust.grant()
    probe = load(source.model, weights=source.weights, device=source.device, **source.facts)
    if source.weights_sha256 and probe.identity.weights_sha256 != source.weights_sha256:
        raise InputError(
            f"{source.model} has other weights on a worker than on this machine; give the same file to all of them"
        )
    return probe


def _whole(chunks: Sequence[Chunk], taps: Mapping[str, Tap]) -> Chunk:
    """Chunks in a row as one; without pictures where there is none."""
    if not chunks:
        return Chunk((), {name: Sparse(np.empty(0, np.uint32), np.empty(0, np.float32)) for name in taps})
    if len(chunks) == 1:
        return chunks[0]
    counts = [len(chunk.indices) for chunk in chunks]
    indices = tuple(index for chunk in chunks for index in chunk.indices)
    layers = {
        name: together([chunk.layers[name] for chunk in chunks], counts, tap.numbering) for name, tap in taps.items()
    }
    return Chunk(indices, layers)


def _sparse(table: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    flat = table.reshape(-1)
    places = np.flatnonzero(flat)
    return places, flat.take(places)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Warnings on broken pictures within the block, in place of lines on a worker that nobody reads."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", BrokenImageWarning)
        yield said
    said += [str(item.message) for item in caught if issubclass(item.category, BrokenImageWarning)]
