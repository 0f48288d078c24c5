"""Figures that display themselves in a notebook and are written as PNG, PDF or SVG."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.figures.formats import encoded
from visualize.files import save_bytes
from visualize.methods.drawing.row import png

if TYPE_CHECKING:
    from PIL import Image

    from visualize.figures.boxes import Block


@dataclass(frozen=True, eq=False)
class Figure:
    """A finished figure.

    Args:
        block: every text and picture at its place.

    Example:
        >>> from visualize.figures.boxes import line
        >>> figure = Figure(line("a word", size=20, colour="#000000"))
        >>> figure.save("word.svg").name
        'word.svg'
    """

    block: Block

    def __repr__(self) -> str:
        return f"Figure({self.block.width} x {self.block.height} pixels)"

    @functools.cached_property
    def image(self) -> Image.Image:
        """The figure as an RGB picture."""
        return self.block.draw()

    def save(self, path: str | Path) -> Path:
        """Write the figure, whole or not at all; folders on the way are made.

        Args:
            path: a file that ends in ``.png``, ``.pdf`` or ``.svg``; in the latter two, texts can be selected.

        Returns:
            the path.

        Raises:
            InputError: the name ends in something else.
            OSError: it cannot be written.
        """
        target = Path(path).expanduser()
        save_bytes(encoded(self.block, target.suffix.lower()), target)
        return target

    def _repr_png_(self) -> bytes:
        return png(self.image)
