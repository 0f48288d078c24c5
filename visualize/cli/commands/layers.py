"""``viz layers MODEL``: the layers of a network, by the names that the other commands take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layer import Layer, Unmapped
    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json


_HEADS = ("layer", "aliases", "type", "units", "map", "field", "stride")

EXAMPLES = """\b
Examples:
  viz layers scenes-alexnet
  viz layers torchvision/resnet18 --json
  viz layers scenes-alexnet --examine
"""


def layers(
    model: options.ModelArgument,
    *,
    weights: options.WeightsOption = None,
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    examine: Annotated[
        bool,
        typer.Option(
            "--examine",
            help="Say too what the network does when it runs: whether it is random, keeps state, writes into what it "
            "is given, looks at other pictures of a batch; and what its output is.",
        ),
    ] = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """List the layers of a model, in the order in which they run.

    Map, field and stride are given as rows x columns: the positions of the layer's map, the pixels of the input that
    one position sees, and how far apart those of its neighbours lie. Outputs whose places are no places of the picture
    (queries, windows, matrices of attention) come last, each with the reason; the other commands do not take them.
    """
    from visualize.models.loading import load

    with watcher(quiet=quiet)(f"loading {model}") as progress:
        probe = load(model, weights=weights, progress=progress)
        listed = _with_logits(probe)
        unmapped = list(probe.unmapped.values())
    sink = Sink(json)
    sink.table(_HEADS, [_row(layer) for layer in listed])
    sink.text(*_lines(unmapped))
    records: list[Json] = [*map(_record, listed), *map(_unmapped_record, unmapped)]
    if examine:
        sink.text(*("", *probe.examination.lines))
        sink.document({"layers": records, "examination": probe.examination.document()})
    else:
        sink.document(records)


def _with_logits(probe: Probe) -> list[Layer]:
    """The layers, with the name that the output has in every network, unless some layer is called that."""
    from visualize.methods.errors import UnitError
    from visualize.methods.network.probe import LOGITS

    listed = list(probe.layers.values())
    if any(LOGITS in {layer.name, *layer.aliases} for layer in listed):
        return listed
    try:
        output = probe.layer(LOGITS)
    except UnitError:
        return listed
    if output.name == LOGITS:
        return [*listed, output]
    return [
        replace(layer, aliases=(*layer.aliases, LOGITS)) if layer.name == output.name else layer for layer in listed
    ]


def _row(layer: Layer) -> tuple[str, ...]:
    field = layer.field
    return (
        layer.name,
        ", ".join(layer.aliases),
        layer.kind,
        str(layer.units),
        _size(layer.map_size),
        _size(field.size) if field else "?",
        _size(field.stride) if field else "?",
    )


def _lines(unmapped: Sequence[Unmapped]) -> list[str]:
    return ["", "Without a map:", *(f"  {item}" for item in unmapped)] if unmapped else []


def _unmapped_record(item: Unmapped) -> dict[str, Json]:
    return {
        "layer": item.name,
        "aliases": [],
        "type": item.kind,
        "units": None,
        "map_size": None,
        "receptive_field": None,
        "shape": list(item.shape),
        "reason": item.reason,
    }


def _record(layer: Layer) -> dict[str, Json]:
    field = layer.field
    return {
        "layer": layer.name,
        "aliases": list(layer.aliases),
        "type": layer.kind,
        "units": layer.units,
        "map_size": list(layer.map_size),
        "receptive_field": None
        if field is None
        else {"size": list(field.size), "stride": list(field.stride), "offset": list(field.offset)},
    }


def _size(size: tuple[float, float]) -> str:
    return f"{size[0]:g} x {size[1]:g}"
