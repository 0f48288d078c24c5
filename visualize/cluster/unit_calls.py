"""Calls of methods by the workers of a cluster: pieces are units whose pictures are made together."""

from __future__ import annotations

import warnings
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from visualize.cluster.dissection_worker import loaded
from visualize.cluster.pool import Pool
from visualize.methods.errors import BrokenImageWarning, InputError, InputWarning, NetworkWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.pool import Engine
    from visualize.methods.method import Method
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.provenance import Identity
    from visualize.methods.result import Result
    from visualize.methods.unit import Target
    from visualize.store.shared_calls import Call

_SAID = (BrokenImageWarning, InputWarning, NetworkWarning)


@dataclass(frozen=True, kw_only=True)
class CallJob:
    """Everything that a worker has to know before its first call.

    Args:
        network: the network.
        identity: what results call it.
        prepare: how pictures become its input.
        torch: the version that the last bits depend on.
        threads: that the network runs in, on which they depend too.
        folder: which relative paths begin from.
    """

    network: NetworkSource
    identity: Identity
    prepare: Preparation
    torch: str
    threads: int
    folder: str


@dataclass(frozen=True)
class Made:
    """Results of one call without their provenance, the seconds of each, warnings; or why there are none."""

    results: tuple[Result, ...] = ()
    seconds: tuple[float, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    fault: InputError | None = None


class CallWorker:
    """Makes calls of methods on one network.

    Args:
        job: which network. Nothing is loaded yet.
    """

    def __init__(self, job: CallJob) -> None:
        self._job = job

    def ready(self) -> None:
        """Load the network.

        Raises:
            InputError: it is not what the job is about, or cannot be loaded here.
        """
        job = self._job
        probe = loaded(job)
        if probe.prepare != job.prepare or probe.identity != job.identity:
            probe = probe.changed(prepare=job.prepare, identity=job.identity)
        self._probe = probe

    def look(self, method: Method, units: Sequence[Target], images: Images | None) -> Made:
        """Call a method."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                results = method(self._probe, units, images)
            except InputError as fault:
                return Made(fault=fault)
        said = tuple((item.category.__name__, str(item.message)) for item in caught if item.category in _SAID)
        bare: Any = None  # it is told by whoever asked
        return Made(
            tuple(replace(result, provenance=bare) for result in results),
            tuple(result.provenance.seconds for result in results),
            said,
        )


class ClusterCalls:
    """Makes calls with the workers of a cluster, which load the network once; a context that ends them.

    Args:
        engine: gives the engine whose workers do a job.
        network: the network as workers load it.
    """

    def __init__(self, engine: Callable[[CallJob], Engine], network: Callable[[Probe], NetworkSource]) -> None:
        self._engine, self._network = engine, network
        self._pool: Pool | None = None
        self._of: tuple[Identity, Preparation, int] | None = None

    def __call__(self, probe: Probe, calls: Sequence[Call]) -> Iterator[Sequence[Result] | InputError]:
        """Results of each call in order, or why there are none.

        Raises:
            InputError: workers cannot load the network, or too many of them are lost.
        """
        done = False
        try:
            yield from self._ordered(probe, calls)
            done = True
        finally:
            if not done:
                self.close()  # nobody asks for what workers are still at

    def _ordered(self, probe: Probe, calls: Sequence[Call]) -> Iterator[Sequence[Result] | InputError]:
        pieces = [_Piece(number, call) for number, call in enumerate(calls)]
        early: dict[int, Made] = {}
        following = deque(pieces)
        work = self._workers(probe).work(
            pieces, lambda piece: ("look", (piece.call.method, piece.call.units, piece.call.images))
        )
        for piece, made in work:
            early[piece.number] = made
            while following and following[0].number in early:
                first = following.popleft()
                yield _told(early.pop(first.number), first.call.method, probe)

    def _workers(self, probe: Probe) -> Pool:
        of = probe.identity, probe.prepare, torch.get_num_threads()
        if self._pool is None or self._of != of:
            self.close()
            network = replace(self._network(probe), weights_sha256=probe.identity.weights_sha256 or "")
            job = CallJob(
                network=network, identity=probe.identity, prepare=probe.prepare, torch=torch.__version__,
                threads=torch.get_num_threads(), folder=str(Path.cwd()),
            )  # fmt: skip
            self._pool, self._of = Pool(self._engine(job)), of
        return self._pool

    def close(self) -> None:
        """End all workers at once."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None


@dataclass(frozen=True, eq=False)
class _Piece:
    number: int
    call: Call

    def __str__(self) -> str:
        units = self.call.units
        return f"{self.call.method.name} of {units[0]}{f' to {units[-1]}' if len(units) > 1 else ''}"


def _told(made: Made, method: Method, probe: Probe) -> Sequence[Result] | InputError:
    """Results with their provenance, when what was said of them is said here."""
    kinds = {kind.__name__: kind for kind in _SAID}
    for name, words in made.said:
        warnings.warn(words, kinds[name], stacklevel=2)
    if made.fault is not None:
        return made.fault
    return [
        replace(result, provenance=method.provenance(probe, seconds))
        for result, seconds in zip(made.results, made.seconds, strict=True)
    ]
