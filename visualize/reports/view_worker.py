"""A process that looks at units and draws them for a report, and the pool of those on this machine."""

from __future__ import annotations

import pickle
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from visualize.cards import dissection_labels as naming
from visualize.cards import resolve as subject
from visualize.cluster.pool import pool
from visualize.cluster.process_engine import ProcessEngine, processes
from visualize.methods.errors import InputError, InputWarning, one_line
from visualize.methods.unit import Unit
from visualize.reports.held_pictures import HeldPictures
from visualize.reports.layer_work import LayerWork, Means, one_thread
from visualize.store.packed_result import packed, unpacked
from visualize.store.result_address import Addresses, key
from visualize.store.store import open_store
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.cluster.pool import Pool
    from visualize.methods.network.probe import Probe
    from visualize.reports.folders import LayerFolder
    from visualize.reports.layer_work import Piece
    from visualize.reports.records import View
    from visualize.reports.request import ReportRequest
    from visualize.reports.wording import Wording
    from visualize.store.packed_result import Packed


@dataclass(frozen=True, kw_only=True)
class ViewJob:
    """Everything that a worker has to know before its first piece.

    Args:
        request: of the report.
        wording: takes paths out of words.
        folders: of the layers, by their names.
        marks: digest of the dissection by whose labels concepts are marked, by layer; "" where none are.
        network: address of the network and of the arithmetic, which must be the worker's own; "" where that cannot be
            told.
        fingerprint: of the set, likewise.
        trusted: whether the network's own code may run.
    """

    request: ReportRequest
    wording: Wording
    folders: Mapping[str, LayerFolder]
    marks: Mapping[str, str]
    network: str
    fingerprint: str
    trusted: bool


class ViewWorker:
    """Looks at units of one report and draws them.

    Args:
        job: of which report. Nothing is loaded yet.
    """

    def __init__(self, job: ViewJob) -> None:
        self._job = job

    def ready(self) -> None:
        """Load the network and open the set.

        Raises:
            InputError: they are not those of the job, or cannot be loaded here.
        """
        from visualize.data.open import open_any
        from visualize.models import trust

        job, asked = self._job, self._job.request.request
        torch.set_num_threads(1)
        if job.trusted:
            trust.grant()
        entry = subject.catalogue_entry(asked)
        where = subject.asked_for(asked, entry)
        labelled = None if where is None else open_any(where)  # type: ignore[arg-type]
        probe, ours = subject.network(asked, unwatched), subject.is_ours(asked, entry)
        held = None if labelled is None else HeldPictures(labelled)
        self._means = Means(
            probe=probe, images=held, methods=job.request.chosen, addresses=Addresses(probe, loaded=ours),
            store=open_store(probe, loaded=ours) if job.request.cache else None, wording=job.wording, single=True,
        )  # fmt: skip
        self._names = {}
        if held is not None and any(job.marks.values()):
            named = naming.names(probe.identity.name, probe, list(job.folders), where)  # type: ignore[arg-type]
            self._names = {layer: replace(names, labelled=held) for layer, names in named.items() if job.marks[layer]}
        same = all(self._work(layer).marks == mark for layer, mark in job.marks.items())
        if not same or (network_of(self._means), "" if held is None else held.fingerprint) != (
            job.network, job.fingerprint,
        ):  # fmt: skip
            raise InputError("a worker does not see the same network, pictures or names")

    def _work(self, layer: str, tops: Mapping[Unit, Packed] | None = None) -> LayerWork:
        chooser, means = self._means.chooser, self._means
        known = {} if tops is None or chooser is None else {
            unit: unpacked(held, chooser, means.probe, unit, means.images) for unit, held in tops.items()
        }  # fmt: skip
        return LayerWork(means, layer, self._job.folders[layer], self._names.get(layer), unwatched, tops=known)

    def views(self, piece: Piece, tops: Mapping[int, Packed]) -> list[View]:
        """Views of the units of a piece, whose pictures are written.

        Args:
            piece: of one of the layers.
            tops: results that name the photographs of its units, as far as there are some.
        """
        method = next(item for item in self._means.able if item.name == piece.method)
        work = self._work(piece.layer, {Unit(piece.layer, number): held for number, held in tops.items()})
        return work.views(method, piece)


class Workers:
    """Processes of this machine that make views; they start when they are asked for the first.

    Args:
        opened: the pool in which they run.
        means: network, pictures and methods.
    """

    def __init__(self, opened: Pool, means: Means) -> None:
        self._pool, self._means, self._gone = opened, means, False
        self.running = False

    def views(self, pieces: Sequence[Piece], work: LayerWork) -> Iterator[tuple[Piece, list[View]]]:
        """Views of pieces, in whatever order they come; none any more once something went wrong.

        Args:
            pieces: of one layer and method.
            work: knows the photographs of their units.
        """
        if self._gone:
            return
        self.running = True
        try:
            yield from self._pool.work(pieces, lambda piece: ("views", (piece, self._tops(piece, work))))
        except Exception as fault:  # noqa: BLE001 (whatever it is, it comes again where the rest is made, or is gone)
            self._gone, self.running = True, False
            self._pool.close()
            words = one_line(fault)
            warnings.warn(f"one process makes what is left of the report ({words})", InputWarning, stacklevel=2)

    def _tops(self, piece: Piece, work: LayerWork) -> dict[int, Packed]:
        chooser = self._means.chooser
        if chooser is None:
            return {}
        units = (Unit(piece.layer, number) for number in piece.units)
        return {unit.index: packed(work.tops[unit], chooser, self._means.images) for unit in units if unit in work.tops}


def network_of(means: Means) -> str:
    """Address of the network and of one thread's arithmetic; "" where that cannot be told."""
    with one_thread():
        address = means.addresses.network
    return "" if address is None else key(address)


def may_help(request: ReportRequest, probe: Probe) -> bool:
    """Whether other processes can make what this one would: everything is asked for by name, and runs on processors.

    Args:
        request: of the report.
        probe: its network.
    """
    named = isinstance(request.model, str) and (request.data is None or isinstance(request.data, str | Path))
    if not named or probe.device.type != "cpu" or processes(2) < 1:
        return False
    try:
        pickle.dumps(request)
    except (pickle.PicklingError, TypeError, AttributeError):
        return False
    return True


@contextmanager
def workers(job: ViewJob, means: Means) -> Iterator[Workers | None]:
    """Processes that help within the block; none where processors or memory are short.

    Args:
        job: of which report.
        means: network, pictures and methods.
    """
    most = processes(torch.get_num_threads())
    if most < 2 or not job.network:
        yield None
        return
    with pool(ProcessEngine(ViewWorker, job, most)) as opened:
        yield Workers(opened, means)
