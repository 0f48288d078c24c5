"""Bars of shares with and without something, one under the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.drawing import palette
from visualize.methods.drawing.bar_sheet import BarSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.panel import Picture

_ROW, _BAR = 30, 8  # pixels: a row, and one of its two bars
_NAME, _WORDS = 150, 235  # pixels for the name at the left and the words at the right


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
    sheet = BarSheet(len(rows), title, width=width, row=_ROW, name=_NAME, words=_WORDS)
    for number, row in enumerate(rows):
        words = f"{100 * row.before:.0f} -> {100 * row.after:.0f} %   {row.words}"
        upper = sheet.label(number, row.name, words)
        for place, (share, colour) in enumerate(((row.before, palette.REFERENCE), (row.after, palette.MARK))):
            start = upper + 5 + place * (_BAR + 2)
            sheet.bar((0, 1), start, _BAR, palette.TINT)
            if share > 0:
                sheet.bar((0, share), start, _BAR, colour)
    return sheet.picture()
