"""``viz layers MODEL``: the layers of a network, by the names that the other commands take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher
from visualize.notebook import load_torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layer import Layer, Unmapped
    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json


_FOLDED = ("layer", "aliases", "type", "blocks", "units", "map")
_HEADS = ("layer", "aliases", "type", "units", "map", "field", "stride")

EXAMPLES = """\b
Examples:
  viz layers scenes-alexnet
  viz layers torchvision/resnet18 --every
  viz layers torchvision/resnet18 --json
  viz layers scenes-alexnet --examine
  viz layers my_net.py:build --size 32
"""


@stating
def layers(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    model: options.ModelArgument,
    *,
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    every: Annotated[
        bool, typer.Option("--every", help="List every layer, with its receptive field, and not the blocks alone.")
    ] = False,
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
    """List the layers of a model worth looking at, in the order in which they run; with --every all of its layers.

    These are its blocks (residual blocks, fire modules, transformer blocks ...), single convolutions outside of them,
    the fully connected layers and the output: what --layer all means. Alike ones share a line. The map is given as rows
    x columns of positions.

    With --every, field and stride are the pixels of the input that one position sees, and how far apart those of its
    neighbours lie. Outputs whose places are no places of the picture (queries, windows, matrices of attention) come
    last, each with the reason; the other commands do not take them. --json lists every layer, and says of each whether
    it is a block.
    """
    watch = watcher(quiet=quiet)
    load_torch(watch)
    from visualize.methods.network.blocks import folded
    from visualize.models.loading import load

    with watch(f"loading {model}") as progress:
        probe = load(model, weights=weights, progress=progress, **facts)
        listed = _with_logits(probe)
        unmapped, blocks = list(probe.unmapped.values()), probe.blocks
    sink = Sink(json)
    if every:
        sink.table(_HEADS, [_row(layer) for layer in listed])
        sink.text(*_lines(unmapped))
    else:
        chosen = [layer for layer in listed if layer.name in blocks]
        sink.table(_FOLDED, [_folded_row(run) for run in folded(chosen)])
        sink.text(*_more(len(chosen), len(listed) + len(unmapped), model))
    records: list[Json] = [
        *(_record(layer, block=layer.name in blocks) for layer in listed),
        *map(_unmapped_record, unmapped),
    ]
    if examine:
        sink.text(*("", *probe.examination.lines))
        sink.document({"layers": records, "examination": probe.examination.document()})
    else:
        sink.document(records)


def _with_logits(probe: Probe) -> list[Layer]:
    """The layers, with the name that the output has in every network, unless it is another layer's alias."""
    from visualize.methods.errors import UnitError
    from visualize.methods.network.probe import LOGITS

    listed = list(probe.layers.values())
    if any(LOGITS in layer.aliases for layer in listed):
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


def _folded_row(run: Sequence[Layer]) -> tuple[str, ...]:
    """The row of blocks that differ in their number alone."""
    first, last = run[0], run[-1]
    if first is last:
        names, aliases = first.name, ", ".join(first.aliases)
    else:
        names = f"{first.name} .. {last.name}"
        aliases = f"{first.aliases[0]} .. {last.aliases[0]}" if first.aliases and last.aliases else ""
    return names, aliases, first.kind, str(len(run)), str(first.units), _size(first.map_size)


def _more(chosen: int, total: int, model: str) -> list[str]:
    """A line that says how to see the other layers, if there are any."""
    if chosen == total:
        return []
    return ["", f"{chosen} of {total} layers; every one of them: viz layers {model} --every"]


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
        "block": False,
        "shape": list(item.shape),
        "reason": item.reason,
    }


def _record(layer: Layer, *, block: bool) -> dict[str, Json]:
    field = layer.field
    return {
        "layer": layer.name,
        "aliases": list(layer.aliases),
        "type": layer.kind,
        "units": layer.units,
        "map_size": list(layer.map_size),
        "block": block,
        "receptive_field": None
        if field is None
        else {"size": list(field.size), "stride": list(field.stride), "offset": list(field.offset)},
    }


def _size(size: tuple[float, float]) -> str:
    return f"{size[0]:g} x {size[1]:g}"
