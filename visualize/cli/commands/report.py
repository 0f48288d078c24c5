"""``viz report``: a static site of whole layers, to browse and to send."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from visualize.cli import completion, options
from visualize.cli.errors import resumable
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

EXAMPLES = """\b
Examples:
  viz report
  viz report --model places-squeezenet --layer fire5,fire9 --data broden-224
  viz report --model my_net.py:build --data path/to/camvid --out site/
"""

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
OutOption = Annotated[
    str | None,
    typer.Option("--out", "-o", metavar="FOLDER", help="Where the site goes.  [default: viz-out/MODEL/report]"),
]


@stating
def report(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    layer: LayersOption = None,
    data: options.ImagesOption = None,
    void: options.VoidOption = None,
    methods: MethodsOption = None,
    steps: StepsOption = None,
    pixels: PixelsOption = None,
    out: OutOption = None,
    seed: options.SeedOption = 0,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    no_cache: options.NoCacheOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Write a site of whole layers: a page for every unit and every concept, to browse, to search and to send.

    Makes what is missing: names by a dissection, photographs, dreamed pictures, saliency, histograms. Interrupted and
    started again it goes on where it was; what lies there and is unchanged stays. The site is plain files: open
    index.html from the disk, or put the folder on any web server.
    """
    from visualize.reports.request import ReportRequest

    request = ReportRequest(
        model=model,
        layers=tuple(name.strip() for text in layer or [] for name in text.split(",") if name.strip()),
        data=options.set_named(data, void),
        out=out,
        methods=None if methods is None else methods.split(","),
        steps=steps,
        pixels=pixels,
        seed=seed,
        cache=not no_cache,
        network={"device": device, "weights": weights, **facts},
    )
    watch = watcher(quiet=quiet)
    from visualize.notebook import load_torch

    load_torch(watch)
    from visualize.reports.api import write

    with resumable(f" (what is done lies in {request.folder})"):
        done = write(request, watch)
    sink = Sink(json)
    sink.text(str(done.index))
    if not quiet:
        sink.text(f"{done.units} units of {len(done.layers)} layers; open it in a browser, or send the folder")
    layers = [{"model": name, "layer": layer_name} for name, layer_name in done.layers]
    sink.document({"index": str(done.index), "layers": layers, "units": done.units})
