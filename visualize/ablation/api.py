"""Measuring what a network loses without its units, in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.ablation.labelling import open_named
from visualize.ablation.measurement import Examiner
from visualize.ablation.request import AblationRequest
from visualize.cards.resolve import last_map
from visualize.cards.unit_lists import targets
from visualize.keywords import spelled_out
from visualize.methods.ablation.ablated import Ablated, require_classifier
from visualize.methods.errors import UnitError
from visualize.methods.plain_state import plain_state
from visualize.methods.unit import Unit
from visualize.models.loading import load_watched
from visualize.models.overrides import Stated, gathered
from visualize.models.registry import entry_of
from visualize.models.trust import trusting
from visualize.notebook import usual

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from visualize.ablation.result import Ablation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.models.products import Given
    from visualize.watch import Watch

_DEFAULT = "scenes-alexnet"


@spelled_out(AblationRequest, Stated, elsewhere={"images": "data", "unit": "units"})
def ablate(  # noqa: PLR0913 (a network, a layer, pictures, and what is removed)
    model: str | Given = _DEFAULT,
    layer: str | None = None,
    *,
    data: str | Path | Images = "scenes",
    units: str | Sequence[int] = (),
    sizes: Sequence[int] = (),
    trust: bool = False,
    watch: Watch | None = None,
    **asked: Any,  # noqa: ANN401 (the further fields of AblationRequest, and facts of the network)
) -> Ablation:
    """Measure what a network loses without each unit of a layer, and without the most important ones of each class.

    Args:
        model: the name of a model, or a network, as :func:`visualize.load` takes it.
        layer: name or alias; by default the one of the model's catalogue entry, else the last with a map.
        data: class folders, a table, a probe set of ``viz data``, a dataset of the hub, a folder of photographs, or
            pictures.
        units: the units that are removed one at a time, by their numbers or as ``"3,79,100-104"``; none is all.
        sizes: numbers of units that are removed at once; none is 1, 2, 3, 4, 5, 20, 64 and so on.
        trust: let the code run that comes with a model, as :func:`visualize.load` takes it.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: the further fields of :class:`~visualize.ablation.request.AblationRequest`, and facts of the network in
            place of those that are known of it: ``size``, ``mean``, ``std``, ``order``, ``prepare`` and ``classes``.

    Returns:
        rates of every class with all units and without some.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> lost = ablate("scenes-alexnet", "fc7", count=120, units=[0, 5], sizes=[1])
        >>> lost.units, lost.pictures
        ((0, 5), (60, 60))
    """
    request = AblationRequest(model=model, layer=layer, data=data, units=units, sizes=tuple(sizes), **gathered(asked))
    with trusting(yes=trust):
        return measure(request, watch or usual())


@plain_state()
def measure(request: AblationRequest, watch: Watch) -> Ablation:
    """Measure what a request asks for.

    Raises:
        InputError: something in it cannot be used; the message says what to do.
    """
    probe = _loaded(request, watch)
    with watch("examining the network"):
        require_classifier(probe)
        layer = request.layer or _usual_layer(request, probe)
        units = _units(request, probe, layer)
        ablated = Ablated.of(probe, layer)
    return Examiner(request, ablated, open_named(request, watch), watch, units).measure()


def _loaded(request: AblationRequest, watch: Watch) -> Probe:
    from visualize.models.weights_choice import require_file

    if request.weights is not None:
        require_file(request.weights)
    return load_watched(request.model, watch, device=request.device, weights=request.weights, **request.stated)


def _usual_layer(request: AblationRequest, probe: Probe) -> str:
    entry = entry_of(request.model) if isinstance(request.model, str) else None
    return (entry.default_layer if entry else "") or last_map(probe)


def _units(request: AblationRequest, probe: Probe, layer: str) -> tuple[int, ...]:
    """Numbers of the units that are removed one at a time.

    Raises:
        UnitError: there is no such unit, or it is a sum or a unit of another layer.
    """
    own = probe.layer(layer)
    if not request.units:
        return tuple(range(own.units))
    wanted: list[int] = []
    given = request.units if isinstance(request.units, str) else [int(unit) for unit in request.units]
    for unit in targets(given, layer, probe):
        if not isinstance(unit, Unit) or unit.position is not None or probe.layer(unit.layer).name != own.name:
            raise UnitError(f"{unit} is no single unit of {layer}; write 79, 3,79,100-104 or all")
        wanted.append(unit.index)
    return tuple(dict.fromkeys(wanted))
