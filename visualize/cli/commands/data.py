"""``viz data``: the probe sets that are known, what a set holds, and whether its files are whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options
from visualize.cli.errors import printable
from visualize.cli.output import Sink
from visualize.cli.summaries.survey import SHOWN, category_table, concept_table
from visualize.methods.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.data.catalogue import DataEntry
    from visualize.data.survey import Survey
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.provenance import Json
    from visualize.watch import Watch


EXAMPLES = """\b
Examples:
  viz data
  viz data scenes
  viz data path/to/broden1_227 --check
  viz data coco:path/to/coco --colors --json
  viz data --explain path/to/folder
  viz data scenes --example path/to/new-folder
"""
_HEADS = ("probe set", "labels", "size", "on disk", "what it is")
_MORE = (
    "ade20k and cityscapes are fetched by hand: viz data NAME says where from. hf/OWNER/NAME is a dataset of the",
    "Hugging Face hub; any folder of pictures is a set too. Of a folder the labels are found by its layout, or by a",
    "prefix before its path, as in coco:FOLDER:",
)
_BROKEN = 1  # the exit status of a check that found something
_ENOUGH = 2000  # pictures that a survey draws of a larger set
_EXAMPLES = 12  # scenes of an example: one of each kind

NameArgument = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="A set of `viz data`, a folder, PREFIX:FOLDER, or hf/OWNER/NAME."),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Read every file and list what is broken; exit status 1 if anything is.")
]
ExplainOption = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Say what files the folder has, what it was taken for and by which signs, what is missing, and what other "
        "reading was near.",
    ),
]
FetchOption = Annotated[bool, typer.Option("--fetch", help="Download the set if it is not on this disk.")]
ColorsOption = Annotated[
    bool, typer.Option("--colors", help="Add the category color (eleven names) to a set that has none.")
]
AllOption = Annotated[bool, typer.Option("--all", "-a", help=f"List every concept, not {SHOWN} of each category.")]
CountOption = Annotated[
    int | None,
    typer.Option(
        "--count",
        "-n",
        metavar="N",
        help=f"Go through N pictures, drawn at random; write N scenes.  [default: {_ENOUGH}; all for --check; "
        f"{_EXAMPLES} for --example]",
    ),
]
ExampleOption = Annotated[
    Path | None,
    typer.Option(
        "--example",
        metavar="DIR",
        help="Write scenes to a new folder, to look at, to hear and to read: pictures, label maps, sounds, captions.",
    ),
]


def data(  # noqa: PLR0913 (a command's options)
    name: NameArgument = None,
    *,
    check: CheckOption = False,
    explain: ExplainOption = False,
    fetch: FetchOption = False,
    colors: ColorsOption = False,
    every: AllOption = False,
    count: CountOption = None,
    example: ExampleOption = None,
    void: options.VoidOption = None,
    segmenter: options.SegmenterOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """List the probe sets; or say what one holds: categories, concepts, and how much of its pixels they cover.

    With --json the coverage of a concept, and what is covered in a category, count whole pictures, as Broden's own
    tables do: a concept that fills half of two pictures has 1.
    """
    from visualize.data.catalogue import entry_of
    from visualize.data.open import require_one_meaning
    from visualize.methods.errors import InputError

    sink = Sink(json)
    if name is None:
        _refuse(
            "{option} needs a probe set: viz data NAME {option}; viz data lists them",
            check=check,
            explain=explain,
            fetch=fetch,
            colors=colors,
            all=every,
            count=count is not None,
            example=example is not None,
            void=bool(void),
            segmenter=segmenter is not None,
        )
        _list(sink)
        return
    entry = entry_of(name)
    if example is not None:
        reason = "--example writes scenes and looks at nothing; leave out {option}"
        _refuse(reason, check=check, explain=explain, fetch=fetch, colors=colors, all=every, void=bool(void))
        _write_example(name, example, count, sink, quiet=quiet)
        return
    name = options.set_named(name, void, segmenter) or name
    if explain:
        _explain(name, sink, check=check, fetch=fetch, colors=colors, all=every, count=count is not None)
        return
    if check and every:
        raise InputError("--check lists what is broken and no concepts; leave out --all, or --check")
    if entry is not None and entry.resources and entry.on_disk is None and not fetch:
        require_one_meaning(name, entry)
        reason = f"{{option}} needs the files of {entry.name}, which are not on this disk; add --fetch"
        _refuse(reason, check=check, colors=colors, all=every, count=count is not None)
        _describe(entry, sink)
        return
    from visualize.cli.progress import watcher
    from visualize.data.sets.sampling import drawn

    drawn(1, count, 0)  # refuses a count that cannot be
    watch = watcher(quiet=quiet)
    labelled = _open(name, colors=colors, watch=watch, check=check)
    if check:
        _check(labelled, count, sink, watch)
    else:
        _show(labelled, count, sink, watch, every=every)


def _refuse(reason: str, **options: bool) -> None:
    """Refuse an option that says nothing here, rather than pass over it in silence; the reason has a place for it.

    Raises:
        InputError: an option is given.
    """
    from visualize.methods.errors import InputError

    for option, given in options.items():
        if given:
            raise InputError(reason.format(option=f"--{option}"))


def _write_example(name: str, folder: Path, count: int | None, sink: Sink, *, quiet: bool) -> None:
    """Write scenes to a folder.

    Raises:
        InputError: the set is another, the count is none, or the folder is not empty.
    """
    from visualize.cli.progress import watcher
    from visualize.data.open import SCENES
    from visualize.methods.errors import InputError
    from visualize.scenes import Scenes
    from visualize.scenes.example_folder import write_example

    if name != SCENES:
        raise InputError(f"--example writes the built-in scenes: viz data {SCENES} --example {folder}")
    scenes, folder = Scenes(_EXAMPLES if count is None else count), folder.expanduser()
    with watcher(quiet=quiet)("writing scenes") as progress:
        write_example(folder, scenes, progress)
    shown = printable(str(folder))
    sink.text(
        f"{counted(len(scenes), 'scene')} in {shown}: images/ (with label maps), sounds/, captions/; "
        "sounds.csv says what is heard.",
        f"The folder is a probe set: viz data {shown}",
    )
    sink.document({"folder": str(folder), "scenes": [scenes.file(index) for index in range(len(scenes))]})


def _explain(name: str, sink: Sink, **options: bool) -> None:
    """Say what a folder was taken for.

    Raises:
        InputError: it is no folder, or another option is given that says nothing here.
    """
    from visualize.data.explanation import explain

    _refuse("--explain says how the folder is read and no more; leave out {option}", **options)
    explanation = explain(name)
    sink.text(*explanation.sentences)
    sink.document(explanation.document)


def _list(sink: Sink) -> None:
    from visualize.data.catalogue import ALIASES, CATALOGUE
    from visualize.data.layouts.registry import LAYOUTS

    entries = list(CATALOGUE.values())
    sink.table(_HEADS, [_row(entry) for entry in entries])
    short = ", ".join(f"{name} is {full}" for name, full in ALIASES.items())
    sink.text("", f"{short}.", *_MORE, f"{', '.join(LAYOUTS)}.")
    sink.document([_record(entry) for entry in entries])


def _row(entry: DataEntry) -> tuple[str, ...]:
    there = "comes along" if not entry.resources else "yes" if entry.on_disk else "no"
    size = "-" if not entry.resources else "?" if entry.size is None else f"{entry.size / 1e6:,.0f} MB"
    return entry.name, "yes" if entry.labelled else "no", size, there, entry.title


def _record(entry: DataEntry) -> dict[str, Json]:
    return {
        "name": entry.name,
        "title": entry.title,
        "labelled": entry.labelled,
        "layout": entry.layout,
        "size": entry.size,
        "on_disk": str(entry.on_disk) if entry.on_disk else None,
        "comes_along": not entry.resources,
        "addresses": _addresses(entry),
        "licence": entry.licence or None,
        "paper": entry.paper or None,
    }


def _addresses(entry: DataEntry) -> list[str]:
    return [address for resource in entry.resources for address in resource.sources]


def _describe(entry: DataEntry, sink: Sink) -> None:
    """Print the catalogue's entry of a set that is not here."""
    size = "of unknown size" if entry.size is None else f"{entry.size / 1e6:,.0f} MB"
    licence = [f"licence: {entry.licence}"] if entry.licence else []
    sink.text(f"{entry.name}: {entry.title}", entry.paper, *licence, f"{size}, from:")
    sink.text(*(f"  {address}" for address in _addresses(entry)))
    sink.text(f"It is not on this disk, and is downloaded at its first use; now with: viz data {entry.name} --fetch")
    sink.document(_record(entry))


def _open(name: str, *, colors: bool, watch: Watch, check: bool) -> Labelled:
    import warnings

    from visualize.data.open import open_any
    from visualize.methods.errors import InputNote, InputWarning

    with watch(f"opening {name}") as progress, warnings.catch_warnings():
        if not check:
            warnings.simplefilter("ignore", InputWarning)  # what they say is printed with all the rest
            warnings.simplefilter("ignore", InputNote)
        return open_any(name, colours=colors, progress=progress)


def _said(labelled: Labelled) -> list[str]:
    """Sentences on what was left out of a set, and on how its names were understood."""
    return [*_words(labelled, "remarks"), *_words(labelled, "notes")]


def _words(labelled: Labelled, kind: str) -> list[str]:
    return [printable(text) for text in getattr(labelled, kind, ())]


def _check(labelled: Labelled, count: int | None, sink: Sink, watch: Watch) -> None:
    """Read every file, and list those that are broken.

    Raises:
        typer.Exit: with status 1, if any is.
    """
    from visualize.data.sets.sampling import drawn
    from visualize.data.survey import check, strays

    places = drawn(len(labelled), count, 0)
    with watch(f"checking {labelled.name}") as progress:
        broken = check(labelled, places, progress=progress)
    pictures, lost = len({file for file, _ in broken}), strays(labelled)
    problems = [*broken, *lost]
    sink.text(*(_problem(file, reason) for file, reason in problems))
    whole = "the picture is whole" if len(places) == 1 else f"all {len(places):,} pictures are whole"
    verdict = f"{pictures:,} of {len(places):,} pictures are broken" if broken else whole
    alone = f"; {counted(len(lost), 'label map belongs', 'label maps belong')} to no picture" if lost else ""
    sink.text(f"{labelled.name}: {verdict}{alone}")
    listed: list[Json] = [{"file": file, "reason": reason} for file, reason in problems]
    sink.document({
        "name": labelled.name, "pictures": len(places), "broken": listed,
        "remarks": list(_words(labelled, "remarks")), "notes": list(_words(labelled, "notes")),
    })  # fmt: skip
    if problems:
        raise typer.Exit(_BROKEN)


def _problem(file: str, reason: str) -> str:
    return printable(reason if reason.startswith(file) else f"{file}: {reason}")


def _show(labelled: Labelled, count: int | None, sink: Sink, watch: Watch, *, every: bool) -> None:
    """Print what a set holds: its categories, and the concepts in each."""
    from visualize.data.sets.sampling import drawn

    title = f"{labelled.name}: {counted(len(labelled), 'picture')}"
    if not labelled.categories:
        sink.text(title, "They have no labels; --colors labels them by colour.", *_said(labelled))
        sink.document({
            "name": labelled.name, "pictures": len(labelled), "categories": [], "concepts": [],
            "remarks": list(_words(labelled, "remarks")), "notes": list(_words(labelled, "notes")),
        })  # fmt: skip
        return
    places = drawn(len(labelled), min(len(labelled), _ENOUGH) if count is None else count, 0)
    seen = _surveyed(labelled, places, watch)
    sink.text(title, *_said(labelled))
    those = f"all {len(places):,}" if len(places) == len(labelled) else f"{len(places):,} of them, drawn at random"
    sink.text(f"Labels of {those}, in half of 224 x 224 pixels; {len(seen.broken):,} are broken.", "")
    category_table(labelled, seen, sink)
    for category in labelled.categories:
        concept_table(category, labelled, seen, sink, every=every)
    sink.document(_document(labelled, places, seen))


def _surveyed(labelled: Labelled, places: Sequence[int], watch: Watch) -> Survey:
    """Go through the labels.

    Raises:
        InputError: a label that the set does not know, or a map of a wrong size.
    """
    from visualize.data.survey import survey
    from visualize.methods.errors import InputError

    try:
        with watch(f"looking through {labelled.name}") as progress:
            return survey(labelled, places, progress=progress)
    except InputError as fault:
        raise InputError(f"{fault}; --check lists everything that is wrong") from fault


def _document(labelled: Labelled, places: Sequence[int], seen: Survey) -> Json:
    return {
        "name": labelled.name,
        "pictures": len(labelled),
        "fingerprint": labelled.fingerprint,
        "looked_through": len(places),
        "remarks": list(_words(labelled, "remarks")),
        "notes": list(_words(labelled, "notes")),
        "broken": [{"file": file, "reason": reason} for file, reason in seen.broken],
        "categories": [
            {
                "name": category,
                "concepts": sum(concept.category == category for concept in labelled.concepts),
                "annotated": seen.annotated[category],
                "covered": seen.filled.get(category, 0.0),
            }
            for category in labelled.categories
        ],
        "concepts": [
            {
                "number": concept.number,
                "name": concept.name,
                "category": concept.category,
                "pictures": seen.occurs[concept.number],
                "coverage": seen.covers.get(concept.number, 0.0),
            }
            for concept in labelled.concepts
        ],
    }
