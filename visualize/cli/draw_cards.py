"""Figures, made one by one with words on what they show, for `viz unit` and the commands of single methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cli.progress import watcher
from visualize.cli.skipped_pictures import list_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from methods.provenance import Json
    from visualize.cards.card import Card
    from visualize.cards.destination import Destination
    from visualize.cards.exports import ExportFile
    from visualize.cards.inspection import Inspection
    from visualize.cards.request import Request
    from visualize.cli.output import Sink
    from visualize.figures import Summary
    from visualize.watch import Watch


def draw(
    request: Request,
    out: str | None,
    *,
    sink: Sink,
    arrays: bool,
    quiet: bool,
    extras: Mapping[str, ExportFile] | None = None,
) -> None:
    """Make the cards and write each as soon as it is there.

    Args:
        request: which units, and how.
        out: where to, as it was typed; None for the default place.
        sink: for the results.
        arrays: whether to write the raw arrays too.
        quiet: whether to say only where the files lie.
        extras: further files of the one unit, by their option's name.

    Raises:
        InputError: what is asked for cannot be, or extras of several units would go to one file.
    """
    from visualize.cards.unit_lists import layer_of
    from visualize.figures import contact_sheet, summary
    from visualize.files import save_png

    watch, extras = watcher(quiet=quiet), extras or {}
    inspection, where = _begun(request, out, extras, watch)
    list_in(where.folder)
    documents: list[Json] = []
    summaries: list[Summary] = []
    for card in inspection.cards(watch):
        path = card.save(where.card(card.stem, layer_of(card.unit)), arrays=arrays)
        more: dict[str, Json] = {name: str(extra.save(card)) for name, extra in extras.items()}
        documents.append({**card.document(path), **more})
        summaries.append(summary(card.sections, card.about))
        sink.text(str(path), *map(str, more.values()), *([] if quiet else numbers(card)))
    if len(summaries) > 1:
        contact = where.contact(inspection.methods[0].name if request.alone else "")
        save_png(contact_sheet(summaries), contact)
        sink.text(str(contact))
    sink.document(documents if len(documents) > 1 else documents[0])


def _begun(
    request: Request, out: str | None, extras: Mapping[str, ExportFile], watch: Watch
) -> tuple[Inspection, Destination]:
    """The inspection and the place of its figures, checked as far as can be before the work."""
    from methods.errors import InputError
    from visualize.cards.destination import destination
    from visualize.cards.inspection import begin

    inspection = begin(request, watch)
    where = destination(out, str(request.model), inspection.units)
    _spare(request, where.file)
    if extras and len(inspection.units) > 1:
        raise InputError(f"--{next(iter(extras))} is one file, and {len(inspection.units)} units are asked for")
    return inspection, where


def _spare(request: Request, file: Path | None) -> None:
    """Refuse to write a figure over one of the pictures that it is of."""
    from methods.errors import InputError

    given = request.image
    pictures = [] if given is None else [given] if isinstance(given, str | Path) else list(given)
    if file is not None and file.exists() and any(Path(path).exists() and file.samefile(path) for path in pictures):
        raise InputError(f"--out {file} is the picture that is looked at, and would be lost; choose another --out")


def numbers(card: Card) -> list[str]:
    """Lines on a card: the unit's name by a dissection, numbers and lengths of lists of each result, the notes."""
    lines = [] if card.named is None else [f"  {card.named.headline}"]
    for name, result in card.results.items():
        lines.append(f"  {name}: {', '.join(_worded(result.facts()))}")
        lines += [f"    {line}" for line in result.lines()]
    return [*lines, *(f"  note: {note}" for note in card.notes), *(f"  {hint}" for hint in card.about.hints)]


def _worded(facts: Mapping[str, Json]) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, float):
            yield f"{key} {value:.4g}"
        elif isinstance(value, int | str):
            yield f"{key} {value}"
        elif isinstance(value, list | tuple) and (len(value) > 1 or any(isinstance(item, dict) for item in value)):
            yield f"{len(value)} {key if len(value) > 1 else key.removesuffix('s')}"
