"""``viz find``: the units that fit a concept best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cards.kept_line import KeptLine
from visualize.cli import completion, options
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.dissection.finding import Fit
    from visualize.methods.provenance import Json


EXAMPLES = """\b
Examples:
  viz find pillow
  viz find car viz-out/places-squeezenet/dissect --layer fire7,fire9 --top 10
  viz find house --model scenes-alexnet --model places-squeezenet --cards
"""
_DEFAULT = "viz-out/find-CONCEPT.png"

ConceptArgument = Annotated[
    str, typer.Argument(metavar="CONCEPT", help='Such as car, "traffic lights" or object:street.')
]
FoldersArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FOLDER]...",
        help="Dissections, or folders that hold them.  [default: those in viz-out, in the working folder and in the "
        "folders in it]",
    ),
]
LayersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", help="A layer; repeat it, or write a,b,c, for several.  [default: all]"
    ),
]  # fmt: skip
ModelsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="NAME", autocompletion=completion.models,
        help="Only dissections of this model; repeat it for several.  [default: all]",
    ),
]  # fmt: skip


def find(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    concept: ConceptArgument,
    folders: FoldersArgument = None,
    *,
    layer: LayersOption = None,
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="Units for each concept of that name.")] = 5,
    model: ModelsOption = None,
    data: options.DissectedOption = None,
    cards: Annotated[
        bool, typer.Option("--cards", help="Draw the cards of these units, side by side in one figure.")
    ] = False,
    methods: options.MethodsOption = None,
    steps: options.StepsOption = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help=f"Where the figure of --cards goes: a file that ends in .png, .pdf or .svg.  [default: {_DEFAULT}]",
        ),
    ] = None,
    device: options.DeviceOption = "auto",
    no_cache: options.NoCacheOption = False,
    trust: options.RecordedTrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Rank every unit of every layer that was dissected by its IoU with a concept.

    All units count, whatever their own label is. The ceiling is the largest IoU that a mask as large as the unit's can
    have with the concept, chance the IoU that it has when it lies anywhere. 95 % is the interval that holds so many of
    the IoUs on pictures drawn anew.
    """
    from visualize.dissection.finding import find as search
    from visualize.methods.errors import InputError

    given = [name for name, value in (("methods", methods), ("steps", steps), ("out", out)) if value is not None]
    given += ["no-cache"] if no_cache else []
    if given and not cards:
        raise InputError(f"--{given[0]} is of the figure that --cards draws; add --cards, or leave it out")
    path = _path(out, concept) if cards else None
    fits = search(concept, *(folders or []), layer=layer or "all", top=top, model=model, data=data)
    sink = Sink(json)
    if path is not None and fits:
        chosen = None if methods is None else methods.split(",")
        _draw(fits, path, methods=chosen, steps=steps, device=device, cache=not no_cache, quiet=quiet)
        sink.text(str(path))
    for kind in dict.fromkeys((fit.category, fit.concept) for fit in fits) if not quiet else ():
        _tell([fit for fit in fits if (fit.category, fit.concept) == kind], sink)
    if not fits:
        sink.text(f"no unit's mask meets {concept}")
    figure: dict[str, Json] = {} if path is None or not fits else {"figure": str(path)}
    sink.document([{**fit.document(), **figure} for fit in fits])


def _path(out: str | None, concept: str) -> Path:
    """The figure's file, checked before the work."""
    from pathlib import Path

    from visualize.files import check_writable, require_figure, safe

    path = Path(out if out is not None else _DEFAULT.replace("CONCEPT", safe(concept))).expanduser()
    require_figure(path, why="; the cards are one figure")
    check_writable(path.parent)
    return path


def _draw(  # noqa: PLR0913 (by keyword, as they were asked for)
    fits: list[Fit], path: Path, *, methods: list[str] | None, steps: int | None, device: str, cache: bool, quiet: bool
) -> None:
    from visualize.cards.concept_cards import concept_cards
    from visualize.cards.side_by_side import side_by_side

    watch = watcher(quiet=quiet)
    cards = concept_cards(fits, methods=methods, steps=steps, device=device, cache=cache, watch=watch)
    told = KeptLine()
    for card in cards:
        told.add(card)
    if not quiet:
        told.say("--no-cache")
    side_by_side(*cards).save(path)


def _tell(fits: list[Fit], sink: Sink) -> None:
    """Print one concept's units."""
    first = fits[0]
    several = len({fit.model for fit in fits}) > 1
    sink.text(f"{first.concept} ({first.category}), IoU in brackets where that is no detector:")
    rows = [
        (
            str(fit.rank),
            f"{fit.model} {fit.name}" if several else fit.name,
            f"{fit.iou:#.3g}" if fit.detector else f"({fit.iou:#.3g})",
            "-" if fit.interval is None else " to ".join(f"{end:#.3g}" for end in fit.interval),
            f"{fit.ceiling:#.3g}",
            "-" if fit.chance is None else f"{fit.chance:#.3g}",
            "its own" if fit.own else f"{fit.label} ({fit.label_category}), {fit.label_iou:#.3g}",
            f"{fit.folder}",
        )
        for fit in fits
    ]
    sink.table(("rank", "unit", "IoU", "95 %", "ceiling", "chance", "label", "dissection"), rows)
    beyond = [fit for fit in fits if fit.out_of_reach]
    if beyond:
        sink.text(_beyond(beyond))


def _beyond(fits: list[Fit]) -> str:
    layers = ", ".join(dict.fromkeys(fit.layer for fit in fits))
    return (
        f"No unit of {layers} can pass the cut of {fits[0].cut:g}: masks of {fits[0].quantile:g} of all pixels are too "
        f"small beside {fits[0].concept}, wherever they lie. Dissect with a larger --quantile."
    )
