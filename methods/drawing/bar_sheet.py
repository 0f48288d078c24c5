"""A sheet of bars under a title: a row for each, its name at the left and words at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from visualize.methods.drawing import palette
from visualize.methods.drawing.text import legible, letters, shorten

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture

_SIZE, _TITLE = 13, 16  # of the letters, pixels
_GAP = 12  # pixels between a row's name, its bars and its words


class BarSheet:
    """A sheet on which bars are drawn, row by row.

    Args:
        rows: how many there are.
        title: over them.
        width: of the sheet, pixels.
        row: height of a row, pixels.
        name: width of the names at the left, pixels.
        words: width of the words at the right, pixels.

    Example:
        >>> sheet = BarSheet(1, "Lamps", width=200, row=20, name=60, words=40)
        >>> upper = sheet.label(0, "on", "75 %")
        >>> sheet.bar((0, 0.75), upper, 8, palette.MARK)
        >>> blank = BarSheet(1, "Lamps", width=200, row=20, name=60, words=40)
        >>> _ = blank.label(0, "on", "75 %")
        >>> columns = np.flatnonzero((sheet.picture() != blank.picture()).any((0, 2)))  # of the bar
        >>> int(columns[0]), int(columns[-1])
        (60, 135)
    """

    def __init__(self, rows: int, title: str, *, width: int, row: int, name: int, words: int) -> None:
        large = letters(_TITLE)
        self._font, self._row, self._name, self._words = letters(_SIZE), row, name, words
        self._top = large.height + _GAP
        self._room = width - name - words
        self._sheet = Image.new("RGB", (width, self._top + row * rows + 4), palette.PAPER)
        self._draw = ImageDraw.Draw(self._sheet)
        large.write(self._sheet, (0, 2), shorten(legible(title), large, width), colour=palette.INK)

    def label(self, number: int, name: str, words: str) -> int:
        """Write a row's name and words; returns its upper edge, pixels."""
        upper = self._top + number * self._row
        middle = upper + (self._row - self._font.height) // 2
        fitted = shorten(legible(name), self._font, self._name - _GAP)
        self._font.write(self._sheet, (0, middle), fitted, colour=palette.TEXT)
        said = shorten(words, self._font, self._words - _GAP)
        self._font.write(self._sheet, (self._name + self._room + _GAP, middle), said, colour=palette.TEXT)
        return upper

    def bar(self, ends: tuple[float, float], top: int, height: int, colour: str) -> None:
        """Draw a bar.

        Args:
            ends: left and right, as shares of the room for bars.
            top: its upper edge, pixels.
            height: pixels.
            colour: of the bar.
        """
        left, right = (self._name + round(share * self._room) for share in ends)
        self._draw.rectangle((left, top, max(right, left + 1), top + height - 1), fill=colour)

    def picture(self) -> Picture:
        """The sheet: H x width x 3, RGB, uint8."""
        return np.asarray(self._sheet)
