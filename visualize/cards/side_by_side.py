"""Cards and results next to each other, and one concept in several networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.cards.card import Card
from visualize.cards.concept_cards import concept_cards
from visualize.cards.named_methods import configured
from visualize.dissection.finding import find
from visualize.figures import About, sections
from visualize.figures.card_row import row_block
from visualize.figures.concept_rows import ConceptRow, concept_block
from visualize.figures.figure import Figure
from visualize.methods.errors import InputError
from visualize.methods.method import Needs
from visualize.methods.registry import table
from visualize.methods.result import Result
from visualize.methods.unit import parts
from visualize.notebook import usual

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.cards.named_methods import MethodName
    from visualize.dissection.finding import Fit
    from visualize.figures import Section
    from visualize.watch import Watch

_TOPS = 4  # top images of each network's unit


def side_by_side(*shown: Card | Result, width: int | None = None) -> Figure:
    """Cards or results next to each other in one figure, which displays itself in a notebook.

    Args:
        shown: cards, as :func:`visualize.unit` gives them, or results of methods; two or more.
        width: of each, pixels; by default so many that a few fit on a screen.

    Raises:
        InputError: there is nothing to show, or something else than cards and results.

    Example:
        >>> import visualize as viz
        >>> cards = [viz.unit("random/scenes-alexnet", "conv5", n, methods=["ascent"], steps=2) for n in (3, 4)]
        >>> viz.side_by_side(*cards, width=500).image.width
        1002
    """
    if not shown:
        raise InputError("there is nothing to show side by side; pass cards or results")
    held = [_told(item) for item in shown]
    return Figure(row_block(held) if width is None else row_block(held, width=width))


def _told(item: Card | Result) -> tuple[Sequence[Section], About]:
    if isinstance(item, Card):
        return item.sections, item.about
    if isinstance(item, Result):
        layers = "+".join(dict.fromkeys(unit.layer for unit in parts(item.unit)))
        model = item.provenance.model.name
        return sections([item]), About(model=model, layer=layers, unit=str(item.unit), subject=item.subject)
    raise InputError(f"{type(item).__name__} cannot be shown side by side; pass cards or results of methods")


def concept_pictures(  # noqa: PLR0913 (a concept, and where and how it is looked at, by keyword)
    concept: str,
    *folders: str | Path,
    model: str | Sequence[str] | None = None,
    data: str | None = None,
    steps: int | None = None,
    device: str = "auto",
    cache: bool | None = True,
    trust: bool = False,
    watch: Watch | None = None,
) -> Figure:
    """One concept in several networks as pictures: for each, the unit that fits it best, its dream and top images.

    Args:
        concept: its name, or ``"object:house"`` with the category.
        folders: dissections, or folders that hold them; by default those at hand, as for ``viz find``.
        model: names of models; all by default.
        data: a probe set, by its name or by where it lies; all by default.
        steps: of gradient ascent.
        device: where the networks run.
        cache: take dreams and top images from the cache, and keep them there.
        trust: let the code run that a dissection names as its network, ``path/to/file.py:function`` and the like.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.

    Raises:
        InputError: no unit's mask meets the concept, or a network cannot be opened.
    """
    fits = find(concept, *folders, model=model, data=data, top=10**6)
    if not fits:
        raise InputError(f"no unit's mask meets {concept}; see the concepts of a dissection with viz compare")
    best = _best(fits)
    cards = concept_cards(
        best, methods=_methods(steps), device=device, cache=cache, trust=trust, watch=watch or usual()
    )
    rows = [ConceptRow(card.about, card.sections) for card in cards]
    return Figure(concept_block(best[0].concept, rows, counts=(1, _TOPS)))


def _methods(steps: int | None) -> list[MethodName]:
    """The method that needs no photograph, for one picture, and the one that looks through photographs."""
    known = table()
    dream = next(name for name, kind in known.items() if kind.by_default and kind.needs is Needs.NOTHING)
    tops = next(name for name, kind in known.items() if kind.chooses)
    shared = {} if steps is None else {"steps": steps}
    return [configured(dream, shared, {}).counting(1), configured(tops, {}, {}).counting(_TOPS)]


def _best(fits: Sequence[Fit]) -> list[Fit]:
    """The best unit of each network for the concept that some unit fits best, the best network first."""
    first = max(fits, key=lambda fit: fit.iou)
    same = [fit for fit in fits if (fit.category, fit.concept) == (first.category, first.concept)]
    by_model: dict[str, Fit] = {}
    for fit in sorted(same, key=lambda fit: (-fit.iou, fit.rank)):
        by_model.setdefault(fit.model, fit)
    return list(by_model.values())
