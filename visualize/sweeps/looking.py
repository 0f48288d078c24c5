"""Pages of every unit within a sweep: ways of looking at each, on one site of all networks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from visualize.cards.dissection_labels import Names
from visualize.dissection.at_hand import given
from visualize.dissection.sweep_record import SITE
from visualize.methods.errors import InputError
from visualize.reports import folders
from visualize.reports.making import Making, alone, helped
from visualize.reports.request import ReportRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.methods.pictures.labelled import Labelled
    from visualize.sweeps.measuring import Means
    from visualize.sweeps.subject import Subject


def look(
    subject: Subject, data: str, layers: Sequence[str], means: Means, dissections: Mapping[str, str]
) -> dict[tuple[str, str], dict[str, Any] | str]:
    """Look at every unit of some layers by all methods of the plan that look at units.

    Args:
        subject: the network.
        data: the probe set; "" for none.
        layers: names of the layers.
        means: the plan and the sets.
        dissections: layer -> folder of the dissection that names its units, within that of the sweep.

    Returns:
        by layer and method how many units were looked at, or why none was.

    Raises:
        InputError: a method cannot look at these layers.
    """
    plan, site, planned = means.plan, means.plan.out / SITE, subject.planned
    labelled = means.sets.whole(data) if data else None
    request = ReportRequest(
        model=planned.model, layers=tuple(layers), data=data or None, out=site, seed=plan.seed,
        methods=[plan.look(name) for name in plan.looks],
        network={"device": plan.device, "weights": planned.weights, **planned.facts}, on=means.on,
        trusted=means.trusted,
    )  # fmt: skip
    with alone(site), helped(request, data or None):
        folders.begin(site)
        making = Making(request, subject.probe, layers, labelled, data or None, means.watch, long=math.inf)
        made = making.folders(site, _names(plan.out, dissections, labelled))
    outcome: dict[tuple[str, str], dict[str, Any] | str] = {}
    for layer, folder in zip(layers, made, strict=True):
        shown = folder.facts().methods
        for method in request.chosen:
            lacks = f"{method.name} needs {method.needs.value}"
            if method.explains:
                lacks = f"{method.name} explains the photographs that top finds; add top to the methods"
            outcome[layer, method.name] = {"units": len(folder.views(method.name))} if method.name in shown else lacks
    return outcome


def shows(site: Path, layers: int) -> bool:
    """Whether a site shows as many layers as were looked at, none of which lost its record since.

    Args:
        site: the folder of the pages.
        layers: how many there are to be, counted once for each network and set.
    """
    try:
        return len([folder.facts() for folder in folders.layer_folders(site)]) >= layers
    except (InputError, OSError):
        return False


def _names(out: Any, dissections: Mapping[str, str], labelled: Labelled | None) -> dict[str, Names]:  # noqa: ANN401
    if labelled is None:
        return {}
    held = {folder: given([out / folder])[0] for folder in set(dissections.values())}
    return {layer: Names(held[folder], layer, labelled) for layer, folder in dissections.items()}
