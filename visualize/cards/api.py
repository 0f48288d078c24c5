"""Looking at units of a network in one call, from Python."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Unpack, cast

from visualize.cards.inspection import begin
from visualize.cards.kept_line import KeptLine
from visualize.cards.request import DEFAULT_MODEL, Common, Request, Shown
from visualize.keywords import spelled_out
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.plain_state import plain_state
from visualize.notebook import tell, usual

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from visualize.cards.card import Card, Look
    from visualize.cards.inspection import Inspection
    from visualize.cards.named_methods import MethodName
    from visualize.cards.unit_lists import Wanted
    from visualize.models.products import Given
    from visualize.watch import Watch


@spelled_out(Request, only=Shown.__annotations__, elsewhere={"data": "images"})
@plain_state()
def unit(
    model: str | Path | Given = DEFAULT_MODEL,
    layer: str | None = None,
    unit: Wanted | None = None,
    *,
    watch: Watch | None = None,
    **asked: Unpack[Shown],
) -> Card:
    """Look at one unit; every argument has a default.

    Args:
        model: a model's name, ``package.module:function``, ``path/to/file.py:function``; or a network: a
            ``torch.nn.Module``, (module, :class:`visualize.methods.Preparation`) or a :class:`visualize.methods.Probe`.
        layer: its name or alias; by default that of the model's catalogue entry, else the last layer with a map.
        unit: its number, text such as ``"3+7"``, ``"79@6,6"`` or ``"logits:coffee_shop"``, or a
            :class:`visualize.methods.Unit`; by default that of the model's catalogue entry.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: ``image``, ``images``, ``methods``, ``steps``, ``batch``, ``diverse``, ``names``, ``seed``, ``device``,
            ``weights``, ``trust``, ``size``, ``mean``, ``std``, ``order``, ``prepare``, ``classes`` and ``cache``, as
            :class:`~visualize.cards.request.Request` explains them.

    Returns:
        the unit's card, which displays itself in a notebook.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> card = unit("random/scenes-alexnet", "conv5", 3, methods=["ascent"], steps=2)
        >>> card.results["ascent"].pictures.shape
        torch.Size([4, 3, 128, 128])
    """
    request = Request(model=model, layer=layer, units=unit, **asked)
    _warn_of_shared(request)
    return _only(request, unit, watch, "visualize.units gives a card for each")


@spelled_out(Request, only=Shown.__annotations__, elsewhere={"data": "images"})
@plain_state()
def units(
    model: str | Path | Given = DEFAULT_MODEL,
    layer: str | None = None,
    units: Wanted | Sequence[Wanted] = "all",
    *,
    watch: Watch | None = None,
    **asked: Unpack[Shown],
) -> tuple[Card, ...]:
    """Look at several units, which share every scan of the images.

    Args:
        model: a model's name or a network, as for :func:`unit`.
        layer: its name or alias; by default that of the model's catalogue entry, else the last layer with a map.
        units: ``"3,79,100-104"``, ``"all"``, or a list of what :func:`unit` takes.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: the further keywords of :func:`unit`.

    Returns:
        a card for each unit, in the order in which they are named.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> cards = units("random/scenes-alexnet", "conv5", "3,7", methods=["ascent"], steps=2)
        >>> [str(card.unit) for card in cards]
        ['conv5:3', 'conv5:7']
    """
    shown = watch or usual()
    request = Request(model=model, layer=layer, units=units, **asked)
    _warn_of_shared(request)
    inspection = _begun(request, shown)
    return _told(inspection.cards(shown), inspection)


@spelled_out(Request, only=Common.__annotations__, elsewhere={"data": "images"})
@plain_state()
def look(
    method: MethodName,
    model: str | Path | Given = DEFAULT_MODEL,
    layer: str | None = None,
    unit: Wanted | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
    **asked: Unpack[Common],
) -> Look:
    """Look at one unit in one way, as ``viz saliency``, ``viz deconv`` and the like do.

    Args:
        method: its name, such as ``"saliency"``, a class in a file or package, or a method such as
            ``visualize.methods.Saliency(kind="input")``.
        model: a model's name or a network, as for :func:`unit`.
        layer: its name or alias; by default that of the model's catalogue entry, else the last layer with a map.
        unit: its number, a text or a :class:`visualize.methods.Unit`, as for :func:`unit`; in a layer with one unit for
            each class also the class's name.
        settings: of the method, by name: ``{"kind": "smoothgrad"}``.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: further keywords of :func:`unit`, but for ``methods``, ``steps``, ``batch`` and ``diverse``.
            Of a set, a method that explains pictures takes those that excite the unit most.

    Returns:
        the card of the method's result, which displays itself in a notebook; its ``result`` holds the tensors.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> look("ascent", "random/scenes-alexnet", "conv5", 3, settings={"steps": 2, "count": 1}).stem
        '3-ascent'
    """
    request = Request(
        model=model, layer=layer, units=unit, methods=[method], settings=settings or {}, alone=True, **asked
    )
    return cast("Look", _only(request, unit, watch, "ask for one at a time"))  # it is one, for the method is alone


def _warn_of_shared(request: Request) -> None:
    """Warn of steps or a batch that no method takes, which the command line refuses."""
    try:
        request.check_shared()
    except InputError as fault:
        warnings.warn(str(fault), InputWarning, stacklevel=4)


def _only(request: Request, unit: Wanted | None, watch: Watch | None, instead: str) -> Card:
    """The card of the one unit that is asked for."""
    watch = watch or usual()
    inspection = _begun(request, watch)
    if len(inspection.units) > 1:
        raise InputError(f"{unit!r} names {len(inspection.units)} units; {instead}")
    (card,) = _told([next(inspection.cards(watch))], inspection)
    return card


def _begun(request: Request, watch: Watch) -> Inspection:

    return begin(request, watch)


def _told(cards: Iterable[Card], inspection: Inspection) -> tuple[Card, ...]:
    """The cards, when it is said in a line to who sits at a prompt what of them was kept from before."""
    shown, line = tuple(cards), KeptLine()
    for card in shown:
        line.add(card)
    line.add_scans(inspection.went_on)
    if line.words:
        tell(f"{line.words}; cache=False makes it anew")
    return shown
