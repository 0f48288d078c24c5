"""A unit between what feeds it and what it feeds, with lines as thick as the connections are strong."""

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

_SIZE = 13  # of the letters, pixels
_ROW = 38  # pixels of one end: its unit over its name
_SIDE, _MIDDLE = 210, 150  # pixels for the words of an end, and for the unit
_FINE = 3  # lines are drawn so many times larger, then scaled down
_TALL, _TALLER = 34, 50  # pixels of the unit's box, and of one that bears a name too
_THICK = 11.0  # pixels, of the strongest connection


@dataclass(frozen=True)
class End:
    """One end of a connection.

    Args:
        unit: as it is written.
        name: under it; "" for none.
        strength: of the connection, of either sign.
    """

    unit: str
    name: str
    strength: float


def diagram(into: Sequence[End], unit: str, out: Sequence[End], *, name: str = "", width: int = 820) -> Picture:
    """Draw a unit with what feeds it at the left and what it feeds at the right.

    Lines are orange where a connection adds and blue where it takes away; each side's strongest is the thickest.

    Args:
        into: what feeds it, from the top down.
        unit: as it is written.
        out: what it feeds.
        name: of the class that the unit stands for, over the unit; "" for none.
        width: of the picture, pixels.

    Returns:
        H x width x 3, RGB, uint8.
    """
    height = _ROW * max(len(into), len(out), 2) + 8
    large = Image.new("RGB", (width * _FINE, height * _FINE), palette.PAPER)
    draw = ImageDraw.Draw(large)
    middle = (width - _MIDDLE) // 2, (width + _MIDDLE) // 2
    for ends, outer, inner in ((into, _SIDE, middle[0]), (out, width - _SIDE, middle[1])):
        most = max((abs(end.strength) for end in ends), default=0.0) or 1.0
        for place, end in enumerate(ends):
            start, stop = (outer, _level(place, len(ends), height)), (inner, height / 2)
            thick = max(1.0, _THICK * abs(end.strength) / most)
            colour = palette.MARK if end.strength >= 0 else palette.ACCENT
            _line(draw, start, stop, thick, colour)
    half = (_TALLER if name else _TALL) / 2
    box = (middle[0], height / 2 - half, middle[1], height / 2 + half)
    draw.rectangle([side * _FINE for side in box], fill=palette.INK)
    sheet = large.reduce(_FINE)
    _letter(sheet, into, out, [name, unit] if name else [unit])
    return np.asarray(sheet)


def _level(place: int, count: int, height: int) -> float:
    """The row at which an end stands; each side is centred."""
    return height / 2 + (place - (count - 1) / 2) * _ROW


def _line(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], stop: tuple[float, float], thick: float, colour: str
) -> None:
    """A line that leaves both ends level, in short pieces."""
    shares = np.linspace(0, 1, 25)
    bent = shares * shares * (3 - 2 * shares)
    points = [
        ((start[0] + share * (stop[0] - start[0])) * _FINE, (start[1] + bend * (stop[1] - start[1])) * _FINE)
        for share, bend in zip(shares.tolist(), bent.tolist(), strict=True)
    ]
    draw.line(points, fill=colour, width=max(1, round(thick * _FINE)), joint="curve")


def _letter(sheet: Image.Image, into: Sequence[End], out: Sequence[End], middle: Sequence[str]) -> None:
    """Write the words of both sides, and the lines in the unit's box."""
    font = letters(_SIZE)
    first = (sheet.height - len(middle) * font.height) / 2
    for number, text in enumerate(middle):
        words = shorten(legible(text), font, _MIDDLE - 12)
        left, top = (sheet.width - font.length(words)) / 2, first + number * font.height
        font.write(sheet, (left, top), words, colour=palette.PAPER)
    for ends, at_left in ((into, True), (out, False)):
        for place, end in enumerate(ends):
            top = _level(place, len(ends), sheet.height) - font.height - (0 if end.name else -font.height / 2)
            lines = [(f"{end.unit}  {end.strength:+.3g}", palette.INK), (end.name, palette.TEXT)]
            for number, (text, colour) in enumerate(lines):
                words = shorten(legible(text), font, _SIDE - 14)
                left = _SIDE - 10 - font.length(words) if at_left else sheet.width - _SIDE + 10
                font.write(sheet, (left, top + number * font.height), words, colour=colour)
