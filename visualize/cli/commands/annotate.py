"""``viz annotate``: a local page on which people name units, and what they answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from visualize.cli import completion, options
from visualize.cli.errors import resumable
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  viz annotate viz-out/scenes-alexnet/report
  viz annotate viz-out/places-squeezenet/dissect/camvid --unit 0-49
  viz annotate names/ --model my_net.py:build --layer conv5 --data path/to/photographs
  viz annotate names/ --export names.csv
  viz annotate imagenet/report places/report --summary --figure kinds.png
"""
PORT = 8470
FoldersArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="DIR", help="A report, a dissection, or a new folder, for which pictures are made of --model; "
        "several to be summed up side by side.", show_default=False,
    ),
]  # fmt: skip
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="NAME", autocompletion=completion.models,
        help="The network whose units are asked about, if DIR is new.  [default: scenes-alexnet]",
    ),
]  # fmt: skip
LayersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", metavar="NAME",
        help="A layer; repeat it, or write a,b,c, for several.  [default: all that DIR holds]",
    ),
]  # fmt: skip
UnitOption = Annotated[
    str | None, typer.Option("--unit", "-u", metavar="UNITS", help="Units, as 3,79,100-104.  [default: all]")
]
CountOption = Annotated[
    int | None,
    typer.Option("--count", metavar="N", min=1, max=20, help="Pictures of each unit.  [default: as a report has]"),
]
DecoysOption = Annotated[
    float | None,
    typer.Option(
        "--decoys", metavar="SHARE", min=0, max=0.5,
        help="Share of pictures that are another unit's, mixed in to measure attention; people are told so.  "
        "[default: 0.1]",
    ),
]  # fmt: skip
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Of decoys and of the order of units.  [default: 0]")
]
AnswersOption = Annotated[
    str | None,
    typer.Option("--answers", metavar="FILE", help="Where answers go.  [default: DIR/annotation/answers.sqlite]"),
]
HostOption = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="Address to serve at; 0.0.0.0 lets other machines answer too.")
]
PortOption = Annotated[
    int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port to serve at; 0 takes any that is free.")
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]
ExportOption = Annotated[
    str | None,
    typer.Option("--export", metavar="FILE", help="Write the answers to a .csv or .json and stop; nothing is served."),
]
SummaryOption = Annotated[
    bool,
    typer.Option(
        "--summary", help="Say how far people agree, with one another and with the measurement, and stop.",
    ),
]  # fmt: skip
FigureOption = Annotated[
    str | None,
    typer.Option("--figure", metavar="FILE", help="Draw that summary into a .png, .pdf or .svg, and stop."),
]


@stating
def annotate(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    folders: FoldersArgument,
    *,
    model: ModelOption = None,
    layer: LayersOption = None,
    unit: UnitOption = None,
    data: options.ImagesOption = None,
    count: CountOption = None,
    decoys: DecoysOption = None,
    seed: SeedOption = None,
    answers: AnswersOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = PORT,
    browse: OpenOption = False,
    export: ExportOption = None,
    summary: SummaryOption = False,
    figure: FigureOption = None,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Ask people what units look for: a local page with a unit's pictures, for a word, misfits and a kind.

    Asks what Zhou et al. 2015 asked. Several people answer under their own names, each in an order of their own, and go
    on where they stopped. Answers are on the disk before they are confirmed; drafts are kept too. Ctrl-C ends it.
    """
    from pathlib import Path

    from visualize.methods.errors import InputError

    sink, places = Sink(json), [Path(folder).expanduser() for folder in folders]
    file = None if answers is None else Path(answers).expanduser()
    if export is not None and (summary or figure is not None):
        raise InputError("--export writes the answers of one folder; leave out --summary and --figure, or run it alone")
    if summary or figure is not None:
        _summary(sink, places, file, None if figure is None else Path(figure).expanduser())
        return
    if len(places) > 1:
        raise InputError("one folder is asked about at a time; give one, or add --summary to compare several")
    if export is not None:
        _export(sink, places[0], file, Path(export).expanduser())
        return
    from visualize.annotation.api import Asking

    asking = Asking(
        folder=places[0],
        layers=tuple(name.strip() for text in layer or [] for name in text.split(",") if name.strip()),
        units=unit,
        count=count,
        share=decoys,
        seed=seed,
        answers=file,
        making={"model": model, "data": data, "network": {"device": device, "weights": weights, **facts}},
    )
    _serve(sink, asking, host, port, quiet=quiet, browse=browse)


def _export(sink: Sink, folder: Path, file: Path | None, path: Path) -> None:
    import warnings

    from visualize.annotation import exports
    from visualize.annotation.api import answered
    from visualize.methods.errors import InputWarning

    exports.check(path)
    answers, known = answered(folder, file)
    with answers:
        many, others = exports.export(answers, known, path)
    if others:
        warnings.warn(
            f"{others} answers are left out: they are on units that {folder} does not hold", InputWarning, stacklevel=1
        )
    sink.text(str(path), f"{many} answers")
    sink.document({"export": str(path), "answers": many, "left_out": others})


def _summary(sink: Sink, folders: list[Path], file: Path | None, figure: Path | None) -> None:
    from visualize.annotation.figure import annotation_block
    from visualize.annotation.summary import summaries
    from visualize.cli.summaries.annotation import say
    from visualize.figures.formats import encoded
    from visualize.files import check_writable, require_figure, save_bytes

    if figure is not None:
        require_figure(figure, option="--figure")
        check_writable(figure.parent)
    shown = summaries(folders, file)
    if figure is not None:
        save_bytes(encoded(annotation_block(shown), figure.suffix.lower()), figure)
        sink.text(str(figure))
    say(shown, sink)
    sink.document({"figure": None if figure is None else str(figure), "layers": [item.document for item in shown]})


def _serve(sink: Sink, asking: Any, host: str, port: int, *, quiet: bool, browse: bool) -> None:  # noqa: ANN401 (loaded late)
    from importlib.util import find_spec

    from visualize.methods.errors import InputError

    for needed in ("starlette", "uvicorn"):
        if find_spec(needed) is None:
            raise InputError(
                f"viz annotate needs {needed}, which is not installed; run: pip install 'viz-units[annotate]'"
            )
    from visualize.annotation.api import pages
    from visualize.annotation.serving import check, serve, warning

    check(host, port)
    with resumable():
        served = pages(asking, watcher(quiet=quiet))
    answers = served.answers

    def ready(address: str) -> None:
        done = len(answers.all())
        sink.text(address, f"{len(served.questions)} units; {done} answers so far, in {answers.path}; Ctrl-C ends this")
        if said := warning(host, address.rstrip("/").rpartition(":")[2]):
            typer.echo(f"viz: warning: {said}", err=True)
        if browse:
            import webbrowser

            webbrowser.open(address)
        sink.document({"address": address, "units": len(served.questions), "answers": str(answers.path)})

    with answers:
        serve(served, host, port, ready)
        sink.text(f"{len(answers.all())} answers of {len(answers.people())} people lie in {answers.path}")
