"""``viz data``: the probe sets there are, what one holds, and whether its files are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.output import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.pictures.labelled import Labelled
    from methods.provenance import Json
    from visualize.data.catalogue import DataCard
    from visualize.data.survey import Survey
    from visualize.watch import Watch


EXAMPLES = """\b
Examples:
  viz data
  viz data scenes
  viz data path/to/broden1_227 --check
  viz data coco:path/to/coco --colors --json
"""
_HEADS = ("probe set", "labels", "size", "on disk", "what it is")
_MORE = (
    "ade20k and cityscapes are fetched by hand: viz data NAME says where from. hf/OWNER/NAME is a dataset of the",
    "Hugging Face hub; any folder of pictures is a set too. Of a folder the labels are found by its layout, or by a",
    "prefix before its path, as in coco:FOLDER:",
)
_BROKEN = 1  # the exit status of a check that found something
_ENOUGH = 2000  # pictures that a survey draws of a larger set
_SHOWN = 12  # concepts of a category that are listed without --all

NameArgument = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="A set of `viz data`, a folder, PREFIX:FOLDER, or hf/OWNER/NAME."),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Read every file and list what is broken; exit status 1 if anything is.")
]
FetchOption = Annotated[bool, typer.Option("--fetch", help="Download the set if it is not on this disk.")]
ColorsOption = Annotated[
    bool, typer.Option("--colors", help="Add the category color (eleven names) to a set that has none.")
]
AllOption = Annotated[bool, typer.Option("--all", "-a", help=f"List every concept, not {_SHOWN} of each category.")]
CountOption = Annotated[
    int | None,
    typer.Option(
        "--count",
        "-n",
        metavar="N",
        help=f"Go through N pictures, drawn at random.  [default: {_ENOUGH}; all for --check]",
    ),
]


def data(  # noqa: PLR0913 (a command's options)
    name: NameArgument = None,
    *,
    check: CheckOption = False,
    fetch: FetchOption = False,
    colors: ColorsOption = False,
    every: AllOption = False,
    count: CountOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """List the probe sets; or say what one holds: categories, concepts, and how much of its pixels they cover.

    With --json the coverage of a concept, and what is covered in a category, count whole pictures, as Broden's own
    tables do: a concept that fills half of two pictures has 1.
    """
    from visualize.data.catalogue import card_of

    sink = Sink(json)
    if name is None:
        _refuse_without_name(check=check, fetch=fetch, colors=colors)
        _list(sink)
        return
    card = card_of(name)
    if card is not None and card.resources and card.on_disk is None and not fetch:
        _show_card(card, sink)
        return
    from visualize.cli.progress import watcher
    from visualize.data.sets.sampling import drawn

    drawn(1, count, 0)  # refuses a count that cannot be
    watch = watcher(quiet=quiet)
    found = _open(name, colors=colors, watch=watch)
    if check:
        _check(found, count, sink, watch)
    else:
        _show(found, count, sink, watch, every=every)


def _refuse_without_name(**options: bool) -> None:
    """An option that needs a set is not passed over in silence."""
    from methods.errors import InputError

    for option, given in options.items():
        if given:
            raise InputError(f"--{option} needs a probe set: viz data NAME --{option}; viz data lists them")


def _list(sink: Sink) -> None:
    from visualize.data.catalogue import ALIASES, CARDS
    from visualize.data.layouts.registry import LAYOUTS

    cards = list(CARDS.values())
    sink.table(_HEADS, [_row(card) for card in cards])
    short = ", ".join(f"{name} is {full}" for name, full in ALIASES.items())
    sink.text("", f"{short}.", *_MORE, f"{', '.join(LAYOUTS)}.")
    sink.document([_record(card) for card in cards])


def _row(card: DataCard) -> tuple[str, ...]:
    there = "comes along" if not card.resources else "yes" if card.on_disk else "no"
    said = "-" if not card.resources else "?" if card.size is None else f"{card.size / 1e6:,.0f} MB"
    return card.name, "yes" if card.labelled else "no", said, there, card.title


def _record(card: DataCard) -> dict[str, Json]:
    return {
        "name": card.name,
        "title": card.title,
        "labelled": card.labelled,
        "layout": card.layout,
        "size": card.size,
        "on_disk": str(card.on_disk) if card.on_disk else None,
        "comes_along": not card.resources,
        "addresses": [address for one in card.resources for address in one.sources],
        "licence": card.licence or None,
        "paper": card.paper or None,
    }


def _show_card(card: DataCard, sink: Sink) -> None:
    """What is known of a set that is not here."""
    addresses = [address for one in card.resources for address in one.sources]
    size = "of unknown size" if card.size is None else f"{card.size / 1e6:,.0f} MB"
    licence = [f"licence: {card.licence}"] if card.licence else []
    sink.text(f"{card.name}: {card.title}", card.paper, *licence, f"{size}, from:")
    sink.text(*(f"  {address}" for address in addresses))
    sink.text(f"It is not on this disk, and is downloaded at its first use; now with: viz data {card.name} --fetch")
    sink.document(_record(card))


def _open(name: str, *, colors: bool, watch: Watch) -> Labelled:
    from visualize.data.open import open_any

    with watch(f"opening {name}") as progress:
        return open_any(name, colours=colors, progress=progress)


def _check(found: Labelled, count: int | None, sink: Sink, watch: Watch) -> None:
    from visualize.data.sets.sampling import drawn
    from visualize.data.survey import check, strays

    places = drawn(len(found), count, 0)
    with watch(f"checking {found.name}") as progress:
        broken = check(found, places, progress=progress)
    pictures, lost = len({file for file, _ in broken}), strays(found)
    problems = [*broken, *lost]
    sink.text(*(_problem(file, reason) for file, reason in problems))
    whole = "the picture is whole" if len(places) == 1 else f"all {len(places):,} pictures are whole"
    said = f"{pictures:,} of {len(places):,} pictures are broken" if broken else whole
    alone = f"; {len(lost):,} label {'map belongs' if len(lost) == 1 else 'maps belong'} to no picture" if lost else ""
    sink.text(f"{found.name}: {said}{alone}")
    listed: list[Json] = [{"file": file, "reason": reason} for file, reason in problems]
    sink.document({"name": found.name, "pictures": len(places), "broken": listed})
    if problems:
        raise typer.Exit(_BROKEN)


def _problem(file: str, reason: str) -> str:
    from visualize.cli.errors import printable

    return printable(reason if reason.startswith(file) else f"{file}: {reason}")


def _show(found: Labelled, count: int | None, sink: Sink, watch: Watch, *, every: bool) -> None:
    """What a set holds."""
    from visualize.data.sets.sampling import drawn

    title = f"{found.name}: {len(found):,} {'picture' if len(found) == 1 else 'pictures'}"
    if not found.categories:
        sink.text(title, "They have no labels; --colors labels them by colour.")
        sink.document({"name": found.name, "pictures": len(found), "categories": [], "concepts": []})
        return
    places = drawn(len(found), min(len(found), _ENOUGH) if count is None else count, 0)
    seen = _surveyed(found, places, watch)
    sink.text(title)
    said = f"all {len(places):,}" if len(places) == len(found) else f"{len(places):,} of them, drawn at random"
    sink.text(f"Labels of {said}, in half of 224 x 224 pixels; {len(seen.broken):,} are broken.", "")
    _categories(found, seen, sink)
    for category in found.categories:
        _concepts(category, found, seen, sink, every=every)
    sink.document(_document(found, places, seen))


def _surveyed(found: Labelled, places: Sequence[int], watch: Watch) -> Survey:
    """Go through the labels.

    Raises:
        InputError: a label that the set does not know, or a map of a wrong size.
    """
    from methods.errors import InputError
    from visualize.data.survey import survey

    try:
        with watch(f"looking through {found.name}") as progress:
            return survey(found, places, progress=progress)
    except InputError as fault:
        raise InputError(f"{fault}; --check lists everything that is wrong") from fault


def _categories(found: Labelled, seen: Survey, sink: Sink) -> None:
    rows = []
    for category in found.categories:
        there = [one for one in found.concepts if one.category == category]
        met = sum(one.number in seen.occurs for one in there)
        filled = seen.filled.get(category, 0.0) / max(1, seen.annotated[category])
        rows.append((category, str(len(there)), str(met), f"{seen.annotated[category]:,}", f"{filled:.1%}"))
    sink.table(("category", "concepts", "met", "pictures annotated", "of their pixels labelled"), rows)


def _concepts(category: str, found: Labelled, seen: Survey, sink: Sink, *, every: bool) -> None:
    """The concepts of a category, the one that covers most first."""
    met = [one for one in found.concepts if one.category == category and one.number in seen.occurs]
    met.sort(key=lambda one: -seen.covers[one.number])
    shown = met if every else met[:_SHOWN]
    if not met:
        return
    rows = [
        (
            str(one.number),
            one.name,
            f"{seen.occurs[one.number]:,}",
            f"{seen.covers[one.number] / max(1, seen.annotated[category]):.2%}",
        )
        for one in shown
    ]
    sink.text("")
    sink.table(("number", category, "in pictures", "of the pixels"), rows)
    if len(shown) < len(met):
        sink.text(f"and {len(met) - len(shown):,} more; --all lists them")


def _document(found: Labelled, places: Sequence[int], seen: Survey) -> Json:
    return {
        "name": found.name,
        "pictures": len(found),
        "fingerprint": found.fingerprint,
        "looked_through": len(places),
        "broken": [{"file": file, "reason": reason} for file, reason in seen.broken],
        "categories": [
            {
                "name": category,
                "concepts": sum(one.category == category for one in found.concepts),
                "annotated": seen.annotated[category],
                "covered": seen.filled.get(category, 0.0),
            }
            for category in found.categories
        ],
        "concepts": [
            {
                "number": one.number,
                "name": one.name,
                "category": one.category,
                "pictures": seen.occurs[one.number],
                "coverage": seen.covers.get(one.number, 0.0),
            }
            for one in found.concepts
        ],
    }
