"""Bars of words, one under the other: how much more similar to each a unit's best pictures are than all pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from visualize.methods.drawing import palette
from visualize.methods.drawing.text import legible, letters, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.panel import Picture

_SIZE, _TITLE = 13, 16  # of the letters, pixels
_ROW, _BAR = 24, 12  # pixels: a row, and its bar
_NAME, _WORDS = 210, 70  # pixels for the word at the left and the number at the right
_LEAST = 1.0  # standard deviations that the longest bar stands for at least: below, all bars are short


def word_bars(words: Sequence[str], lifts: Sequence[float], title: str, *, width: int = 620) -> Picture:
    """Draw a bar for each word, to the right for more similar and to the left for less, under a title.

    Args:
        words: best first.
        lifts: standard deviations, one for each word.
        title: over them.
        width: of the picture, pixels.

    Returns:
        H x width x 3, RGB, uint8.
    """
    font, large = letters(_SIZE), letters(_TITLE)
    top = large.height + 12
    sheet = Image.new("RGB", (width, top + _ROW * len(words) + 4), palette.PAPER)
    large.write(sheet, (0, 2), shorten(legible(title), large, width), colour=palette.INK)
    draw = ImageDraw.Draw(sheet)
    low, high = min(0.0, *lifts), max(_LEAST, *lifts)
    room = width - _NAME - _WORDS

    def across(value: float) -> int:
        return _NAME + round(room * (value - low) / (high - low))

    for number, (word, lift) in enumerate(zip(words, lifts, strict=True)):
        upper = top + number * _ROW
        middle = upper + (_ROW - font.height) // 2
        font.write(sheet, (0, middle), shorten(legible(word), font, _NAME - 12), colour=palette.TEXT)
        start = upper + (_ROW - _BAR) // 2
        draw.rectangle((_NAME, start, _NAME + room, start + _BAR - 1), fill=palette.TINT)
        left, right = sorted((across(0), across(lift)))
        draw.rectangle((left, start, right, start + _BAR - 1), fill=palette.ACCENT if number == 0 else palette.FAINT)
        font.write(sheet, (_NAME + room + 12, middle), f"{lift:+.1f} sd", colour=palette.TEXT)
    return np.asarray(sheet)
