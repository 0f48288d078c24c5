"""``viz ablate``: what a network loses without its units."""

from __future__ import annotations

import re
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

    from visualize.ablation.request import AblationRequest
    from visualize.ablation.result import Ablation
    from visualize.watch import Watch

EXAMPLES = """\b
Examples:
  viz ablate
  viz ablate -m places-squeezenet -l fire9 --data photographs/
  viz ablate -m torchvision/resnet18 -l layer4 --data imagenet-folders/ --by mean --sizes 1,2,4,8
"""
_FOLDER = "ablate"
_KEPT = "answers"  # as they come, until the ablation is done
_SHOWN = 10  # units that are printed

LayerOption = Annotated[
    str | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", autocompletion=completion.layers,
        help="A layer of `viz layers MODEL`.  [default: the model's showpiece, else its last layer with a map]",
    ),
]  # fmt: skip
UnitsOption = Annotated[
    str | None,
    typer.Option(
        "--unit", "-u", metavar="UNITS",
        help="Units that are removed one at a time, counted from 0: 79, or several as 3,79,100-104.  [default: all]",
    ),
]  # fmt: skip
DataOption = Annotated[
    str,
    typer.Option(
        *options.IMAGES, metavar="DATA",
        help="Pictures: class folders, a table, a set of `viz data`, or a folder of photographs.",
    ),
]  # fmt: skip
LabelsOption = Annotated[
    str,
    typer.Option(
        "--labels", metavar="FROM",
        help="The class of each picture: given, as the data say; network, its own answer with all units; auto takes "
        "the data's where they are the network's classes.",
    ),
]  # fmt: skip
ByOption = Annotated[
    str,
    typer.Option(
        "--by", metavar="HOW",
        help="What stands in the place of a removed unit's activation: zero, or mean, its mean over the pictures.",
    ),
]  # fmt: skip
SizesOption = Annotated[
    str | None,
    typer.Option(
        "--sizes", metavar="N,N,...",
        help="How many of a class's most important units are removed at once, and all others.  [default: "
        "1,2,3,4,5,20,64 and so on]",
    ),
]  # fmt: skip
LeastOption = Annotated[
    int, typer.Option("--least", metavar="N", help="Pictures that a class must have in each half to be measured.")
]
CountOption = Annotated[
    int | None,
    typer.Option("--count", "-n", metavar="N", help="Pictures.  [default: all, and 1200 of the built-in scenes]"),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER",
        help="Where ablation.json, units.csv and ablation.png go.  [default: viz-out/MODEL/ablate/DATA-LAYER]",
    ),
]  # fmt: skip
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Of the halves, and of pictures that are drawn.")]


@stating
def ablate(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    layer: LayerOption = None,
    unit: UnitsOption = None,
    data: DataOption = "scenes",
    labels: LabelsOption = "auto",
    by: ByOption = "zero",
    sizes: SizesOption = None,
    least: LeastOption = 5,
    count: CountOption = None,
    out: OutOption = None,
    seed: SeedOption = 0,
    batch: options.BatchOption = None,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Measure what the network loses without its units: which classes each unit serves, and which units a class needs.

    Removes every unit of a layer by itself, then the most important ones of each class at once, then all but these, and
    counts what pictures are called. Importance is ranked on one half of the pictures, and reported on the other. Writes
    ablation.json, units.csv and ablation.png. Interrupted and started again, it goes on where it was.
    """
    from visualize.ablation.request import AblationRequest
    from visualize.files import ROOT, check_writable, out_folder, safe, tidied
    from visualize.methods.errors import InputError
    from visualize.transfers.room import clear_room

    folder = out_folder(out, ROOT / safe(model) / _FOLDER / safe(data if layer is None else f"{data}-{layer}"))
    units = () if unit is None else unit
    request = AblationRequest(
        model=model, layer=layer, units=units, data=data, labels=labels, by=by, sizes=_sizes(sizes),  # type: ignore[arg-type]
        least=least, count=count, seed=seed, device=device, batch=pictures_together(batch) or 8, keep=folder / _KEPT,
        weights=weights, stated=facts,
    )  # fmt: skip
    check_writable(folder)
    with tidied(folder):
        try:
            with resumable("answers lie in", folder / _KEPT):
                lost = _measured(request, watcher(quiet=quiet, unit="images"))
        except InputError:
            clear_room(folder / _KEPT)
            raise
    _write(lost, folder, Sink(json), quiet=quiet)
    clear_room(folder / _KEPT)


def _sizes(text: str | None) -> tuple[int, ...]:
    from visualize.methods.errors import InputError

    if text is None:
        return ()
    if not re.fullmatch(r"\s*[0-9]{1,9}\s*(?:,\s*[0-9]{1,9}\s*)*", text):
        raise InputError(f"--sizes are numbers of units, such as 1,2,4,8, not {text[:40]!r}")
    return tuple(map(int, text.split(",")))


def _measured(request: AblationRequest, watch: Watch) -> Ablation:
    from visualize.notebook import load_torch

    load_torch(watch)
    from visualize.ablation.api import measure  # heavy, and not needed to refuse a setting

    return measure(request, watch)


def _write(lost: Ablation, folder: Path, sink: Sink, *, quiet: bool) -> None:
    """Write the record, the table and the figure, and print the summary."""
    from visualize.ablation.ablation_files import write_ablation

    (record, table, figure), document = write_ablation(lost, folder)
    sink.text(str(record), str(table), str(figure))
    if not quiet:
        _tell(lost, sink)
    sink.document({"out": str(record), "table": str(table), "figure": str(figure), **document})


def _tell(lost: Ablation, sink: Sink) -> None:
    from visualize.ablation.tables import ABOUT_UNITS, class_rows, unit_rows

    sink.text("", f"{lost.model} {lost.layer}, {lost.data}: {lost.truth}", lost.split, "")
    sink.text(f"balanced accuracy of each class without its n most important units, of {len(lost.units)}:")
    sink.table(*class_rows(lost))
    strongest = lost.strongest[:_SHOWN]
    sink.text("", "single units, by how much a class needs them on the other half:")
    if strongest:
        sink.table(*unit_rows(strongest))
        sink.text(ABOUT_UNITS)
    else:
        sink.text("no single unit's removal costs a class accuracy there")
    sink.text(*(["", *lost.notes] if lost.notes else []))
