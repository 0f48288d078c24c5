"""Bars of words, one under the other: how much more similar to each a unit's best pictures are than all pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.drawing import palette
from visualize.methods.drawing.bar_sheet import BarSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.panel import Picture

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
    sheet = BarSheet(len(words), title, width=width, row=_ROW, name=_NAME, words=_WORDS)
    low, high = min(0.0, *lifts), max(_LEAST, *lifts)
    for number, (word, lift) in enumerate(zip(words, lifts, strict=True)):
        start = sheet.label(number, word, f"{lift:+.1f} sd") + (_ROW - _BAR) // 2
        sheet.bar((0, 1), start, _BAR, palette.TINT)
        left, right = sorted(((0 - low) / (high - low), (lift - low) / (high - low)))
        sheet.bar((left, right), start, _BAR, palette.ACCENT if number == 0 else palette.FAINT)
    return sheet.picture()
