"""``viz text``: names of a layer's units in free text."""

from __future__ import annotations

import json as to_json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visualize.cli import options
from visualize.cli.errors import resumable
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher
from visualize.cli.setting_options import taking
from visualize.methods.dissection.text.method import TextNames

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.pictures.images import Images
    from visualize.text.naming import TextNaming
    from visualize.watch import Watch

EXAMPLES = """\b
Examples:
  viz text
  viz text -m places-squeezenet -l fire9 --data photographs/ --similarities clip.npz
  viz text -m torchvision/resnet18 --data photographs/ --clip ViT-B-32 --clip-weights vit_b_32.pt
"""
_FOLDER = "text"
_SHOWN = 10  # units that are printed

UnitsOption = Annotated[
    str, typer.Option("--unit", "-u", metavar="UNITS", help="Units, counted from 0: 79, or several as 3,79,100-104.")
]
DataOption = Annotated[
    str,
    typer.Option(
        *options.IMAGES, metavar="DATA",
        help="Pictures: a folder, a set of `viz data`, or a folder in one of its layouts. Labelled ones need no "
        "similarities: the share that a concept covers stands for them.",
    ),
]  # fmt: skip
ClipOption = Annotated[
    str | None,
    typer.Option(
        "--clip", metavar="NAME",
        help="A vision-language model of open_clip that compares pictures with words: an architecture such as "
        "ViT-B-32, the JSON file of one, or a folder with both; random/NAME tries the way with random weights.",
    ),
]  # fmt: skip
ClipWeightsOption = Annotated[
    str | None,
    typer.Option(
        "--clip-weights", metavar="FILE",
        help="Weights of --clip.  [default: open_clip-NAME.safetensors of the mirror, VIZ_MIRROR]",
    ),
]  # fmt: skip
WordsOption = Annotated[
    str | None,
    typer.Option(
        "--words", metavar="FILE",
        help="Words for --clip, one on each line.  [default: 888 everyday English words]",
    ),
]  # fmt: skip
TemplateOption = Annotated[
    str, typer.Option("--template", metavar="TEXT", help="Sentence that words are put into, at {}, for --clip.")
]
CountOption = Annotated[
    int | None,
    typer.Option("--count", "-n", metavar="N", help="Pictures.  [default: all, and 300 of the built-in scenes]"),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER",
        help="Where text.json, LAYER.csv and similarities.npz go.  [default: viz-out/MODEL/text/DATA]",
    ),
]  # fmt: skip
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Of pictures that are drawn, and of clusters.")]


@stating
@taking(TextNames)
def text(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    layer: options.LayerOption = None,
    unit: UnitsOption = "all",
    data: DataOption = "scenes",
    segmenter: options.SegmenterOption = None,
    similarities: options.SimilaritiesOption = None,
    clip: ClipOption = None,
    clip_weights: ClipWeightsOption = None,
    words: WordsOption = None,
    template: TemplateOption = "{}",
    count: CountOption = None,
    settings: dict[str, Any],
    out: OutOption = None,
    seed: SeedOption = 0,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    no_cache: options.NoCacheOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Name the units of a layer in free text, by the words that pictures which excite them are similar to.

    CLIP-Dissect: similarities of pictures to words come from a file, from a vision-language model of yours, or, for
    labelled pictures, from the share that each concept covers. With a model, each unit's clarity, redundancy and
    polysemanticity are told too (SemanticLens). Interrupted and started again, it goes on where it was.
    """
    from visualize.files import ROOT, check_writable, out_folder, safe
    from visualize.text.request import TextRequest

    data = options.set_named(data, None, segmenter) or data
    folder = out_folder(out, ROOT / safe(model) / _FOLDER / safe(data))
    request = TextRequest(
        model=model, layer=layer, units=unit, data=data, similarities=similarities, clip=clip,
        clip_weights=clip_weights, words=words, template=template, count=count, settings=settings, seed=seed,
        device=device, weights=weights, stated=facts, cache=not no_cache, keep=folder / "embeddings",
    )  # fmt: skip
    check_writable(folder)
    with resumable():
        naming, images = _named(request, watcher(quiet=quiet, unit="images"))
    _write(naming, images, folder, Sink(json), quiet=quiet, model=clip is not None)


def _named(request: Any, watch: Watch) -> tuple[TextNaming, Images]:  # noqa: ANN401 (a TextRequest, loaded late)
    from visualize.notebook import load_torch

    load_torch(watch)
    from visualize.text.api import name  # heavy, and not needed to refuse a setting

    return name(request, watch)


def _write(naming: TextNaming, images: Images, folder: Path, sink: Sink, *, quiet: bool, model: bool) -> None:
    """Write the record, the tables and a model's similarities, and print the summary."""
    from visualize.files import safe, save_bytes

    record = folder / "text.json"
    document = naming.document()
    tables = {layer: folder / f"{safe(layer)}.csv" for layer in naming.layers}
    for layer, path in tables.items():
        save_bytes(naming.csv(layer).encode(), path)
    kept = [_save_similarities(images, folder)] if model else []
    save_bytes(f"{to_json.dumps(document, indent=2)}\n".encode(), record)
    sink.text(str(record), *map(str, tables.values()), *map(str, kept))
    if not quiet:
        _tell(naming, sink)
    sink.document({
        "out": str(record), "tables": {layer: str(path) for layer, path in tables.items()},
        "similarities_file": str(kept[0]) if kept else None, **document,
    })  # fmt: skip


def _save_similarities(images: Images, folder: Path) -> Path:
    """Keep what a model said, for other runs and for cards."""
    import io

    import numpy as np

    from visualize.data.files.similarity_files import similarities_npz
    from visualize.files import save_bytes

    path, held = folder / "similarities.npz", io.BytesIO()
    arrays: dict[str, Any] = similarities_npz(images.similarities, images)  # type: ignore[attr-defined] # by the model
    np.savez(held, **arrays)
    save_bytes(held.getvalue(), path)
    return path


def _tell(naming: TextNaming, sink: Sink) -> None:
    for layer, results in naming.layers.items():
        told = f"{len(results)} units, {results[0].known:,} words by {naming.source}"
        sink.text("", f"{naming.model} {layer}, {naming.data}: {told}")
        sink.table(*naming.table(layer, _SHOWN))
        redundancy = naming.redundancy(layer)
        sink.text(*([] if redundancy is None else [f"redundancy of the layer: {redundancy:.3f}"]))
    sink.text(*([f"note: {note}" for note in naming.notes]))
