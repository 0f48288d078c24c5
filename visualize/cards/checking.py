"""Checking the explanations of a unit in one call, from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visualize.cards.api import look
from visualize.cards.request import DEFAULT_MODEL, Common, Request
from visualize.keywords import spelled_out
from visualize.methods.registry import table
from visualize.methods.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.cards.card import Look
    from visualize.cards.unit_lists import Wanted
    from visualize.models.products import Given
    from visualize.watch import Watch

_METHOD = "check"
_KIND = table()[_METHOD]
_SETTINGS = frozenset(item.name for item in settings(_KIND)) - set(Common.__annotations__)


@spelled_out(Request, _KIND, only=_SETTINGS | set(Common.__annotations__), elsewhere={"data": "images"})
def check(
    model: str | Path | Given = DEFAULT_MODEL,
    layer: str | None = None,
    unit: Wanted | None = None,
    *,
    watch: Watch | None = None,
    **asked: Any,  # noqa: ANN401 (settings of the method, and what other calls take)
) -> Look:
    """Measure whether the explanations of a unit tell the truth, as ``viz check`` does.

    Args:
        model: a model's name or a network, as for :func:`visualize.unit`.
        layer: its name or alias; by default that of the model's catalogue entry, else the last layer with a map.
        unit: its number, a text or a :class:`visualize.methods.Unit`, as for :func:`visualize.unit`.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: ``count`` (pictures), ``cascade`` (the most steps that the weights are shuffled in), ``levels`` (steps of
            the deletion and insertion curves), ``steps`` (of the gradient ascent whose picture is checked; 0 checks
            only photographs) and ``batch``, as :class:`visualize.methods.Sanity` explains them; and ``image``,
            ``images``, ``seed``, ``device``, ``weights``, ``trust``, ``size``, ``mean``, ``std``, ``order``,
            ``prepare``, ``classes`` and ``cache``, as :func:`visualize.unit` takes them.

    Returns:
        the card of the check, which displays itself in a notebook; its ``result`` holds the numbers.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> import visualize as viz
        >>> scenes = viz.open_images("scenes", count=8)
        >>> checked = check("random/scenes-alexnet", "conv2", 3, images=scenes, count=1, cascade=1, levels=2, steps=0)
        >>> checked.stem
        '3-check'
    """
    chosen = {name: value for name, value in asked.items() if name in _SETTINGS}
    rest = {name: value for name, value in asked.items() if name not in _SETTINGS}
    return look(_METHOD, model, layer, unit, settings=chosen, watch=watch, **rest)
