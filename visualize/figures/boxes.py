"""Boxes of text and pictures that know their places before anything is drawn, so that tests can look at the places."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from visualize.methods.drawing import palette
from visualize.methods.drawing.table import cells
from visualize.methods.drawing.text import legible, letters, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visualize.methods.drawing.panel import Picture


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels: ``right`` and ``bottom`` are the first column and row outside."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.top + self.height

    def overlaps(self, other: Box) -> bool:
        """Whether the two share a pixel."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Words:
    """One line of text; its box is as tall as the font's ascent and descent."""

    box: Box
    text: str
    size: int
    colour: str

    def draw(self, sheet: Image.Image) -> None:
        """Draw it at its place."""
        letters(self.size).write(sheet, (self.box.left, self.box.top), self.text, colour=self.colour)


@dataclass(frozen=True, eq=False)
class Print:
    """A picture, scaled to its box."""

    box: Box
    picture: Picture

    def draw(self, sheet: Image.Image) -> None:
        """Draw the picture at its place; at its natural size its pixels are copied."""
        picture = Image.fromarray(self.picture)
        if picture.size != (self.box.width, self.box.height):
            picture = picture.resize((self.box.width, self.box.height), self._filter(picture))
        sheet.paste(picture, (self.box.left, self.box.top))

    def _filter(self, picture: Image.Image) -> Image.Resampling:
        """Squares for whole multiples of a tiny picture, whose pixels are worth seeing; else the smoothest."""
        tiny = max(picture.size) <= TINY
        whole = self.box.width % picture.width == 0 and self.box.height % picture.height == 0
        return Image.Resampling.NEAREST if tiny and whole else Image.Resampling.LANCZOS


@dataclass(frozen=True)
class Fill:
    """A rectangle of one colour: a rule or a ground."""

    box: Box
    colour: str

    def draw(self, sheet: Image.Image) -> None:
        """Draw it at its place."""
        sheet.paste(self.colour, (self.box.left, self.box.top, self.box.right, self.box.bottom))


Item = Words | Print | Fill
TINY = 32  # pixels: the longer side of a picture that is shown as squares


@dataclass(frozen=True)
class Block:
    """Items at places relative to the block's upper left corner. Later items lie over earlier ones."""

    width: int
    height: int
    items: tuple[Item, ...] = ()

    def moved(self, right: int, down: int) -> tuple[Item, ...]:
        """The block's items, shifted."""
        return tuple(
            dataclasses.replace(
                item, box=dataclasses.replace(item.box, left=item.box.left + right, top=item.box.top + down)
            )
            for item in self.items
        )

    def padded(self, right: int, down: int | None = None) -> Block:
        """The block with a margin: ``right`` at both sides, ``down`` (or as much) above and below."""
        down = right if down is None else down
        return Block(self.width + 2 * right, self.height + 2 * down, self.moved(right, down))

    def on(self, colour: str) -> Block:
        """The block on a ground of that colour."""
        return Block(self.width, self.height, (Fill(Box(0, 0, self.width, self.height), colour), *self.items))

    def at_least(self, width: int = 0, height: int = 0) -> Block:
        """The block with empty space at the right and below, where it is smaller than that."""
        return Block(max(self.width, width), max(self.height, height), self.items)

    def draw(self) -> Image.Image:
        """The block drawn on paper: an RGB picture of its width and height."""
        sheet = Image.new("RGB", (self.width, self.height), palette.PAPER)
        for item in self.items:
            item.draw(sheet)
        return sheet


def stack(blocks: Iterable[Block], gap: int = 0) -> Block:
    """Blocks under each other, left edges aligned; those without height are left out."""
    items: list[Item] = []
    width = bottom = 0
    for block in blocks:
        if block.height:
            top = bottom + gap if bottom else 0
            items.extend(block.moved(0, top))
            width, bottom = max(width, block.width), top + block.height
    return Block(width, bottom, tuple(items))


def beside(blocks: Iterable[Block], gap: int = 0) -> Block:
    """Blocks next to each other, top edges aligned; those without width are left out."""
    items: list[Item] = []
    height = right = 0
    for block in blocks:
        if block.width:
            left = right + gap if right else 0
            items.extend(block.moved(left, 0))
            height, right = max(height, block.height), left + block.width
    return Block(right, height, tuple(items))


def paragraph(text: str, width: int, *, size: int, colours: Sequence[str], most: int | None = None) -> Block:
    """A text, wrapped into lines.

    Args:
        text: the text to write; an empty one takes no space.
        width: pixels it may take.
        size: the letters' size, pixels.
        colours: the colours of its paragraphs (the parts between line breaks) in turn; the last serves all that follow.
        most: lines at most; the rest is cut behind an ellipsis.
    """
    if not text.strip():
        return Block(0, 0)
    font = letters(size)
    lines: list[tuple[str, str]] = []
    for number, part in enumerate(text.split("\n")):
        colour = colours[min(number, len(colours) - 1)]
        lines.extend((line, colour) for line in wrap(part, font, width))
    if most is not None and len(lines) > most:
        last = wrap(" ".join(line for line, _ in lines[most - 1 :]), font, width, most=1)
        lines = [*lines[: most - 1], (last[0], lines[most - 1][1])]
    return stack(_line(line, size, colour) for line, colour in lines)


def line(text: str, *, size: int, colour: str, width: float = math.inf) -> Block:
    """One line of text, shortened in its middle where it is wider than ``width``."""
    return _line(shorten(" ".join(legible(text).split()), letters(size), width), size, colour)


def _line(text: str, size: int, colour: str) -> Block:
    font = letters(size)
    box = Box(0, 0, font.length(text), font.height)
    return Block(box.width, box.height, (Words(box, text, size, colour),))


def table_block(rows: Sequence[Sequence[str]], widths: Sequence[int], *, size: int, colour: str | None = None) -> Block:
    """A table of words, a line of headings first; longer words are shortened to their column.

    Args:
        rows: equally long.
        widths: of the columns, pixels.
        size: the letters' size, pixels.
        colour: of all words; without one headings are quieter than the rest.
    """
    font = letters(size)
    words = tuple(
        Words(Box(cell.left, cell.top, font.length(cell.text), font.height), cell.text, size, colour or cell.colour)
        for cell in cells(rows, widths, size=size)
    )
    return Block(sum(widths), words[-1].box.bottom, words)


def rule(width: int) -> Block:
    """A thin line across."""
    return Block(width, 1, (Fill(Box(0, 0, width, 1), palette.RULE),))
