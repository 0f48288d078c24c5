"""``viz layers MODEL``: the layers of a network, by the names that the other commands take."""

from __future__ import annotations

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
    from visualize.methods.provenance import Json


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
    last, each with the reason; the other commands do not take them. Layers are the same whatever the weights are, so
    that those of torchvision/NAME are not downloaded, but for --examine. --json lists every layer, and says of each
    whether it is a block.
    """
    watch = watcher(quiet=quiet)
    load_torch(watch)
    from visualize.cards.layer_list import HEADS, LayerList
    from visualize.models.loading import load
    from visualize.models.structure import load_structure

    opened = load if examine else load_structure  # what a network does hangs on its weights
    with watch(f"loading {model}") as progress:
        probe = opened(model, weights=weights, progress=progress, **facts)
        table = LayerList.of(probe)
    sink = Sink(json)
    if every:
        sink.table(_HEADS, [_row(layer) for layer in table.layers])
        sink.text(*_lines(table.unmapped))
    else:
        sink.table(HEADS, table.folded())
        sink.text(*_more(len(table.blocks), len(table), model))
    records: list[Json] = [*table.rows()]
    if examine:
        sink.text(*("", *probe.examination.lines))
        sink.document({"layers": records, "examination": probe.examination.document()})
    else:
        sink.document(records)


def _more(chosen: int, total: int, model: str) -> list[str]:
    """A line that says how to see the other layers, if there are any."""
    if chosen == total:
        return []
    return ["", f"{chosen} of {total} layers; every one of them: viz layers {model} --every"]


def _row(layer: Layer) -> tuple[str, ...]:
    from visualize.cards.layer_list import sides

    field = layer.field
    return (
        layer.name,
        ", ".join(layer.aliases),
        layer.kind,
        str(layer.units),
        sides(layer.map_size),
        sides(field.size) if field else "?",
        sides(field.stride) if field else "?",
    )


def _lines(unmapped: Sequence[Unmapped]) -> list[str]:
    return ["", "Without a map:", *(f"  {item}" for item in unmapped)] if unmapped else []
