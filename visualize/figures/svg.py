"""Figures as SVG: texts stay texts, pictures are PNG within the file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from visualize.figures.boxes import TINY, Fill, Print, Words
from visualize.methods.drawing import palette
from visualize.methods.drawing.row import png
from visualize.methods.drawing.text import font_file, letters

if TYPE_CHECKING:
    from visualize.figures.boxes import Block, Box, Item

_FONT = "Aileron"


def svg(block: Block) -> bytes:
    """A block as an SVG file of its size in pixels, with the font that its texts are set in.

    Args:
        block: the figure.
    """
    wide, tall = block.width, block.height
    font = base64.b64encode(font_file()).decode()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}">',
        f"<style>@font-face {{ font-family: {_FONT}; src: url(data:font/ttf;base64,{font}); }}",
        f"text {{ font-family: {_FONT}, Helvetica, Arial, sans-serif; white-space: pre; }}</style>",
        f'<rect width="{wide}" height="{tall}" fill="{palette.PAPER}"/>',
        *map(_element, block.items),
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _element(item: Item) -> str:
    if isinstance(item, Fill):
        return f'<rect {_place(item.box)} fill="{item.colour}"/>'
    return _picture(item) if isinstance(item, Print) else _text(item)


def _text(item: Words) -> str:
    """A line of text, as wide as it is in the font at hand, whatever font it is shown in."""
    font = letters(item.size)
    baseline = item.box.top + font.font.getmetrics()[0]
    wider = font.length(" ") - font.font.getlength(" ")
    return (
        f'<text x="{item.box.left}" y="{baseline}" font-size="{item.size}" fill={quoteattr(item.colour)} '
        f'word-spacing="{wider:g}" textLength="{font.length(item.text)}">{escape(item.text)}</text>'
    )


def _picture(item: Print) -> str:
    data = base64.b64encode(png(Image.fromarray(item.picture))).decode()
    sharp = ' style="image-rendering: pixelated"' if max(item.picture.shape[:2]) <= TINY else ""
    return f'<image {_place(item.box)} preserveAspectRatio="none"{sharp} href="data:image/png;base64,{data}"/>'


def _place(box: Box) -> str:
    return f'x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}"'
