"""Colours of categories of concepts, the same in every figure and on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLOURS = {
    "object": "#2f6fb3",
    "part": "#7fb1de",
    "scene": "#3b9a6d",
    "material": "#c9822b",
    "texture": "#e8b65a",
    "color": "#b8568f",
}
_OTHERS = ("#6d5fb8", "#5b8f99", "#a3554a", "#8a9a3c")


def category_colours(categories: Sequence[str]) -> dict[str, str]:
    """Colours by category, ``"#rrggbb"``; categories without one of their own take further ones in turn.

    Args:
        categories: in the order wanted.

    Example:
        >>> category_colours(["scene", "animal"])
        {'scene': '#3b9a6d', 'animal': '#6d5fb8'}
    """
    spare = iter(_OTHERS * len(categories))
    return {name: _COLOURS.get(name) or next(spare) for name in categories}
