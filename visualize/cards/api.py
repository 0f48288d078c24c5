"""The front door: look at units of a network in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from methods.errors import InputError
from visualize.cards.inspection import begin
from visualize.cards.request import DEFAULT_MODEL, Request
from visualize.models.device import AUTO
from visualize.watch import Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from visualize.cards.card import Card, Look
    from visualize.cards.unit_lists import Wanted


def unit(  # noqa: PLR0913 (one keyword for each option of the command; Request holds them as one record)
    model: str | Probe = DEFAULT_MODEL,
    layer: str | None = None,
    unit: Wanted | None = None,
    *,
    image: str | Path | Sequence[str | Path] | None = None,
    images: str | Path | Images | None = None,
    methods: Sequence[str] | None = None,
    seed: int = 0,
    steps: int | None = None,
    device: str = AUTO,
    weights: str | Path | None = None,
    watch: Watch = unwatched,
) -> Card:
    """Look at one unit; every argument has a default.

    Args:
        model: a model's name, ``package.module:function``, ``path/to/file.py:function``, or a :class:`methods.Probe`.
        layer: its name or alias; by default the model card's, else the last layer with a map.
        unit: its number, text such as ``"3+7"``, ``"79@6,6"`` or ``"logits:coffee_shop"``, or a
            :class:`methods.Unit`; by default the model card's.
        image: a picture file, or several, to look at instead of a probe set.
        images: ``"scenes"``, a folder, or a probe set; by default the model card's.
        methods: their names; by default all that can run with what is given.
        seed: of everything random.
        steps: of the methods that go step by step.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
        weights: a weights file instead of the model's own.
        watch: shown how the work goes on.

    Returns:
        its card, which displays itself in a notebook.

    Raises:
        InputError: one of these cannot be used; the message says what to do.
    """
    request = Request(
        model=model, layer=layer, units=unit, image=image, images=images, methods=methods, seed=seed, steps=steps,
        device=device, weights=weights,
    )  # fmt: skip
    return _only(request, unit, watch, "visualize.units gives a card for each")


def units(  # noqa: PLR0913 (as for unit)
    model: str | Probe = DEFAULT_MODEL,
    layer: str | None = None,
    units: Wanted | Sequence[Wanted] = "all",
    *,
    image: str | Path | Sequence[str | Path] | None = None,
    images: str | Path | Images | None = None,
    methods: Sequence[str] | None = None,
    seed: int = 0,
    steps: int | None = None,
    device: str = AUTO,
    weights: str | Path | None = None,
    watch: Watch = unwatched,
) -> tuple[Card, ...]:
    """Look at several units, sharing every scan of the images; otherwise as :func:`unit`.

    Args:
        model: see :func:`unit`.
        layer: see :func:`unit`.
        units: ``"3,79,100-104"``, ``"all"``, or a list of what :func:`unit` takes.
        image: see :func:`unit`.
        images: see :func:`unit`.
        methods: see :func:`unit`.
        seed: see :func:`unit`.
        steps: see :func:`unit`.
        device: see :func:`unit`.
        weights: see :func:`unit`.
        watch: see :func:`unit`.

    Returns:
        a card for each unit, in the order in which they are named.

    Raises:
        InputError: one of these cannot be used; the message says what to do.
    """
    request = Request(
        model=model, layer=layer, units=units, image=image, images=images, methods=methods, seed=seed, steps=steps,
        device=device, weights=weights,
    )  # fmt: skip
    return tuple(begin(request, watch).cards(watch))


def look(  # noqa: PLR0913 (as for unit)
    method: str,
    model: str | Probe = DEFAULT_MODEL,
    layer: str | None = None,
    unit: Wanted | None = None,
    *,
    image: str | Path | Sequence[str | Path] | None = None,
    images: str | Path | Images | None = None,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    device: str = AUTO,
    weights: str | Path | None = None,
    watch: Watch = unwatched,
) -> Look:
    """Look at one unit in one way: what ``viz saliency``, ``viz deconv`` and the like do.

    Args:
        method: its name, such as ``"saliency"``.
        model: see :func:`unit`.
        layer: see :func:`unit`.
        unit: see :func:`unit`; of a layer with one unit for each class also the class's name.
        image: a picture file, or several, which are looked at in this order.
        images: a probe set, in which a method that explains pictures takes those that excite the unit most; by default
            the model card's.
        settings: of the method, by name: ``{"kind": "smoothgrad"}``.
        seed: see :func:`unit`.
        device: see :func:`unit`.
        weights: see :func:`unit`.
        watch: see :func:`unit`.

    Returns:
        what the method found, which displays itself in a notebook; its ``result`` holds the tensors.

    Raises:
        InputError: one of these cannot be used; the message says what to do.
    """
    request = Request(
        model=model, layer=layer, units=unit, image=image, images=images, methods=[method], settings=settings or {},
        alone=True, seed=seed, device=device, weights=weights,
    )  # fmt: skip
    return cast("Look", _only(request, unit, watch, "ask for one at a time"))  # it is one, for the method is alone


def _only(request: Request, unit: Wanted | None, watch: Watch, instead: str) -> Card:
    """The card of the one unit that is asked for."""
    inspection = begin(request, watch)
    if len(inspection.units) > 1:
        raise InputError(f"{unit!r} names {len(inspection.units)} units; {instead}")
    return next(inspection.cards(watch))
