"""Bars of figures: stacked by colour, each with its name and its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Fill, Words, beside, line
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from collections.abc import Mapping

BAR = 30
"""Pixels: the thickness of a bar."""


def legend(colours: Mapping[str, str], width: int) -> Block:
    """Names beside their colours, in a row."""
    entries = [
        beside([Block(14, 18, (Fill(Box(0, 3, 14, 14), colour),)), line(name, size=style.BODY, colour=palette.TEXT)], 6)
        for name, colour in colours.items()
    ]
    return beside(entries, 22).at_least(width)


def named(name: str, width: int) -> Block:
    """The name of a bar, at its left, in a column of a width in pixels."""
    words = line(name, size=style.BODY, colour=palette.TEXT, width=width)
    return Block(width, BAR, words.moved(0, (BAR - words.height) // 2))


def number(value: int | str) -> Block:
    """A number at the right end of a bar."""
    words = line(str(value), size=style.BODY, colour=palette.INK)
    return Block(words.width, BAR, words.moved(0, (BAR - words.height) // 2))


def bar(values: Mapping[str, int], colours: Mapping[str, str], scale: float) -> Block:
    """A stacked bar with the number of each part in it, where there is room.

    Args:
        values: of the parts, by name.
        colours: of the parts, in the order in which they are stacked.
        scale: pixels of 1.
    """
    items: list[Fill | Words] = []
    left = done = 0
    for name, colour in colours.items():
        value = values.get(name, 0)
        done += value
        right = round(done * scale)
        items.append(Fill(Box(left, 0, right - left, BAR), colour))
        words = line(str(value), size=style.SMALL, colour=_on(colour))
        if value and words.width + 8 <= right - left:
            items += [item for item in words.moved(left + 5, (BAR - words.height) // 2) if isinstance(item, Words)]
        left = right
    return Block(max(1, left), BAR, tuple(items))


def _on(ground: str) -> str:
    """The colour of letters that can be read on a ground."""
    red, green, blue = (int(ground[place : place + 2], 16) for place in (1, 3, 5))
    return palette.INK if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else palette.PAPER
