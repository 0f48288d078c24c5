"""Measurements of whole layers within a sweep: dissection, what features are worth, what is lost without units."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from visualize.ablation import api as ablation
from visualize.ablation.ablation_files import write_ablation
from visualize.ablation.request import AblationRequest
from visualize.cluster.pieces import NetworkSource
from visualize.dissection.record import geometry
from visualize.dissection.results import paths_of
from visualize.dissection.resumable_run import run
from visualize.dissection.tables import read_all
from visualize.files import require_no_link, safe
from visualize.methods.errors import InputError
from visualize.reports.transfers import FILE, scores
from visualize.sweeps.plan import ABLATE, DISSECT, TRANSFER
from visualize.transfers import api as transfers
from visualize.transfers.request import TransferRequest
from visualize.transfers.room import clear_room
from visualize.transfers.transfer_files import write_transfer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.sweeps.plan import Plan
    from visualize.sweeps.sets import Sets
    from visualize.sweeps.subject import Subject
    from visualize.watch import Watch

    Facts = dict[str, Any]

_FILES = {TRANSFER: (FILE, "transfer.png"), ABLATE: ("ablation.json", "ablation.png", "units.csv")}
_FEW = 3  # layers that a folder is called by


@dataclass(frozen=True, kw_only=True)
class Means:
    """Whatever the work of a sweep needs besides the network.

    Args:
        plan: what is asked for.
        sets: the probe sets.
        watch: shows how the work goes on.
        on: the cluster whose workers help; None is this machine alone.
        trusted: whether networks' own code may run on workers.
    """

    plan: Plan
    sets: Sets
    watch: Watch
    on: str | None = None
    trusted: bool = False

    def network(self, subject: Subject) -> NetworkSource:
        """A network as workers load it."""
        planned = subject.planned
        return NetworkSource(
            model=planned.model, weights=planned.weights, device=self.plan.device, facts=planned.facts,
            trusted=self.trusted,
        )  # fmt: skip

    def folder(self, subject: Subject, kind: str, *words: str) -> str:
        """Name of a folder of results within that of the sweep.

        Raises:
            InputError: it, or one on the way to it, is a link.
        """
        name = f"{subject.planned.folder}/{kind}/{'-'.join(filter(None, map(safe, words)))}"
        for place in (PurePath(name), *PurePath(name).parents[:-1]):
            require_no_link(self.plan.out / place, instead="remove it")
        return name


def dissectable(subject: Subject, data: str, layers: Sequence[str], means: Means) -> dict[str, str]:
    """Layers that cannot be dissected on a set, and why.

    Raises:
        InputError: the set has no labels.
    """
    labelled, refused = means.sets.labelled(data), {}
    for layer in layers:
        try:
            geometry(subject.probe, [layer], means.plan.dissection(), len(labelled))
        except InputError as fault:
            refused[layer] = str(fault)
    return refused


def dissect(subject: Subject, data: str, layers: Sequence[str], means: Means) -> tuple[str, dict[str, Facts]]:
    """Dissect some layers in one run of the network.

    Returns:
        the folder within that of the sweep, and the main numbers by layer.

    Raises:
        InputError: the set, or the folder, does not suit.
    """
    name = means.folder(subject, "dissect", data, marked(layers))
    labelled, settings, source = means.sets.labelled(data), means.plan.dissection(), means.sets.source(data)
    out, batch = means.plan.out / name, means.plan.settings_of(DISSECT).get("batch")
    if means.on is None:
        run(subject.probe, layers, labelled, out, settings, source=source, batch=batch, watch=means.watch)
    else:
        from visualize.cluster.shared_work import dissect_on

        dissect_on(
            means.on, subject.probe, layers, labelled, out, settings, network=means.network(subject), source=source,
            batch=batch, watch=means.watch,
        )  # fmt: skip
    facts = {}
    for table in read_all(out):
        count = table.count()
        facts[table.layer] = {
            "units": len(table.verdicts), "detectors": count.detectors, "concepts": count.concepts
        }  # fmt: skip
    return name, facts


def transfer(subject: Subject, data: str, layers: Sequence[str], means: Means) -> tuple[str, dict[str, Facts]]:
    """Measure what the features of some layers are worth, which are read in one run of the network.

    Returns:
        the folder within that of the sweep, and the main numbers by layer.

    Raises:
        InputError: the data are no task, or too few can be read.
    """
    settings = dict(means.plan.settings_of(TRANSFER))
    if isinstance(categories := settings.get("categories"), str | list):
        settings["categories"] = (categories,) if isinstance(categories, str) else tuple(categories)
    name = means.folder(subject, "transfer", data, marked(layers))
    folder = means.plan.out / name
    planned = subject.planned
    request = TransferRequest(
        models=(planned.model,), layers=tuple(layers), data=data, stated=planned.facts, seed=means.plan.seed,
        weights=() if planned.weights is None else (planned.weights,), device=means.plan.device,
        keep=_kept(folder), on=means.on, trusted=means.trusted, **settings,
    )  # fmt: skip
    worth = transfers.measure(request, means.watch)
    (network,) = worth.networks
    network = replace(network, model=planned.name)
    write_transfer(replace(worth, networks=(network,)), folder)
    clear_room(_kept(folder))
    facts = {}
    for item in network.layers:
        twin = network.untrained(item.layer)
        facts[item.layer] = {
            "score": item.score, "low": item.low, "high": item.high, "measure": worth.measure, "chance": worth.chance,
            "untrained": None if twin is None else twin.score,
        }  # fmt: skip
    return name, facts


def ablate(subject: Subject, data: str, layer: str, means: Means) -> tuple[str, Facts]:
    """Measure what the network loses without the units of a layer.

    Returns:
        the folder within that of the sweep, and the main numbers.

    Raises:
        InputError: the network is no classifier, or the pictures do not suit.
    """
    settings = dict(means.plan.settings_of(ABLATE))
    if "sizes" in settings:
        settings["sizes"] = tuple(settings["sizes"])
    name = means.folder(subject, "ablate", data, layer)
    folder = means.plan.out / name
    planned = subject.planned
    request = AblationRequest(
        model=planned.model, layer=layer, data=data, seed=means.plan.seed, weights=planned.weights,
        stated=planned.facts, device=means.plan.device, keep=_kept(folder), **settings,
    )  # fmt: skip
    lost = ablation.measure(request, means.watch)
    write_ablation(lost, folder)
    clear_room(_kept(folder))
    first = next(iter(lost.strongest), None)
    strongest = None if first is None else f"{first.unit}: {first.headline}"
    return name, {"units": len(lost.units), "classes": len(lost.classes), "strongest": strongest}


def is_whole(method: str, folder: Path) -> bool:
    """Whether a measurement lies in its folder as it was written.

    Args:
        method: what was measured.
        folder: where it lies.
    """
    try:
        if method == DISSECT:
            paths_of(folder)
        elif method == TRANSFER:
            scores([folder / FILE])
    except (InputError, OSError):
        return False
    return all((folder / name).is_file() for name in _FILES.get(method, ()))


def marked(layers: Sequence[str]) -> str:
    """Words for layers in the name of a folder."""
    if len(layers) <= _FEW:
        return "-".join(layers)
    return f"{len(layers)}-layers-{hashlib.sha256(','.join(layers).encode()).hexdigest()[:8]}"


def _kept(folder: Path) -> Path:
    return folder / "kept"
