"""The network, units and pictures that a request means, by default those of the model's catalogue entry."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards.unit_lists import targets
from visualize.methods.errors import InputError, UnitError
from visualize.methods.unit import Unit, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.cards.request import Pictures, Request
    from visualize.dissection.finding import Fit
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.worded import Similarities
    from visualize.methods.unit import Target
    from visualize.models.model_entry import ModelEntry
    from visualize.watch import Watch


ALL, EVERY = "all", "every"
"""Words for layers: the network's blocks, and all its layers."""


def catalogue_entry(request: Request) -> ModelEntry | None:
    """The catalogue's entry of the model, where the model is asked for by name."""
    from visualize.models.registry import entry_of

    return entry_of(request.model) if isinstance(request.model, str) else None


def pictures(request: Request, entry: ModelEntry | None) -> Images | None:
    """The pictures that are asked for, or the model's own, or none.

    Raises:
        InputError: a file that is named is no picture, or a folder holds none.
    """
    from visualize.data.sets.given_pictures import open_given

    if request.image is not None:
        return open_given(request.image)
    images = _opened(request, asked_for(request, entry))
    if request.similarities is None:
        return images
    if images is None:
        raise InputError("similarities are of pictures; give these as well, with --images")
    return _worded(images, request.similarities)


def _opened(request: Request, wanted: str | Path | Pictures | None) -> Images | None:
    from visualize.data import open_images, open_labelled
    from visualize.data.sets.given_pictures import open_given

    if not isinstance(wanted, str | Path):
        return None if wanted is None else open_given(wanted)
    return open_labelled(wanted) if request.needs_labels else open_images(wanted)


def _worded(images: Images, given: str | Path | Similarities) -> Images:
    from visualize.data.files.similarity_files import read_similarities
    from visualize.methods.pictures.worded import worded

    return worded(images, read_similarities(given, images) if isinstance(given, str | Path) else given)


def asked_for(request: Request, entry: ModelEntry | None) -> str | Path | Pictures | None:
    """The probe set as it was asked for, by default the model's own."""
    return request.images if request.images is not None else entry.default_images if entry else None


def network(request: Request, watch: Watch) -> Probe:
    """The network, loaded where it is asked for by name; one that is passed stays where it is."""
    from visualize.models.loading import load_watched

    return load_watched(
        request.model, watch, device=request.device, weights=request.weights, trust=request.trust, **request.stated
    )


def is_ours(request: Request, entry: ModelEntry | None) -> bool:
    """Whether the network is one that this program made, from the weights that its identity states."""
    return entry is not None and isinstance(request.model, str) and entry.is_ours


def units(request: Request, entry: ModelEntry | None, probe: Probe) -> tuple[Target, ...]:
    """The units that are asked for, or the model's own, under the layer's name as it was asked for.

    Raises:
        UnitError: a layer or a unit does not exist.
    """
    layers = named_layers(layers_of(request.layer), probe) or [
        (entry.default_layer if entry else "") or last_map(probe)
    ]
    if request.units is None:
        return tuple(Unit(layer, _default_unit(probe, layer, entry)) for layer in layers)
    concepts = functools.partial(_best_units, request, probe)
    units = tuple(targets(request.units, layers, probe, concepts=concepts))
    if request.layer is not None and isinstance(request.units, str):
        _require_layer(layers, units, probe)
    return units


def layers_of(text: str | None) -> list[str]:
    """Layers that are listed with commas."""
    return list(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))


def named_layers(names: Sequence[str], probe: Probe, *, mapped: bool = False) -> list[str]:
    """Layers by name, with ``"all"`` replaced by the network's blocks and ``"every"`` by all of its layers.

    Args:
        names: names or aliases, in any order.
        probe: the network.
        mapped: of blocks and layers that are not named one by one, take those alone whose map has several positions.

    Raises:
        InputError: none of them has.
    """
    listed: list[str] = []
    for name in names:
        if name not in {ALL, EVERY}:
            listed.append(name)
            continue
        among = probe.blocks if name == ALL else probe.layers
        chosen = [layer.name for layer in among.values() if not mapped or layer.map_size != (1, 1)]
        if not chosen:
            raise InputError(f"none of the network's {'blocks' if name == ALL else 'layers'} has a map; name a layer")
        listed += chosen
    return list(dict.fromkeys(listed))


def _best_units(request: Request, probe: Probe, concept: str, layer: str | None) -> list[Unit]:
    """The unit that fits a concept best by the dissections at hand: in each layer asked for, else in all of them.

    Raises:
        InputError: the network was not dissected, or no concept is called that.
    """
    from visualize.dissection.at_hand import finished
    from visualize.dissection.finding import find

    model = request.model if isinstance(request.model, str) else probe.identity.name
    held = [item for item in finished(model) if item.is_of(probe) and not item.turned]
    if not held:
        raise InputError(f"no dissection of {model} is at hand; make one with viz dissect")
    folders = [item.folder for item in held]
    asked = [layer] if layer is not None else layers_of(request.layer)
    if not asked or {ALL, EVERY} & set(asked):
        fits = [find(concept, *folders, top=1)]
        return [Unit(best.layer, best.unit) for best in _first(fits, concept)]
    fits = [find(concept, *folders, layer=probe.layer(name).name, top=1) for name in asked]
    return [Unit(name, best.unit) for name, best in zip(asked, _first(fits, concept), strict=True)]


def _first(fits: Sequence[Sequence[Fit]], concept: str) -> list[Fit]:
    """The best of each list, which may hold a best unit for each of several concepts of one name."""
    for each in fits:
        if not each:
            raise InputError(f"no unit's mask meets {concept}")
    return [max(each, key=lambda fit: fit.iou) for each in fits]


def _require_layer(layers: Sequence[str], units: Sequence[Target], probe: Probe) -> None:
    """Refuse units of other layers than those that are asked for."""
    named = {unit.layer: probe.layer(unit.layer).name for target in units for unit in parts(target)}
    if not {probe.layer(layer).name for layer in layers} & set(named.values()):
        raise UnitError(
            f"the layer is said twice, as {', '.join(layers)} and as {' and '.join(named)}; leave out one of them"
        )


def last_map(probe: Probe) -> str:
    """The deepest layer whose map has more than one position, else the deepest."""
    names = [name for name, layer in probe.layers.items() if layer.map_size != (1, 1)] or list(probe.layers)
    return names[-1]


def _default_unit(probe: Probe, layer: str, entry: ModelEntry | None) -> int:
    """The unit of the catalogue's entry if the layer is that of the entry, else 0."""
    if entry is None or not entry.default_layer:
        return 0
    return entry.default_unit if probe.layer(layer).name == probe.layer(entry.default_layer).name else 0
