"""``viz transfer``: what features are worth on another task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from visualize.cli import completion, options
from visualize.cli.batches import pictures_together
from visualize.cli.errors import resumable
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.transfers.records import LayerWorth, NetworkWorth
    from visualize.transfers.request import TransferRequest
    from visualize.transfers.result import Transfer
    from visualize.watch import Watch

EXAMPLES = """\b
Examples:
  viz transfer
  viz transfer -m places-squeezenet -m torchvision/mobilenet_v2 -l all --data birds/
  viz transfer -m imagenet-squeezenet --data broden-224 --category object --numbers 1
"""
_FOLDER = "transfer"
_KEPT = "features"  # as they are read, until the measurement is done

ModelsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="NAME", autocompletion=completion.models,
        help="A model, as all commands take it; repeat it for several.  [default: the embedded networks, one for each "
        "supervision]",
    ),
]  # fmt: skip
LayersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", autocompletion=completion.layers,
        help="A layer of `viz layers MODEL`; repeat it, or write a,b,c, for several; all is every block, every is "
        "every layer.  [default: all; of the embedded networks together conv1 to conv5]",
    ),
]  # fmt: skip
DataOption = Annotated[
    str,
    typer.Option(
        *options.IMAGES, metavar="DATA",
        help="The task: class folders (with train/ and test/, or without), or a labelled probe set of `viz data`, "
        "whose concepts are the classes.",
    ),
]  # fmt: skip
ProtocolOption = Annotated[
    str,
    typer.Option(
        "--protocol",
        "-p",
        metavar="NAME",
        help="The classifier: svm, voc07 (VISSL's), logistic, knn, knn-200 or lowshot (docs/transfer.md).",
    ),
]
NumbersOption = Annotated[
    int | None,
    typer.Option(
        "--numbers", metavar="N",
        help="Features of a picture that a layer is pooled to at most; 1 is the average over all positions.  [default: "
        "9000, and 1 with --explain]",
    ),
]  # fmt: skip
CategoryOption = Annotated[
    list[str] | None,
    typer.Option("--category", metavar="NAME", help="Of a probe set, a category of concepts.  [default: object]"),
]
PixelsOption = Annotated[
    int,
    typer.Option(
        "--pixels", metavar="N", help="Of a probe set's label maps, how many a concept covers at least to be there."
    ),
]
CountOption = Annotated[
    int | None, typer.Option("--count", "-n", metavar="N", help="Pictures of a probe set.  [default: all]")
]
ShareOption = Annotated[
    float | None,
    typer.Option(
        "--share", metavar="X", help="Of the pictures, for the test, where the data do not say.  [default: 0.3]"
    ),
]
FoldsOption = Annotated[
    int | None,
    typer.Option(
        "--folds", metavar="N",
        help="Test on every picture once: deal the pictures out to N parts, each of which is the test in turn, in "
        "place of one split.",
    ),
]  # fmt: skip
TwinOption = Annotated[bool, typer.Option("--twin/--no-twin", help="Measure the untrained twins too.")]
ExplainOption = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Find the units that tell each class from the others, named by a dissection at hand; of averages over all "
        "positions.",
    ),
]  # fmt: skip
PublishedOption = Annotated[
    bool,
    typer.Option("--published", help="Draw figures that others published under one's own, in grey, and list them."),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER",
        help="Where transfer.json and transfer.png go.  [default: viz-out/transfer/DATA-PROTOCOL]",
    ),
]  # fmt: skip
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", help="Of the split, the folds, the shuffled labels and the resamples.")
]
WeightsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--weights", "-w", metavar="FILE",
        help="Weights to use instead of the model's own, as all commands take them; of several models, one for each in "
        "their order.",
    ),
]  # fmt: skip


@stating
def transfer(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: ModelsOption = None,
    layer: LayersOption = None,
    data: DataOption = "scenes",
    protocol: ProtocolOption = "svm",
    numbers: NumbersOption = None,
    category: CategoryOption = None,
    pixels: PixelsOption = 100,
    count: CountOption = None,
    share: ShareOption = None,
    folds: FoldsOption = None,
    twin: TwinOption = True,
    explain: ExplainOption = False,
    published: PublishedOption = False,
    out: OutOption = None,
    seed: SeedOption = 0,
    batch: options.BatchOption = None,
    on: options.OnOption = None,
    device: options.DeviceOption = "auto",
    weights: WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Measure what features are worth: how much of another task can be read off each layer by a linear classifier.

    Reads the features of all layers in one run of each network, learns a classifier on each layer, and scores it on
    pictures that it has not seen. Beside each score: chance, the same network untrained, shuffled labels, and a 95 %
    interval; beside each gain over the untrained network, a paired one. Writes transfer.json and transfer.png.
    """
    from visualize.files import ROOT, check_writable, out_folder, safe, tidied
    from visualize.methods.errors import InputError
    from visualize.transfers.request import TransferRequest
    from visualize.transfers.room import clear_room

    folder = out_folder(out, ROOT / _FOLDER / f"{safe(data)}-{protocol}")
    request = TransferRequest(
        models=tuple(model or ()), layers=_layers(layer), data=data, protocol=protocol,
        numbers=numbers, categories=tuple(category) if category else None, pixels=pixels, count=count,
        share=share, folds=folds, seed=seed, twin=twin, explain=explain, weights=tuple(weights or ()), stated=facts,
        device=device, batch=pictures_together(batch) or 8, keep=folder / _KEPT, on=on, trusted=trust,
    )  # fmt: skip
    check_writable(folder)
    with tidied(folder):
        try:
            with resumable("features lie in", folder / _KEPT):
                worth = _measured(request, watcher(quiet=quiet, unit="images"))
        except InputError:
            clear_room(folder / _KEPT)
            raise
    _write(worth, folder, Sink(json), quiet=quiet, published=published)
    clear_room(folder / _KEPT)


def _measured(request: TransferRequest, watch: Watch) -> Transfer:
    from visualize.notebook import load_torch
    from visualize.transfers.protocols.linear import require_sklearn

    require_sklearn()
    load_torch(watch)
    from visualize.transfers.api import measure  # heavy, and not needed to refuse a setting

    return measure(request, watch)


def _write(worth: Transfer, folder: Path, sink: Sink, *, quiet: bool, published: bool) -> None:
    """Write the record and the figure, and print the table."""
    from visualize.transfers.transfer_files import write_transfer

    record, figure, document = write_transfer(worth, folder, published=published)
    sink.text(str(record), str(figure))
    if not quiet:
        _tell(worth, sink)
    sink.document({"out": str(record), "figure": str(figure), **document})


def _tell(worth: Transfer, sink: Sink) -> None:
    from visualize.transfers.records import notes_of

    sink.text(
        "",
        f"{worth.data}: {len(worth.classes)} classes; {worth.split}",
        *worth.notes,
        f"protocol {worth.protocol}; the score is {worth.measure}; chance is {worth.chance:.3f}",
        "",
    )
    heads = ("model", "layer", "features", "C", "score", "95 % interval", "untrained", "beyond untrained", "shuffled")
    rows = [_row(network, item) for network in worth.networks for item in network.layers]
    sink.table(heads, rows)
    sink.text("")
    if any(item.shots for network in worth.networks for item in network.layers):
        _tell_shots(worth, sink)
    for network in worth.networks:
        best = network.best
        sink.text(f"{network.model}: best at {best.layer}, {best.score:.3f}{_definitions(worth, best)}")
        for name, leaning in best.leanings.items():
            sink.text(f"  {name}: {'; '.join(item.headline for item in leaning.units[:3])}")
    sink.text(*notes_of(worth.networks))


def _definitions(worth: Transfer, item: LayerWorth) -> str:
    """A layer's average precision by each of its definitions, where the score is one."""
    kinds = item.precisions.items() if worth.ranking else ()
    return f" (average precision: {', '.join(f'{kind} {value:.3f}' for kind, value in kinds)})" if kinds else ""


def _tell_shots(worth: Transfer, sink: Sink) -> None:
    """Print the scores by how many pictures of each class were learnt from."""
    layers = [(network.model, item) for network in worth.networks for item in network.layers]
    counts = [count for count, _, _ in layers[0][1].shots]
    sink.text("pictures of each class, mean and standard deviation of five draws:")
    rows = [
        (model, item.layer, *(f"{mean:.3f} +- {spread:.3f}" for _, mean, spread in item.shots))
        for model, item in layers
    ]
    sink.table(("model", "layer", *map(str, counts)), rows)
    sink.text("")


def _row(network: NetworkWorth, item: LayerWorth) -> tuple[str, ...]:
    from visualize.transfers.figures.measurement import costs_of, number_of

    twin, gain = network.untrained(item.layer), network.gain(item.layer)
    return (
        network.model,
        item.layer,
        str(item.features),
        costs_of(item.costs),
        number_of(item.score),
        f"{number_of(item.low)} to {number_of(item.high)}",
        "-" if twin is None else f"{number_of(twin.score)} ({number_of(twin.low)} to {number_of(twin.high)})",
        "-" if gain is None else gain.headline,
        number_of(item.shuffled),
    )


def _layers(texts: list[str] | None) -> tuple[str, ...]:
    """Names of layers, of texts that may hold several; all blocks where there is no text."""
    if texts is None:
        return ("all",)
    return tuple(name for text in texts for part in text.split(",") if (name := part.strip()))
