"""Measuring what features are worth, in one call."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from visualize.cards.resolve import named_layers
from visualize.keywords import spelled_out
from visualize.methods.errors import InputError
from visualize.methods.network.run.shared_copy import weights_sha256
from visualize.methods.plain_state import plain_state
from visualize.methods.provenance import Identity
from visualize.models.catalogue.supervisions import SUPERVISIONS
from visualize.models.device import checked_device
from visualize.models.loading import load
from visualize.models.overrides import Stated, gathered
from visualize.models.sources.random_weights import redraw
from visualize.models.trust import trusting
from visualize.models.weights_choice import require_file
from visualize.notebook import usual
from visualize.transfers.data import open_task
from visualize.transfers.labelling import SHARE, split, turns
from visualize.transfers.measurement import Examiner
from visualize.transfers.preparation import twice_resized
from visualize.transfers.protocols.catalogue import PROTOCOLS
from visualize.transfers.protocols.linear import require_sklearn
from visualize.transfers.request import TransferRequest
from visualize.transfers.result import Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from visualize.methods.network.probe import Probe
    from visualize.models.products import Given
    from visualize.transfers.features import Elsewhere
    from visualize.transfers.labelling import Labelling, Task
    from visualize.transfers.records import NetworkWorth
    from visualize.transfers.scoring import Judge
    from visualize.watch import Watch

_ALONE = "scenes-alexnet"  # where weights or facts of one network are given, and no model
_TRUNK = ("conv1", "conv2", "conv3", "conv4", "conv5")  # layers that all embedded networks have
_RANDOM = "random/"


@spelled_out(
    TransferRequest, Stated, hidden=["trusted"], elsewhere={"images": "data", "trusted": "trust", "layer": "layers"}
)
def transfer(
    *models: str | Given,
    data: str | Path | Labelling = "scenes",
    layers: str | Sequence[str] = "all",
    weights: str | Path | Sequence[str | Path] = (),
    trust: bool = False,
    watch: Watch | None = None,
    **asked: Any,  # noqa: ANN401 (the further fields of TransferRequest, and facts of the networks)
) -> Transfer:
    """Measure how much of another task can be read off the layers of networks.

    Args:
        models: names of models, modules, or :class:`visualize.methods.Probe`; none is the embedded networks, one for
            each supervision, and with ``weights`` or facts of a network ``scenes-alexnet``.
        data: class folders, a table, a labelled probe set of ``viz data`` or a dataset of the hub.
        layers: names, several with commas; ``"all"`` for every block, ``"every"`` for every layer. Of the embedded
            networks together all are conv1 to conv5, which they share.
        weights: a file to take in the place of a model's own weights; of several models, one for each.
        trust: let the code run that comes with a model, as :func:`visualize.load` takes it, on workers too.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: the further fields of :class:`~visualize.transfers.request.TransferRequest`, and facts of all the
            networks in place of those that are known of them: ``size``, ``mean``, ``std``, ``order``, ``prepare`` and
            ``classes``.

    Returns:
        the scores, with chance, the untrained twin, shuffled labels and an interval beside each.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> worth = transfer("scenes-alexnet", layers="conv5", numbers=1, count=60, twin=False)
        >>> [row["layer"] for row in worth.rows()], worth.measure
        (['conv5'], 'mean average precision (area)')
        >>> worth.networks[0].best.score > worth.chance
        True
    """
    named = tuple(name.strip() for name in layers.split(",") if name.strip()) if isinstance(layers, str) else layers
    files = (weights,) if isinstance(weights, str | Path) else tuple(weights)
    request = TransferRequest(
        models=models, data=data, layers=tuple(named), weights=files, trusted=trust, **gathered(asked)
    )
    with trusting(yes=trust):
        return measure(request, watch or usual())


@plain_state()
def measure(request: TransferRequest, watch: Watch) -> Transfer:
    """Measure what a request asks for.

    Raises:
        InputError: something in it cannot be used; the message says what to do.
    """
    require_sklearn()
    models, layers = _asked(request)
    for file in request.weights:
        require_file(file)
    tasks = _tasks(request, watch)
    examiner = Examiner(
        tasks, PROTOCOLS[request.protocol], request.most, request.batch, request.seed, request.explain, request.keep
    )
    judges, task = examiner.judges(), tasks[0]
    files = request.weights or (None,) * len(models)
    embedded = not request.models and len(models) > 1
    work = _Work(examiner, replace(request, layers=layers), watch, {} if embedded else None)
    networks = tuple(work.network(model, file) for model, file in zip(models, files, strict=True))
    return Transfer(
        data=task.images.name,
        classes=task.classes,
        several=task.several,
        pictures=(min(int((~each.test).sum()) for each in tasks), sum(int(each.test.sum()) for each in tasks)),
        split=task.split,
        protocol=request.protocol,
        measure=judges[0].measure,
        chance=_chance(tasks, judges),
        seed=request.seed,
        networks=networks,
        notes=task.notes,
    )


def _tasks(request: TransferRequest, watch: Watch) -> tuple[Task, ...]:
    """Pictures with what is for the test: one split, or as many as there are folds."""
    labelling = open_task(request, watch)
    if request.folds is not None:
        return turns(labelling, count=request.folds, seed=request.seed)
    return (split(labelling, share=SHARE if request.share is None else request.share, seed=request.seed),)


def _chance(tasks: Sequence[Task], judges: Sequence[Judge]) -> float:
    pairs = zip(tasks, judges, strict=True)
    return float(np.mean([judge.chance(task.labels[~task.test]) for task, judge in pairs]))


def _asked(request: TransferRequest) -> tuple[tuple[str | Given, ...], tuple[str, ...]]:
    """The networks and layers of a request; where none is named, the embedded networks and what they share."""
    if request.models:
        return request.models, request.layers
    if request.weights or any(value is not None for value in request.stated.values()):
        return (_ALONE,), request.layers
    embedded = tuple(name for name in SUPERVISIONS.values() if not name.startswith(_RANDOM))
    return embedded, _TRUNK if request.layers == ("all",) else request.layers


@dataclass(frozen=True, eq=False)
class _Work:
    """Measures one network after the other.

    Args:
        examiner: measures layers.
        request: what is asked for.
        watch: shows how the work goes on.
        twins: untrained networks that were measured, by the hash of their weights: the embedded networks, of one shape,
            began as the same. None shares nothing: of other networks a hash does not tell the shape.
    """

    examiner: Examiner
    request: TransferRequest
    watch: Watch
    twins: dict[str, NetworkWorth] | None

    def network(self, model: str | Given, file: str | Path | None) -> NetworkWorth:
        """Worth of a network and of its untrained twin."""
        request = self.request
        probe = _loaded(model, request, self.watch, file)
        layers = named_layers(request.layers, probe)
        elsewhere = _elsewhere(model, file, request)
        worth = self.examiner.network(probe, layers, self.watch, shuffling=True, elsewhere=elsewhere)
        if file is not None:
            worth = replace(worth, model=f"{worth.model} ({Path(file).name})")
        if not request.twin:
            return worth
        try:
            twin = _untrained(model, probe, request, self.watch)
        except InputError as fault:
            return replace(worth, notes=(*worth.notes, f"there is no untrained twin: {fault}"))
        return worth if twin is None else replace(worth, twin=self._twin(twin, layers, model))

    def _twin(self, probe: Probe, layers: Sequence[str], model: str | Given) -> NetworkWorth:
        identity = probe.identity
        if self.twins is not None and identity.weights_sha256 in self.twins:
            return replace(self.twins[identity.weights_sha256], model=identity.name)
        elsewhere = _elsewhere(f"{_RANDOM}{model}", None, self.request)
        worth = self.examiner.network(probe, layers, self.watch, shuffling=False, elsewhere=elsewhere)
        if self.twins is not None:
            self.twins[identity.weights_sha256] = worth
        return worth


def _elsewhere(model: str | Given, file: str | Path | None, request: TransferRequest) -> Elsewhere | None:
    """Reader of a network's features by the workers of the cluster that is asked for."""
    if request.on is None:
        return None
    from visualize.cluster.pieces import NetworkSource
    from visualize.transfers.cluster_features import features_on

    weights = None if file is None else str(file)
    return features_on(
        request.on, NetworkSource(model=str(model), weights=weights, facts=request.stated, trusted=request.trusted)
    )  # fmt: skip


def _loaded(model: str | Given, request: TransferRequest, watch: Watch, weights: str | Path | None = None) -> Probe:
    if not isinstance(model, str):
        probe = load(model, weights=weights, **request.stated)
    else:
        with watch(f"loading {model}") as progress:
            device = checked_device(request.device)
            probe = load(model, weights=weights, device=device, progress=progress, **request.stated)
    return twice_resized(probe) if PROTOCOLS[request.protocol].published else probe


def _untrained(model: str | Given, probe: Probe, request: TransferRequest, watch: Watch) -> Probe | None:
    """The network before any training; None where it is untrained itself."""
    if isinstance(model, str):
        return None if model.startswith(_RANDOM) else _loaded(f"{_RANDOM}{model}", request, watch)
    network = copy.deepcopy(probe.network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        redraw(network)
    identity = Identity(f"{_RANDOM}{probe.identity.name}", weights_sha256(network))
    return probe.around(network).changed(identity=identity)
