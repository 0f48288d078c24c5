"""``viz unit``: the card of a unit, or of several."""

from __future__ import annotations

from typing import Any

from visualize.cli import options
from visualize.cli.batches import pictures_together
from visualize.cli.cluster_help import helped_by
from visualize.cli.draw_cards import Output, draw
from visualize.cli.network_options import stating
from visualize.cli.output import Sink

EXAMPLES = """\b
Examples:
  viz unit
  viz unit --model places-squeezenet --layer fire9 --unit 123 --images photographs/
  viz unit --layer conv4 --unit 3,79,100-104 --out cards/ --json
  viz unit --model my_net.py:build --size 32 --mean 0.5 --std 0.25 --images photographs/
  viz unit --unit all --methods top --sheet --sort iou
"""


@stating
def unit(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    layer: options.LayerOption = None,
    unit: options.UnitOption = None,
    image: options.ImageOption = None,
    images: options.ImagesOption = None,
    void: options.VoidOption = None,
    segmenter: options.SegmenterOption = None,
    methods: options.MethodsOption = None,
    similarities: options.SimilaritiesOption = None,
    out: options.OutOption = None,
    form: options.FormatOption = None,
    bare: options.BareOption = False,
    seed: options.SeedOption = 0,
    steps: options.StepsOption = None,
    batch: options.BatchOption = None,
    diverse: options.DiverseOption = False,
    names: options.NamesOption = None,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,
    json: options.JsonOption = False,
    arrays: options.ArraysOption = False,
    sheet: options.SheetOption = False,
    sort: options.SortOption = None,
    no_cache: options.NoCacheOption = False,
    on: options.OnOption = None,
    quiet: options.QuietOption = False,
) -> None:
    """Draw the card of a unit; of several units, a card for each and one sheet of them all.

    The card shows what was dreamed up to excite the unit and, where pictures are given, those that excite it most, with
    what matters in the best of them. Without any option it is a unit of scenes-alexnet, a small network that comes with
    the program, on its scenes.
    """
    from visualize.cards.request import Request

    output = Output(out, form, bare, arrays, sheet=sheet, order=sort)
    request = Request(
        model=model, layer=layer, units=unit, image=image or None,
        images=options.set_named(images, void, segmenter),
        methods=None if methods is None else methods.split(","), seed=seed, steps=steps,
        batch=pictures_together(batch), diverse=diverse, names=names, similarities=similarities, device=device,
        weights=weights, cache=not no_cache, **facts,
    )  # fmt: skip
    with helped_by(on, request, trusted=trust):
        draw(request, output, sink=Sink(json), quiet=quiet)
