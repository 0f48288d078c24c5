"""File formats of figures: PNG, and PDF and SVG, in which texts stay texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.files import FIGURES
from visualize.methods.drawing.row import png
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from visualize.figures.boxes import Block


def encoded(block: Block, ending: str = ".png") -> bytes:
    """The content of a file that shows a block.

    Args:
        block: the figure.
        ending: of the file's name, one of ``FIGURES``.

    Raises:
        InputError: figures are not written in that format.

    Example:
        >>> from visualize.figures.boxes import line
        >>> encoded(line("a word", size=20, colour="#000000"), ".pdf")[:8]
        b'%PDF-1.5'
    """
    if ending == ".svg":
        from visualize.figures.svg import svg

        return svg(block)
    if ending == ".pdf":
        from visualize.figures.pdf import pdf

        return pdf(block)
    if ending != ".png":
        raise InputError(f"figures are written as {', '.join(FIGURES)}, not as {ending}")
    return png(block.draw())
