"""Cards of the units that fit a concept, on the pictures of the dissections that say so."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards.inspection import begin
from visualize.cards.request import Request
from visualize.data.segmenters.names import named_by_a_record
from visualize.dissection.at_hand import given
from visualize.methods.errors import InputError
from visualize.methods.result import within
from visualize.methods.unit import Unit
from visualize.models.recorded import require_recorded
from visualize.models.trust import trusting
from visualize.watch import Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.cards.card import Card
    from visualize.cards.named_methods import MethodName
    from visualize.dissection.finding import Fit


def concept_cards(  # noqa: PLR0913 (by keyword, as they were asked for)
    fits: Sequence[Fit],
    *,
    methods: Sequence[MethodName] | None = None,
    steps: int | None = None,
    device: str = "auto",
    cache: bool | None = True,
    trust: bool = False,
    watch: Watch = unwatched,
) -> list[Card]:
    """Cards of units that were found for a concept, headed by how well they fit it.

    Each network looks at the pictures of its own dissection, in which it is shown where that concept is labelled.

    Args:
        fits: what :func:`~visualize.dissection.finding.find` gives.
        methods: as for :func:`visualize.unit`.
        steps: of the methods that go step by step.
        device: where networks run.
        cache: take results from the cache, and keep them there.
        trust: let the code run that a dissection names as its network, ``path/to/file.py:function`` and the like.
        watch: shows how the work goes on.

    Returns:
        a card for each, in their order.

    Raises:
        InputError: a network or its pictures cannot be opened, or the network is not the one that was dissected.
    """
    cards: dict[tuple[str, str, int], Card] = {}
    for folder in dict.fromkeys(fit.folder for fit in fits):
        here = [fit for fit in fits if fit.folder == folder]
        (dissection,) = given([Path(folder) / "dissection.json"])
        with trusting(yes=trust):
            require_recorded(dissection.model, folder)
        request = Request(
            model=dissection.model,
            units=[Unit(fit.layer, fit.unit) for fit in here],
            images=dissection.source().get("where"),
            methods=methods,
            steps=steps,
            device=device,
            prepare=dissection.preparation,
            cache=cache,
            trust=trust,
        )
        with named_by_a_record():
            inspection = begin(request, watch)
        _require_same(inspection.probe.identity.weights_sha256, dissection.content, folder)
        for fit, card in zip(here, inspection.cards(watch), strict=True):
            about = dataclasses.replace(card.about, label=headline(fit))
            known = inspection.names.get(fit.layer)
            results = card.results if known is None else known.marking(fit.category, fit.concept, card.results)
            cards[fit.folder, fit.layer, fit.unit] = dataclasses.replace(card, about=about, results=results)
    return [cards[fit.folder, fit.layer, fit.unit] for fit in fits]


def headline(fit: Fit) -> str:
    """How well a unit fits a concept that may not be its label, in words."""
    fitting = f"{fit.concept}, IoU {fit.iou:.3g}{within(fit.interval)}"
    named = "" if fit.own or not fit.label else f" (its label: {fit.label}, {fit.label_iou:.3g})"
    return f"{fitting if fit.detector else f'no detector of {fitting}'}{named}"


def _require_same(weights: str, content: Mapping[str, object], folder: str) -> None:
    if weights != content["weights_sha256"]:
        raise InputError(
            f"{content['model']} has other weights than those that {folder} dissected; draw its cards with viz unit "
            f"--weights FILE"
        )
