"""Tables of words: rows and columns, each cell one line of text that is shortened to its column."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.methods.drawing import palette
from visualize.methods.drawing.text import legible, letters, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.drawing.panel import Picture


_SIZE = 13  # of the letters of a table that is drawn by itself, pixels
_BETWEEN, _LEADING = 14, 5  # pixels between columns, and between rows


@dataclass(frozen=True)
class Cell:
    """One line of text at its place in a table: pixels from the table's upper left corner."""

    left: int
    top: int
    text: str
    colour: str


def cells(rows: Sequence[Sequence[str]], widths: Sequence[int], *, size: int, heads: int = 1) -> list[Cell]:
    """The words of a table, each at its place, row by row.

    Args:
        rows: equally long.
        widths: the width of each column, pixels; longer words are shortened.
        size: the size of the letters, pixels.
        heads: how many rows are heads, in a quieter colour.
    """
    font = letters(size)
    lefts = list(itertools.accumulate(widths[:-1], initial=0))
    placed = []
    for number, row in enumerate(rows):
        colour = palette.QUIET if number < heads else palette.TEXT
        for left, wide, text in zip(lefts, widths, row, strict=True):
            fitted = shorten(" ".join(legible(text).split()), font, wide - _BETWEEN)
            placed.append(Cell(left, number * (font.height + _LEADING), fitted, colour))
    return placed


def draw_table(rows: Mapping[str, Mapping[str, str]], *, title: str, width: int = 920) -> Picture:
    """A small table: a title, a line of headings, and a line for each row.

    Args:
        rows: name -> heading -> text; all rows have the same headings.
        title: over the table.
        width: the width of the picture, pixels.

    Returns:
        H x width x 3, RGB, uint8.
    """
    font = letters(_SIZE)
    headings = list(next(iter(rows.values())))
    first = max(font.length(legible(name)) for name in rows) + 2 * _BETWEEN
    lines = [["", *headings], *([name, *(row[heading] for heading in headings)] for name, row in rows.items())]
    placed = cells(lines, [first, *[(width - first) // len(headings)] * len(headings)], size=_SIZE)
    top = 8 + font.height + _LEADING
    sheet = Image.new("RGB", (width, top + placed[-1].top + font.height + 4), palette.PAPER)
    font.write(sheet, (0, 8), title, colour=palette.INK)
    for cell in placed:
        font.write(sheet, (cell.left, top + cell.top), cell.text, colour=cell.colour)
    return np.asarray(sheet)
