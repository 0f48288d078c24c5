"""``viz report``: a static site of whole layers, to browse and to send."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from visualize.cli import completion, options
from visualize.cli.batches import pictures_together
from visualize.cli.errors import resumable
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher
from visualize.methods.phrases import counted

EXAMPLES = """\b
Examples:
  viz report
  viz report --model places-squeezenet --layer fire5,fire9 --data broden-224
  viz report --model my_net.py:build --data path/to/camvid --out site/
  viz report viz-out/places-squeezenet/report viz-out/my_net/report --out both/
"""
ResultsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RESULTS]...",
        help="Folders of reports and of `viz dissect`, and tables in NetDissect's columns, to be shown together as "
        "they are; nothing is computed then.  [default: a report of --model]",
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="NAME", autocompletion=completion.models,
        help="A model, as all commands take it.  [default: scenes-alexnet]",
    ),
]  # fmt: skip

LayersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", autocompletion=completion.layers,
        help="A layer of `viz layers MODEL`; repeat it, or write a,b,c, for several; all is every block with a map.  "
        "[default: the model's showpiece, else its last layer with a map]",
    ),
]  # fmt: skip
MethodsOption = Annotated[
    str | None,
    typer.Option(
        "--methods", metavar="A,B", autocompletion=completion.methods,
        help="Ways of looking, separated by commas.  [default: those that have settings for browsing: ascent, top, "
        "saliency]",
    ),
]  # fmt: skip
StepsOption = Annotated[
    int | None, typer.Option("--steps", metavar="N", help="Steps of pictures that are made.  [default: 128]")
]
PixelsOption = Annotated[
    int | None,
    typer.Option("--pixels", metavar="N", help="Height and width of pictures that are made.  [default: 128]"),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="float32|bf16",
        help="Arithmetic in which pictures are made: bf16 is faster where the processor has it; their activations are "
        "measured in float32 either way.  [default: float32]",
    ),
]  # fmt: skip
OutOption = Annotated[
    str | None,
    typer.Option("--out", "-o", metavar="FOLDER", help="Where the site goes.  [default: viz-out/MODEL/report]"),
]


@stating
def report(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    results: ResultsArgument = None,
    *,
    model: ModelOption = None,
    layer: LayersOption = None,
    data: options.ImagesOption = None,
    void: options.VoidOption = None,
    segmenter: options.SegmenterOption = None,
    methods: MethodsOption = None,
    steps: StepsOption = None,
    pixels: PixelsOption = None,
    precision: PrecisionOption = None,
    batch: options.BatchOption = None,
    out: OutOption = None,
    names: options.NamesOption = None,
    seed: options.SeedOption = 0,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,
    json: options.JsonOption = False,
    no_cache: options.NoCacheOption = False,
    on: options.OnOption = None,
    quiet: options.QuietOption = False,
) -> None:
    """Write a site of whole layers: a page for every unit and every concept, to browse, to search and to send.

    Makes what is missing: names by a dissection, photographs, dreamed pictures, saliency, histograms. Interrupted and
    started again it goes on where it was; what lies there and is unchanged stays. The site is plain files: open
    index.html from the disk, or put the folder on any web server.
    """
    from visualize.methods.errors import InputError
    from visualize.notebook import load_torch
    from visualize.reports.people import names_in
    from visualize.reports.request import ReportRequest

    asked = {"--model": model, "--layer": layer, "--data": data, "--methods": methods, "--steps": steps, "--on": on,
             "--pixels": pixels, "--precision": precision, "--batch": batch}  # fmt: skip
    if results and (named := [name for name, value in asked.items() if value is not None]):
        raise InputError(f"{', '.join(named)} is of a report that is made, and results are given; leave out one")
    if results and out is None:
        raise InputError("results are given, but no folder for the site; add --out FOLDER")
    request = ReportRequest(
        model=model or options.DEFAULT_MODEL,
        layers=tuple(name.strip() for text in layer or [] for name in text.split(",") if name.strip()),
        data=options.set_named(data, void, segmenter),
        out=out,
        methods=None if methods is None else methods.split(","),
        steps=steps,
        pixels=pixels,
        precision=precision,
        batch=pictures_together(batch),
        seed=seed,
        cache=not no_cache,
        network={"device": device, "weights": weights, **facts},
        on=on,
        trusted=trust,
    )
    called = None if names is None else names_in(names)
    watch = watcher(quiet=quiet)
    load_torch(watch)
    from visualize.reports.api import collect, write

    with resumable("what is done lies in", request.folder):
        done = collect(results, request.folder, watch, called) if results else write(request, watch, called)
    sink = Sink(json)
    sink.text(str(done.index))
    if not quiet:
        made = f"{counted(done.units, 'unit')} of {counted(len(done.layers), 'layer')}"
        sink.text(f"{made}; open it in a browser, or send the folder")
    layers = [{"model": name, "layer": layer_name} for name, layer_name in done.layers]
    sink.document({"index": str(done.index), "layers": layers, "units": done.units})
