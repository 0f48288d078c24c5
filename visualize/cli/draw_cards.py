"""Figures, made one by one with words on what they show, for `viz unit` and the commands of single methods."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards.kept_line import KeptLine
from visualize.cli.errors import resumable
from visualize.cli.name_hint import say_how_to_name
from visualize.cli.progress import watcher
from visualize.cli.set_words import set_words
from visualize.cli.skipped_pictures import list_in
from visualize.notebook import load_torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.cards.card import Card
    from visualize.cards.destination import Destination
    from visualize.cards.exports import ExportFile
    from visualize.cards.inspection import Inspection
    from visualize.cards.request import Request
    from visualize.cards.sheet import Row
    from visualize.cli.output import Sink
    from visualize.methods.provenance import Json
    from visualize.watch import Watch


@dataclass(frozen=True)
class Output:
    """Files that cards are written to.

    Args:
        out: where to, as it was typed; None for the default place.
        form: ``"png"``, ``"pdf"`` or ``"svg"``; None takes that of the file's name.
        bare: pictures alone, without a word.
        arrays: whether to write the raw arrays too.
        sheet: the contact sheet alone, without the cards.
        order: of the sheet's units, one of :data:`visualize.cards.sheet.ORDERS`; None leaves them as they are.

    Raises:
        InputError: no figure can have that name, there is no such order, or what lies beside cards is asked for without
            any.
    """

    out: str | None = None
    form: str | None = None
    bare: bool = False
    arrays: bool = False
    sheet: bool = False
    order: str | None = None

    def __post_init__(self) -> None:
        from visualize.cards.destination import check_out
        from visualize.methods.errors import InputError

        check_out(self.out, self.form)
        if self.order is not None:
            from visualize.cards.sheet import check_order

            check_order(self.order)
        beside = [name for name, asked in (("arrays", self.arrays), ("bare", self.bare)) if asked]
        if self.sheet and beside:
            raise InputError(f"--{beside[0]} is of cards, and --sheet draws none; leave out one of them")


def draw(
    request: Request,
    output: Output,
    *,
    sink: Sink,
    quiet: bool,
    extras: Mapping[str, ExportFile] | None = None,
) -> None:
    """Make the cards and write each as soon as it is there, then the contact sheet of several.

    Args:
        request: which units, and how.
        output: the files to write.
        sink: for the results.
        quiet: whether to say only where the files lie.
        extras: further files of the one unit, by their option's name.

    Raises:
        InputError: what is asked for cannot be, or extras of several units would go to one file.
    """
    from visualize.cards import sheet as sheets
    from visualize.cards.unit_lists import layer_of
    from visualize.figures.formats import encoded
    from visualize.files import save_bytes

    watch, extras = watcher(quiet=quiet), extras or {}
    load_torch(watch)
    inspection, where = _begun(request, output, extras, watch)
    list_in(where.folder)
    said = set_words(inspection.images)
    documents: list[Json] = []
    rows: list[Row] = []
    contact = where.contact(inspection.methods[0].name if request.alone else "")
    told = KeptLine()
    goes_on = inspection.store is not None and (len(inspection.units) > 1 or inspection.images is not None)
    with resumable() if goes_on else nullcontext():
        for card in inspection.cards(watch):
            told.add(card)
            rows.append(sheets.Row.of(card, inspection.name(card), [layer_of(unit) for unit in inspection.units]))
            if output.sheet:
                documents.append({**card.document(), "sheet": str(contact), **said})
                continue
            path, more = _saved(card, where, output, extras)
            documents.append({**card.document(path), **more, **said})
            sink.text(str(path), *map(str, more.values()), *([] if quiet else numbers(card)))
    if not quiet:
        told.add_scans(inspection.went_on)
        told.say("--no-cache")
        say_how_to_name(inspection)
    if len(rows) > 1 or output.sheet:
        rows = sheets.ordered(rows, output.order)
        with watch("drawing the sheet"):
            save_bytes(encoded(sheets.sheet(rows, output.order), where.ending), contact)
        sink.text(str(contact), *(listed(rows) if output.sheet and not quiet else []))
    sink.document(documents if len(documents) > 1 else documents[0])


def _saved(
    card: Card, where: Destination, output: Output, extras: Mapping[str, ExportFile]
) -> tuple[Path, dict[str, Json]]:
    """The file of a card that is written now, and further files of it by their option's name."""
    from visualize.cards.unit_lists import layer_of

    file = where.card(card.stem, layer_of(card.unit))
    path = card.save(file, arrays=output.arrays, bare=output.bare)
    return path, {name: str(extra.save(card)) for name, extra in extras.items()}


def listed(rows: Sequence[Row]) -> list[str]:
    """Lines on the units of a sheet, in its order, with their names."""
    return [f"  {row.content.about.unit}  {row.name.headline if row.name else ''}".rstrip() for row in rows]


def _begun(
    request: Request, output: Output, extras: Mapping[str, ExportFile], watch: Watch
) -> tuple[Inspection, Destination]:
    """The inspection and the place of its figures, checked as far as can be before the work."""
    from visualize.cards.destination import destination
    from visualize.cards.inspection import begin
    from visualize.methods.errors import InputError

    if output.sheet and extras:
        raise InputError(f"--{next(iter(extras))} goes with a card, and --sheet draws none; leave out one of them")
    inspection = begin(request, watch)
    request.check_shared()
    if output.order in {"iou", "name"} and not inspection.names and not request.needs_labels:
        raise InputError(
            f"--sort {output.order} needs names, and no dissection of this network on these pictures is at hand; run "
            f"viz dissect first"
        )
    where = destination(output.out, str(request.model), inspection.units, output.form, together=output.sheet)
    _spare(request, where.file)
    if extras and len(inspection.units) > 1:
        raise InputError(f"--{next(iter(extras))} is one file, and {len(inspection.units)} units are asked for")
    return inspection, where


def _spare(request: Request, file: Path | None) -> None:
    """Refuse to write a figure over one of the pictures that it is of."""
    from visualize.methods.errors import InputError

    given = request.image
    several = given if isinstance(given, list | tuple) else [given]
    pictures = [path for path in several if isinstance(path, str | Path)]
    if file is not None and file.exists() and any(Path(path).exists() and file.samefile(path) for path in pictures):
        raise InputError(f"--out {file} is the picture that is looked at, and would be lost; choose another --out")


def numbers(card: Card) -> list[str]:
    """Lines on a card: the unit's name by a dissection, numbers and lengths of lists of each result, the notes."""
    lines = [] if card.named is None else [f"  {card.named.headline}"]
    for name, result in card.results.items():
        told = ", ".join(_worded({key: fact for key, fact in result.facts().items() if key not in result.in_lines}))
        lines.append(f"  {name}: {told}" if told else f"  {name}")
        lines += [f"    {line}" for line in result.lines()]
    return [*lines, *(f"  note: {note}" for note in card.notes), *(f"  {hint}" for hint in card.about.hints)]


def _worded(facts: Mapping[str, Json]) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, bool):
            yield f"{key} {'yes' if value else 'no'}"
        elif isinstance(value, float):
            yield f"{key} {value:.4g}"
        elif isinstance(value, int | str):
            yield f"{key} {value}"
        elif isinstance(value, list | tuple) and (len(value) > 1 or any(isinstance(item, dict) for item in value)):
            yield f"{len(value)} {key if len(value) > 1 else key.removesuffix('s')}"
