"""``viz unit``: the card of a unit, or of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.cli import options
from visualize.cli.progress import watcher
from visualize.cli.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from methods.method import Json
    from visualize.figures import Summary
    from visualize.inspection.card import Card
    from visualize.inspection.request import Request

EXAMPLES = """\b
Examples:
  viz unit
  viz unit --model places-squeezenet --layer fire9 --unit 123 --images photographs/
  viz unit --layer conv4 --unit 3,79,100-104 --out cards/ --json
"""


def unit(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    layer: options.LayerOption = None,
    unit: options.UnitOption = None,
    images: options.ImagesOption = None,
    methods: options.MethodsOption = None,
    out: options.OutOption = None,
    seed: options.SeedOption = 0,
    steps: options.StepsOption = None,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    json: options.JsonOption = False,
    arrays: options.ArraysOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Draw the card of a unit; of several units, a card for each and one sheet of them all.

    The card shows what was dreamed up to excite the unit and, where pictures are given, those that excite it most.
    Without any option it is a unit of scenes-alexnet, a small network that comes with the program, on its scenes.
    """
    from visualize.inspection.request import Request
    from visualize.inspection.saving import check_out

    check_out(out)
    request = Request(
        model=model, layer=layer, units=unit, images=images, methods=None if methods is None else methods.split(","),
        seed=seed, steps=steps, device=device, weights=weights,
    )  # fmt: skip
    draw(request, out, sink=Sink(json), arrays=arrays, quiet=quiet)


def draw(request: Request, out: str | None, *, sink: Sink, arrays: bool, quiet: bool) -> None:
    """Make the cards and write each as soon as it is there.

    Args:
        request: which units, and how.
        out: where to, as it was typed; None for the default place.
        sink: for the results.
        arrays: whether to write the raw arrays too.
        quiet: whether to say only where the files lie.
    """
    from visualize.figures import contact_sheet, summary
    from visualize.inspection.saving import destination, save_png
    from visualize.inspection.work import begin

    watch = watcher(quiet=quiet)
    inspection = begin(request, watch)
    where = destination(out, str(request.model), inspection.units)
    documents: list[Json] = []
    summaries: list[Summary] = []
    for card in inspection.cards(watch):
        path = card.save(where.card(card.unit), arrays=arrays)
        documents.append(card.document(path))
        summaries.append(summary(card.sections, card.about))
        sink.text(str(path), *([] if quiet else numbers(card)))
    if len(summaries) > 1:
        save_png(contact_sheet(summaries), where.contact)
        sink.text(str(where.contact))
    sink.document(documents if len(documents) > 1 else documents[0])


def numbers(card: Card) -> list[str]:
    """A line for each result: its numbers, and how long its lists are; then the notes."""
    said = [f"  {name}: {', '.join(_worded(result.facts()))}" for name, result in card.results.items()]
    return [*said, *(f"  note: {note}" for note in card.notes), *(f"  {hint}" for hint in card.about.hints)]


def _worded(facts: Mapping[str, Json]) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, float):
            yield f"{key} {value:.4g}"
        elif isinstance(value, int | str):
            yield f"{key} {value}"
        elif isinstance(value, list | tuple) and len(value) > 1:
            yield f"{len(value)} {key}"
