"""``viz predict``: the classes that a network sees in photographs, and where in them it sees them."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from visualize.cards.kept_line import KeptLine
from visualize.cli import options
from visualize.cli.errors import resumable
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher
from visualize.methods.drawing.palette import ColourMap
from visualize.notebook import load_torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.data import ImageFiles
    from visualize.methods.drawing.overlay import Overlay
    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json
    from visualize.models.model_entry import ModelEntry
    from visualize.models.overrides import Stated
    from visualize.prediction.prediction import Prediction
    from visualize.watch import Watch


EXAMPLES = """\b
Examples:
  viz predict --model places-squeezenet beach.jpg
  viz predict --model my_net.py:build --size 32 --classes names.json one.jpg
  viz predict --model imagenet-squeezenet one.jpg two.jpg --out seen/ --json
  viz predict beach.jpg --without conv5:32,29
"""
_FOLDER = "predict"
_PALETTES = get_args(ColourMap)


@stating
def predict(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    images: Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Photographs to look at.")],
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="How many classes to give.")] = 5,
    without: Annotated[
        str | None,
        typer.Option(
            "--without", metavar="LAYER:UNITS",
            help="Switch units of one layer off (their activation is 0 everywhere) and tell what the photograph is "
            "called then: conv5:32 or conv5:3,9.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="PATH",
            help="Where the figure goes: a file that ends in .png, .pdf or .svg, or a folder (end it with /), as "
            "several photographs need one.  [default: viz-out/MODEL/predict/IMAGE.png]",
        ),
    ] = None,
    form: options.FormatOption = None,
    colours: Annotated[
        str, typer.Option("--palette", metavar="NAME", help=f"Colours of the map: {', '.join(_PALETTES)}.")
    ] = _PALETTES[0],
    opacity: Annotated[
        float,
        typer.Option(
            "--overlay", metavar="PART", min=0, max=1,
            help="How far the map covers the photograph: 0 shows the photograph, 1 the map by itself.",
        ),
    ] = 0.6,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    no_cache: options.NoCacheOption = False,
    quiet: options.QuietOption = False,
) -> None:  # fmt: skip
    """Name what photographs show, and draw where in them the network sees it.

    Gives the likeliest classes with their probabilities and, for networks trained on Places365, whether the scene lies
    indoors or outdoors, as the labels of the ten likeliest classes vote. The figure shows the class activation map of
    the best class over the photograph; where no layer with a map leads to the classes, it shows the classes alone.
    """
    from visualize.cards.destination import check_out
    from visualize.data import open_files
    from visualize.files import check_writable
    from visualize.models.registry import entry_of
    from visualize.prediction.api import RECORDS, require_classes, switched_off
    from visualize.prediction.class_activation_map import NO_MAP
    from visualize.prediction.prediction import SINGLE
    from visualize.prediction.prediction import predict as predicted

    ending, overlay = check_out(out, form), _overlay(colours, opacity)
    entry = entry_of(model)
    require_classes(entry)
    files = open_files(_photographs(images))
    paths = _paths(out, model, [path.stem for path in files.paths], ending)
    check_writable(paths[0].parent)
    watch = watcher(quiet=quiet)
    load_torch(watch)
    from visualize.models.loading import load_watched
    from visualize.store.picture_records import open_records

    probe = load_watched(entry.name, watch, device=device, weights=weights, **facts)
    kept = None if no_cache else open_records(RECORDS, probe, loaded=entry.is_ours)
    off = [] if without is None else switched_off(without, probe, entry)
    look = partial(predicted, top=top, kept=kept, without=off)
    predictions, names = _predictions(look, probe, entry, files, watch, goes_on=kept is not None)
    sink = Sink(json)
    documents = [
        _drawn(prediction, path, entry.name, overlay, sink, quiet=quiet)
        for prediction, path in zip(predictions, paths, strict=True)
    ]
    if not quiet and any(prediction.scale == "separate probabilities" for prediction in predictions):
        sink.text("(the network gives each class a probability of its own: they need not sum to 1)")
    if not quiet:
        sink.text(*(f"({note})" for note in (SINGLE, NO_MAP) if note in predictions[0].notes))
    if not quiet:
        from visualize.models.overrides import preparation_notes

        sink.text(*(f"({note})" for note in preparation_notes(cast("Stated", facts), probe.prepare)))
    if not names and not quiet:
        from visualize.models.class_names import missing

        sink.text("(the names of the classes are not at hand, so they are numbered from 0)", *missing(entry))
    if not quiet:
        _tell(predictions)
    sink.document(documents if len(documents) > 1 else documents[0])


def _tell(predictions: list[Prediction]) -> None:
    """Say which predictions were kept from before."""
    line = KeptLine("photographs")
    for prediction in predictions:
        line.note(prediction.file, {} if prediction.made is None else {"predict": prediction.made})
    line.say("--no-cache")


def _predictions(
    look: Callable[..., list[Prediction]],
    probe: Probe,
    entry: ModelEntry,
    files: ImageFiles,
    watch: Watch,
    *,
    goes_on: bool,
) -> tuple[list[Prediction], Sequence[str]]:
    """Predictions for the photographs, and the names of the model's classes; none where nobody knows them."""
    from visualize.models.class_names import class_names, outdoor_classes

    with watch("looking at the photographs") as progress, resumable() if goes_on else nullcontext():
        names = probe.classes or class_names(entry, None, online=True)
        outdoor = outdoor_classes(entry, online=True)
        return look(probe, files, outdoor=outdoor, names=names, progress=progress), names


def _drawn(prediction: Prediction, path: Path, model: str, overlay: Overlay, sink: Sink, *, quiet: bool) -> Json:
    """Write the figure of a prediction and print its lines; its document."""
    from visualize.prediction.figure import prediction_figure

    prediction_figure(prediction, model, overlay).save(path)
    sink.text(*_lines(prediction, path, quiet=quiet))
    return {"model": model, **prediction.document(), "figure": str(path)}


def _overlay(colours: str, opacity: float) -> Overlay:
    """Way in which the map is laid over the photograph."""
    from visualize.methods.drawing.overlay import Overlay
    from visualize.methods.errors import InputError, suggest

    if colours not in _PALETTES:
        raise InputError(f"--palette is one of {', '.join(_PALETTES)}, not {colours!r}{suggest(colours, _PALETTES)}")
    return Overlay(colours=cast("ColourMap", colours), opacity=opacity, blur=0)


def _photographs(images: list[str]) -> list[str]:
    """The photographs, none of which may be a folder."""
    from visualize.methods.errors import InputError

    folder = next((image for image in images if Path(image).is_dir()), None)
    if folder is not None:
        raise InputError(f"{folder} is a folder; name the photographs themselves, as {Path(folder) / '*.jpg'}")
    return images


def _lines(prediction: Prediction, path: Path, *, quiet: bool) -> list[str]:
    if quiet:
        return [str(path)]
    kind = [f"  Type: {prediction.kind}"] if prediction.kind else []
    then = prediction.without
    if then is None:
        classes = [f"  {item.probability:.3f}  {item.name}" for item in prediction.categories]
        return [str(prediction.file), *kind, *classes, f"  {path}"]
    pairs = zip(prediction.categories, then.categories, strict=True)
    classes = [f"  {item.probability:.3f} -> {after.probability:.3f}  {item.name}" for item, after in pairs]
    best = then.likeliest[0]
    still = "still " if best.index == prediction.categories[0].index else ""
    told = f"  without {then.name} the likeliest is {still}{best.name}, {best.probability:.3f}"
    return [str(prediction.file), *kind, *classes, told, f"  {path}"]


def _paths(out: str | None, model: str, stems: list[str], ending: str) -> list[Path]:
    """The figures' files; photographs of one name in different folders get numbers."""
    from visualize.files import FIGURES, ROOT, safe
    from visualize.methods.errors import InputError

    if out is not None and Path(out).suffix.lower() in FIGURES and not out.endswith("/") and not Path(out).is_dir():
        if len(stems) > 1:
            raise InputError(
                f"--out {out} is one file, and {len(stems)} figures are asked for; give a folder (ending in /)"
            )
        return [Path(out).expanduser()]
    folder = ROOT / safe(model) / _FOLDER if out is None else Path(out).expanduser()
    taken: set[str] = set()
    paths = []
    for stem in stems:
        name, number = safe(stem), 2
        while name.lower() in taken:
            name, number = f"{safe(stem)}-{number}", number + 1
        taken.add(name.lower())
        paths.append(folder / f"{name}{ending}")
    return paths
