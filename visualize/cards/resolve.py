"""The network, units and pictures that a request means, by default those of the model's catalogue entry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from methods.errors import UnitError
from methods.unit import parts
from visualize.cards.unit_lists import targets
from visualize.models.device import choose_device

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.unit import Target
    from visualize.cards.request import Request
    from visualize.models.model_entry import ModelEntry
    from visualize.watch import Watch


def catalogue_entry(request: Request) -> ModelEntry | None:
    """The catalogue's entry of the model, where the model is asked for by name."""
    from visualize.models.registry import entry_of

    return entry_of(request.model) if isinstance(request.model, str) else None


def pictures(request: Request, entry: ModelEntry | None) -> Images | None:
    """The pictures that are asked for, or the model's own, or none.

    Raises:
        InputError: a file that is named is no picture, or a folder holds none.
    """
    from visualize.data import open_files, open_images, open_labelled

    if request.image is not None:
        return open_files(request.image)
    wanted = asked_for(request, entry)
    if not isinstance(wanted, str | Path):
        return wanted
    return open_labelled(wanted) if request.needs_labels else open_images(wanted)


def asked_for(request: Request, entry: ModelEntry | None) -> str | Path | Images | None:
    """The probe set as it was asked for, by default the model's own."""
    return request.images if request.images is not None else entry.default_images if entry else None


def network(request: Request, watch: Watch) -> Probe:
    """The network, loaded where it is asked for by name."""
    if not isinstance(request.model, str):
        return request.model
    from visualize.models.loading import load

    with watch(f"loading {request.model}") as progress:
        device = choose_device(request.device)
        return load(request.model, weights=request.weights, device=device, trust=request.trust, progress=progress)


def units(request: Request, entry: ModelEntry | None, probe: Probe) -> tuple[Target, ...]:
    """The units that are asked for, or the model's own, under the layer's name as it was asked for.

    Raises:
        UnitError: a layer or a unit does not exist.
    """
    layer = request.layer or (entry.default_layer if entry else "") or last_map(probe)
    wanted = _default_unit(probe, layer, entry) if request.units is None else request.units
    units = tuple(targets(wanted, layer, probe))
    if request.layer is not None and isinstance(wanted, str):
        _require_layer(request.layer, units, probe)
    return units


def _require_layer(layer: str, units: Sequence[Target], probe: Probe) -> None:
    """Refuse units of other layers than the one that is asked for."""
    named = {unit.layer: probe.layer(unit.layer).name for target in units for unit in parts(target)}
    if probe.layer(layer).name not in named.values():
        raise UnitError(f"the layer is said twice, as {layer} and as {' and '.join(named)}; leave out one of them")


def last_map(probe: Probe) -> str:
    """The deepest layer whose map has more than one position, else the deepest."""
    names = [name for name, layer in probe.layers.items() if layer.map_size != (1, 1)] or list(probe.layers)
    return names[-1]


def _default_unit(probe: Probe, layer: str, entry: ModelEntry | None) -> int:
    """The unit of the catalogue's entry if the layer is that of the entry, else 0."""
    if entry is None or not entry.default_layer:
        return 0
    return entry.default_unit if probe.layer(layer).name == probe.layer(entry.default_layer).name else 0
