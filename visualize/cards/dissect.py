"""Network Dissection of whole layers in one call, from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cards.named_methods import require_settings
from visualize.cards.request import DEFAULT_MODEL, Request
from visualize.cards.resolve import last_map, layers_of, named_layers
from visualize.data import open_labelled
from visualize.dissection import read_all, run
from visualize.dissection.at_hand import default_folder, marks_of
from visualize.keywords import spelled_out
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.plain_state import plain_state
from visualize.models.loading import load_watched
from visualize.models.overrides import Stated
from visualize.models.registry import entry_of
from visualize.notebook import load_torch, usual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.dissection.tables import Table
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.together import Batch
    from visualize.models.products import Given
    from visualize.watch import Watch

_STATED = ("size", "mean", "std", "order")  # what is stated of a network that a folder's name says


@spelled_out(Request, only={"device", "weights", "trust", *Stated.__annotations__}, elsewhere={"images": "data"})
@plain_state()
def dissect(  # noqa: PLR0913 (a network, layers, a set and a folder, and how)
    model: str | Path | Given = DEFAULT_MODEL,
    layers: str | Sequence[str] = (),
    data: str | Path | Labelled | None = None,
    *,
    out: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    count: int | None = None,
    colours: bool = False,
    seed: int = 0,
    batch: Batch | None = None,
    watch: Watch | None = None,
    **network: Any,  # noqa: ANN401 (of many types)
) -> list[Table]:
    """Find out what concept each unit of some layers detects, and how well: what ``viz dissect`` does.

    Bau et al. 2017, "Network Dissection". One run of the network serves all layers. Interrupted and called again with
    the same arguments it goes on where it was; where it was finished, the tables are read.

    Args:
        model: a model's name or a network, as :func:`visualize.unit` takes it.
        layers: names or aliases, also as ``"a,b"``; ``"all"`` is every block with a map, ``"every"`` every layer with
            one. By default the layer of the model's catalogue entry, else the last one with a map.
        data: a labelled probe set: a name of ``viz data``, a folder, or what :func:`visualize.open_labelled` gave; by
            default that of the model's catalogue entry.
        out: the folder of the tables; by default the one that ``viz dissect`` takes, in ``viz-out/MODEL/dissect``.
            Another network of the same name, such as another checkpoint, needs another folder.
        settings: fields of :class:`visualize.methods.dissection.settings.Settings`, such as ``{"quantile": 0.01}``; by
            default those of the paper.
        count: take so many pictures of the set, drawn by the seed.
        colours: add the category color to a set that has none.
        seed: of ``count``, and of a rotation.
        batch: pictures that are loaded together; the numbers do not depend on it.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        network: further keywords of :func:`visualize.unit`: ``device``, ``weights``, ``trust``, ``size``, ``mean``,
            ``std``, ``order``, ``prepare`` and ``classes``.

    Returns:
        a table for each layer, in order, whose ``frame()`` has for each unit its concept, IoU and 95 % interval.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> import visualize as viz
        >>> (table,) = viz.dissect("scenes-alexnet", "conv5", "scenes", count=24, settings={"resamples": 100})
        >>> table
        <Table of scenes-alexnet conv5: 80 units, 53 detectors>
        >>> sorted(set(table.rows()[0]) & {"label", "iou", "low", "high"})
        ['high', 'iou', 'label', 'low']
    """
    watch = watch or usual()
    load_torch(watch)
    require_settings(Settings, settings or {}, "dissect")
    asked = Settings(**(settings or {}), seed=seed)
    drawn = {"colours": colours, "count": count, "seed": 0 if count is None else seed}
    labelled, source = _opened(data, model, watch, drawn)
    named = isinstance(model, str | Path)
    probe = load_watched(model, watch, **network)
    wanted = layers_of(layers) if isinstance(layers, str) else list(layers)
    chosen = named_layers(wanted, probe, mapped=True) if wanted else [_usual_layer(model, probe)]
    if out is None:
        marks = marks_of([] if chosen == [_usual_layer(model, probe)] else wanted, asked, source)
        stated = [f"{name}-{value}" for name, value in network.items() if name in _STATED and value is not None]
        out = default_folder(str(model) if named else probe.identity.name, "-".join([labelled.name, *marks, *stated]))
    run(probe, chosen, labelled, out, asked, source=source if "where" in source else None, batch=batch, watch=watch)
    return read_all(out)


def _opened(
    data: str | Path | Labelled | None, model: object, watch: Watch, drawn: dict[str, Any]
) -> tuple[Labelled, dict[str, Any]]:
    """The probe set, and how it was opened; without ``where`` if it was given open.

    Raises:
        InputError: no set is known for the model, or what is drawn of it is asked for of one that is open.
    """
    where = data if data is not None else (entry_of(model).default_images if isinstance(model, str) else None)
    if where is None:
        raise InputError("name the labelled probe set: data is a name of viz data, a folder, or an open set")
    if not isinstance(where, str | Path):
        if drawn["colours"] or drawn["count"] is not None:
            raise InputError("count and colours are for sets that are opened here; give them to open_labelled")
        return where, drawn
    with watch(f"opening {where}") as progress:
        return open_labelled(where, **drawn, progress=progress), {"where": str(where), **drawn}


def _usual_layer(model: object, probe: Probe) -> str:
    return (entry_of(model).default_layer if isinstance(model, str) else "") or last_map(probe)
