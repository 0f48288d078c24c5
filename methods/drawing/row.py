"""Panels side by side as one picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from visualize.methods.drawing.text import legible, letters, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.legend import Key
    from visualize.methods.drawing.panel import Panel

_NARROWEST = 120  # pixels that a caption has at least, however narrow its picture


def row(
    panels: Sequence[Panel],
    *,
    height: int = 224,
    width: int = 1000,
    gap: int = 12,
    size: int = 14,
    legend: Sequence[Key] = (),
) -> Image.Image:
    """Panels side by side, captions under them: the plain layout of a notebook.

    Args:
        panels: at least one.
        height: the height of each picture, pixels; diagrams keep their own size.
        width: the width of the sheet, pixels; further panels go onto a further line (one panel may be wider).
        gap: between panels and around them, pixels.
        size: the size of the caption's letters, pixels.
        legend: keys of the marks in the pictures, which follow under them.
    """
    lines: list[list[Image.Image]] = [[]]
    for panel in panels:
        cell = _cell(panel, height, size)
        if lines[-1] and sum(other.width + gap for other in lines[-1]) + cell.width + 2 * gap > width:
            lines.append([])
        lines[-1].append(cell)
    lines += [[_key(key, size)] for key in legend]
    tall = [max(cell.height for cell in line) for line in lines]
    wide = max(sum(cell.width + gap for cell in line) for line in lines)
    sheet = Image.new("RGB", (wide + gap, sum(tall) + gap * (len(lines) + 1)), "white")
    top = gap
    for line, below in zip(lines, tall, strict=True):
        left = gap
        for cell in line:
            sheet.paste(cell, (left, top))
            left += cell.width + gap
        top += below + gap
    return sheet


def _cell(panel: Panel, height: int, size: int) -> Image.Image:
    """One picture with its caption under it, on white."""
    picture, font = _scaled(panel, height), letters(size)
    wide = max(picture.width, _NARROWEST)
    caption = wrap(panel.caption, font, wide)
    cell = Image.new("RGB", (wide, picture.height + 4 + font.height * len(caption)), "white")
    cell.paste(picture, (0, 0))
    for number, text in enumerate(caption):
        font.write(cell, (0, picture.height + 4 + number * font.height), text, colour="#333333")
    return cell


def _key(key: Key, size: int) -> Image.Image:
    """One mark of the legend with its words, on white."""
    mark, font = Image.fromarray(key.mark), letters(size)
    words = legible(key.words)
    tall = max(mark.height, font.height)
    sheet = Image.new("RGB", (mark.width + 8 + font.length(words), tall), "white")
    sheet.paste(mark, (0, (tall - mark.height) // 2))
    font.write(sheet, (mark.width + 8, 0), words, colour="#333333")
    return sheet


def _scaled(panel: Panel, height: int) -> Image.Image:
    picture = Image.fromarray(panel.picture)
    if panel.wide or picture.height == height:
        return picture
    width = max(1, round(picture.width * height / picture.height))
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def png(picture: Image.Image) -> bytes:
    """A Pillow picture as the bytes of a PNG file, without loss whatever the level: 2 % larger in 3/5 of the time."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=4)
    return out.getvalue()
