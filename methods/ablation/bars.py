"""Bars of shares with and without something, one under the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from visualize.methods.drawing import palette
from visualize.methods.drawing.text import legible, letters, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.panel import Picture

_SIZE, _TITLE = 13, 16  # of the letters, pixels
_ROW, _BAR = 30, 8  # pixels: a row, and one of its two bars
_NAME, _WORDS = 150, 190  # pixels for the name at the left and the words at the right


@dataclass(frozen=True)
class Bar:
    """One row.

    Args:
        name: at its left.
        before: share with it, 0..1.
        after: share without it, 0..1.
        words: at its right, after both shares in per cent.
    """

    name: str
    before: float
    after: float
    words: str


def bars(rows: Sequence[Bar], title: str, *, width: int = 620) -> Picture:
    """Draw rows of two bars each, grey for before and orange for after, under a title.

    Args:
        rows: none leave the title alone.
        title: over them.
        width: of the picture, pixels.

    Returns:
        H x width x 3, RGB, uint8.
    """
    font, large = letters(_SIZE), letters(_TITLE)
    top = large.height + 12
    sheet = Image.new("RGB", (width, top + _ROW * len(rows) + 4), palette.PAPER)
    large.write(sheet, (0, 2), shorten(legible(title), large, width), colour=palette.INK)
    draw = ImageDraw.Draw(sheet)
    room = width - _NAME - _WORDS
    for number, row in enumerate(rows):
        upper = top + number * _ROW
        middle = upper + (_ROW - font.height) // 2
        name = shorten(legible(row.name), font, _NAME - 12)
        font.write(sheet, (0, middle), name, colour=palette.TEXT)
        for place, (share, colour) in enumerate(((row.before, palette.REFERENCE), (row.after, palette.MARK))):
            start = upper + 5 + place * (_BAR + 2)
            draw.rectangle((_NAME, start, _NAME + room, start + _BAR - 1), fill=palette.TINT)
            if share > 0:
                draw.rectangle((_NAME, start, _NAME + max(1, round(share * room)), start + _BAR - 1), fill=colour)
        words = f"{100 * row.before:.0f} -> {100 * row.after:.0f} %   {row.words}"
        font.write(sheet, (_NAME + room + 12, middle), shorten(words, font, _WORDS - 12), colour=palette.TEXT)
    return np.asarray(sheet)
