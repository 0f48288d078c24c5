"""``viz compare``: dissections side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.output import Sink

if TYPE_CHECKING:
    from visualize.comparison.comparison import Comparison
    from visualize.figures.boxes import Block
    from visualize.methods.provenance import Json


EXAMPLES = """\b
Examples:
  viz compare viz-out/scenes-alexnet/dissect/scenes viz-out/random-scenes-alexnet/dissect/scenes
  viz compare caffe_reference_places365.csv vgg16_places365.csv --concept house
  viz compare viz-out/scenes-alexnet/dissect/scenes OTHER --concept bed --pictures
  viz compare --supervisions
"""
Best = tuple[int, float] | None  # a unit and its IoU, if a dissection knows the concept
_DEFAULT = "viz-out/compare.png"
_TAUGHT = (
    "What supervision teaches",
    (
        "Networks of one shape, trained on rendered scenes: by the scenes' names (labels), not at all (nothing: random "
        "weights), or without a name, by the task that they are called after."
    ),
)  # heading of the figure, and a sentence below it
_SHOWN = 8  # shared concepts, and concepts of one dissection alone, in the terminal

TablesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DISSECTION...",
        help="Folders of `viz dissect`, CSV files in NetDissect's columns, or addresses of such files.",
        show_default=False,
    ),
]
SupervisionsOption = Annotated[
    bool,
    typer.Option(
        "--supervisions",
        help="Compare the networks that come along and differ in what they learned from alone: labels, pictures "
        "without names, nothing. Dissections that are not at hand are made, on the embedded scenes.",
    ),
]
ConceptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--concept",
        metavar="NAME",
        help="List the best unit of each for this concept first (house, or object:house); repeat it for several.",
    ),
]
PicturesOption = Annotated[
    bool,
    typer.Option(
        "--pictures",
        help="Show the one --concept in pictures: for each network its best unit, with its dream and top images.",
    ),
]
CutOption = Annotated[
    float | None,
    typer.Option(
        "--cut", metavar="IOU", help="The IoU above which a unit is a detector.  [default: the dissection's, else 0.04]"
    ),
]
OutOption = Annotated[
    str,
    typer.Option("--out", "-o", metavar="FILE", help="Where the figure goes: a file that ends in .png, .pdf or .svg."),
]


def compare(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    tables: TablesArgument = None,
    *,
    supervisions: SupervisionsOption = False,
    concept: ConceptOption = None,
    cut: CutOption = None,
    data: options.DissectedOption = None,
    pictures: PicturesOption = False,
    out: OutOption = _DEFAULT,
    no_cache: options.NoCacheOption = False,
    trust: options.RecordedTrustOption = False,  # noqa: ARG001 (its callback remembers it)
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Compare dissections: detectors and unique concepts by category, what only one has, the best unit for a concept.

    Units count from 0, also those of NetDissect's tables, which themselves count from 1.
    """
    from pathlib import Path

    from visualize.cards.destination import check_out
    from visualize.comparison.chart import comparison_block
    from visualize.figures.formats import encoded
    from visualize.files import check_writable, require_figure, save_bytes
    from visualize.methods.errors import InputError

    check_out(out)
    path = Path(out).expanduser()
    require_figure(path, why="; a comparison is one figure")
    if pictures and len(concept or []) != 1:
        raise InputError("--pictures shows one concept; name it with --concept, once")
    if no_cache and not pictures:
        raise InputError("--no-cache is of what --pictures makes; add --pictures, or leave it out")
    check_writable(path.parent)
    comparison = _compared(tables or [], supervisions=supervisions, cut=cut, data=data, quiet=quiet)
    asked = [comparison.find(name) for name in concept or []]
    if pictures:
        folders = tables or [table.folder for table in comparison.tables]
        shown = _pictures(asked[0], folders, data, cache=not no_cache, quiet=quiet)
    else:
        title, about = _TAUGHT if supervisions else ("", "")
        shown = comparison_block(comparison, named=concept or [], title=title, about=about)
    save_bytes(encoded(shown, path.suffix.lower()), path)
    sink = Sink(json)
    sink.text(str(path))
    if not quiet:
        _summary(comparison, sink)
        _best_units(comparison, asked, sink)
        _alone(comparison, sink)
    best = {f"{category}:{name}": list(map(_record, comparison.best((category, name)))) for category, name in asked}
    sink.document({"figure": str(path), **comparison.document(), **({"concepts": best} if asked else {})})


def _compared(tables: list[str], *, supervisions: bool, cut: float | None, data: str | None, quiet: bool) -> Comparison:
    """The dissections that are named, or those of the networks that come along, one for each supervision."""
    from visualize.comparison.comparison import Comparison, open_tables
    from visualize.methods.errors import InputError

    if not supervisions:
        if not tables:
            raise InputError("no dissection is named; give folders of viz dissect, or --supervisions")
        return Comparison(open_tables(tables, cut=cut, data=data))
    if tables or data is not None:
        raise InputError("--supervisions names its dissections and their set itself; leave the others out")
    from visualize.cli.progress import watcher
    from visualize.comparison.supervisions import compared
    from visualize.notebook import load_torch

    watch = watcher(quiet=quiet, unit="images")
    load_torch(watch)
    return compared(cut=cut, watch=watch)


def _pictures(concept: tuple[str, str], folders: list[str], data: str | None, *, cache: bool, quiet: bool) -> Block:
    """A concept as pictures, in the networks of some dissections."""
    from visualize.cards.side_by_side import concept_pictures
    from visualize.cli.progress import watcher

    return concept_pictures(":".join(concept), *folders, data=data, cache=cache, watch=watcher(quiet=quiet)).block


def _record(best: Best) -> Json:
    return None if best is None else {"unit": best[0], "iou": best[1]}


def _summary(comparison: Comparison, sink: Sink) -> None:
    """Print how many units detect how many concepts, in words and by category in a table."""
    for table, best, each in zip(
        comparison.tables,
        comparison.counts(once_per_category=False),
        comparison.counts(once_per_category=True),
        strict=True,
    ):
        sink.text(
            f"{table.name}: {best.detectors} of {len(table.verdicts)} units detect {best.concepts} unique concepts "
            f"(best category only); {each.concepts} unique concepts, {each.detectors} detectors (once per category)"
        )
    sink.text("", "detectors / unique concepts, once per category:")
    counts = comparison.counts(once_per_category=True)
    sink.table(
        ("", *comparison.categories, "all"),
        [
            (
                table.name,
                *("{} / {}".format(*count.by_category.get(name, (0, 0))) for name in comparison.categories),
                f"{count.detectors} / {count.concepts}",
            )
            for table, count in zip(comparison.tables, counts, strict=True)
        ],
    )


def _best_units(comparison: Comparison, asked: list[tuple[str, str]], sink: Sink) -> None:
    """Print the best unit for each concept that was asked for, and for some that the dissections share."""
    common = comparison.common() if len(comparison.tables) > 1 else comparison.shared()
    shown = list(dict.fromkeys([*asked, *common]))[: max(_SHOWN, len(asked))]
    if not shown:
        return
    cuts = [table.cut for table in comparison.tables]
    sink.text("", "best unit (from 0) and IoU, in brackets where that is no detector:")
    sink.table(
        ("", *(table.name for table in comparison.tables)),
        [(f"{name} ({category})", *map(_cell, comparison.best((category, name)), cuts)) for category, name in shown],
    )
    if comparison.partial and len(comparison.partial) < len(comparison.tables):
        sink.text(f"of {', '.join(comparison.partial)} only each unit's best concept of every category is known")


def _alone(comparison: Comparison, sink: Sink) -> None:
    """Print the concepts that only one of several dissections has."""
    from visualize.comparison.comparison import said
    from visualize.methods.phrases import first_few

    if len(comparison.tables) < 2:
        return
    sink.text("")
    everything = [concept for table in comparison.tables for concept in comparison.concepts(table)]
    for table in comparison.tables:
        only = said(comparison.only(table), everything)
        sink.text(f"only {table.name}: {len(only)}{': ' if only else ''}{first_few(only, _SHOWN)}")


def _cell(best: Best, cut: float) -> str:
    if best is None:
        return "-"
    words = f"{best[0]}, {best[1]:#.3g}"
    return words if best[1] > cut else f"({words})"
