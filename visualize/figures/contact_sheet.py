"""The contact sheet: many units at a glance, each with its number and its best pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Print, beside, line, paragraph, rule, stack
from visualize.figures.section import Section, legend, sections
from visualize.methods.drawing import palette
from visualize.methods.drawing.legend import shared
from visualize.methods.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visualize.figures.unit_facts import About
    from visualize.methods.drawing.legend import Key
    from visualize.methods.drawing.panel import Picture
    from visualize.methods.result import Result


_STORED = 128  # pixels that a picture in a sheet may be tall; twice as many it may be wide
_MOST = 6  # pictures of a section that a sheet may show
_TALLEST = 4200  # pixels that a sheet should be tall at most
_NUMBER = 92  # pixels for a unit's number and label at the left of its pictures
_PARTED = 18  # pixels between sections
_SCORED = "Beside a name stands its IoU, how well it fits, from 0 to 1; both in brackets: no detector."
_LIST = ((128, 3, 6, 1), (98, 2, 3, 2), (76, 2, 3, 2))  # side, pictures of the first section, of others, columns
_TILES = (112, 92, 76, 60)  # sides, for sheets of one picture a section


@dataclass(frozen=True, eq=False)
class Summary:
    """Summary of a unit for a contact sheet: little enough to hold hundreds.

    Args:
        about: the facts of the unit.
        titles: the titles of the sections that have pictures.
        strips: for each of these sections its first pictures, small.
        label: the unit's name as briefly as a sheet can say it, such as ``"car"``; by default the facts' label.
        score: how well the name fits, such as ``"0.0611"``.
        short: the unit as the sheet writes it; by default its number alone.
        legend: keys of the lines, frames and colours in the pictures.

    Example:
        >>> import numpy as np
        >>> from visualize.methods.drawing.panel import Panel
        >>> from visualize.figures import About, Section, contact_sheet, summary
        >>> section = Section("Top images", "", (Panel(np.zeros((64, 64, 3), np.uint8), "12.3"),))
        >>> units = [summary([section], About(model="net", layer="conv5", unit=f"conv5:{n}")) for n in range(3)]
        >>> units[0].titles
        ('Top images',)
        >>> contact_sheet(units).width
        1400
    """

    about: About
    titles: tuple[str, ...]
    strips: tuple[tuple[Picture, ...], ...]
    label: str | None = None
    score: str | None = None
    short: str | None = None
    legend: tuple[Key, ...] = ()


def summary(
    shown: Iterable[Result | Section], about: About, *, label: str | None = None, score: str | None = None
) -> Summary:
    """Keep of one unit what a contact sheet shows; the same arguments as for its card, and a short name."""
    kept = [section for section in sections(shown) if section.pictures]
    strips = tuple(tuple(_small(panel.picture) for panel in section.pictures[:_MOST]) for section in kept)
    keys = tuple(key for section in kept for key in section.legend)
    return Summary(about, tuple(section.title for section in kept), strips, label, score, legend=keys)


def contact_sheet(
    units: Sequence[Summary], *, title: str | None = None, order: str = "", width: int = style.WIDTH
) -> Image.Image:
    """Draw many units on one sheet: a few as rows of pictures, hundreds as tiles.

    Every unit has a picture of each of its sections at least, in the order that the head says. Units of several layers
    bear their layer's name.

    Args:
        units: at least one, in the order they are shown.
        title: the sheet's headline; by default the layer and how many units.
        order: a sentence on the order of the units.
        width: the sheet's width, pixels.
    """
    return sheet_block(units, title=title, order=order, width=width).draw()


def sheet_block(
    units: Sequence[Summary], *, title: str | None = None, order: str = "", width: int = style.WIDTH
) -> Block:
    """A contact sheet before it is drawn: every text and picture at its place."""
    inner = width - 2 * style.MARGIN
    if len({unit.about.layer for unit in units}) > 1:
        units = [replace(unit, short=unit.about.unit) for unit in units]
    body, headed = _body(units, inner)
    head = _head(units, title, order, inner, headed=headed).padded(style.MARGIN, 22).on(palette.TINT)
    return stack([head, rule(width), body.padded(style.MARGIN, 24)]).at_least(width)


def _head(units: Sequence[Summary], title: str | None, sorted_by: str, width: int, *, headed: bool) -> Block:
    """Head of a sheet; ``headed``: its columns bear their titles."""
    models = list(dict.fromkeys(unit.about.model for unit in units))
    layers = list(dict.fromkeys(unit.about.layer for unit in units))
    shown = f"{', '.join(layers)} · {counted(len(units), 'unit')}"
    titles = list(dict.fromkeys(name for unit in units for name in unit.titles))
    order = f"Each unit, from left to right: {', then '.join(titles)}." if titles and not headed else ""
    scored = _SCORED if any(unit.score for unit in units) else ""
    words = (order, scored, sorted_by, "Units count from 0.")
    keys = shared(key for unit in units for key in unit.legend)
    return stack(
        [
            line(", ".join(models), size=style.BODY + 2, colour=palette.ACCENT, width=width),
            paragraph(title or shown, width, size=34, colours=[palette.INK], most=2),
            paragraph(" ".join(filter(None, words)), width, size=style.BODY, colours=[palette.QUIET]),
            *([Block(0, 3), legend(keys, width)] if keys else []),
        ],
        3,
    ).at_least(width)


def _body(units: Sequence[Summary], width: int) -> tuple[Block, bool]:
    """The richest arrangement that stays within the height, else the sparest; and whether its columns are titled."""
    tiled = Block(0, 0)
    for side, first, others, columns in _LIST:
        wide = (width - style.GUTTER * (columns - 1)) // columns
        tall = (side + 17) * math.ceil(len(units) / columns)
        if tall <= _TALLEST:
            rows = [_strips(unit, (side, first, others), wide) for unit in units]
            heads = _titles(units, rows, wide)
            drawn = [_row(unit, strips, side, wide) for unit, strips in zip(units, rows, strict=True)]
            return _columns(drawn, columns, wide, heads), heads is not None
    for side in _TILES:
        tiled = _tiles([_tile(unit, side, width) for unit in units], width)
        if tiled.height <= _TALLEST:
            break
    return tiled, False


def _columns(rows: Sequence[Block], columns: int, width: int, heads: Block | None) -> Block:
    """Rows down the first column, then down the next; above each column the titles of what it shows."""
    each = math.ceil(len(rows) / columns)
    parts = [rows[start : start + each] for start in range(0, len(rows), each)]
    ruled = ([piece for row in part for piece in (rule(width), row)][1:] for part in parts)
    above = [] if heads is None else [heads]
    return beside((stack([*above, *pieces], 8).at_least(width) for pieces in ruled), style.GUTTER)


def _titles(units: Sequence[Summary], rows: Sequence[Sequence[Block]], width: int) -> Block | None:
    """Titles of the sections above their pictures; None where units differ in what is above what."""
    if (
        not units[0].titles
        or len({(unit.titles, *(strip.width for strip in row)) for unit, row in zip(units, rows, strict=True)}) > 1
    ):
        return None
    titles = [
        paragraph(title, strip.width, size=style.SMALL, colours=[palette.QUIET]).at_least(strip.width)
        for title, strip in zip(units[0].titles, rows[0], strict=True)
    ]
    return beside([Block(_NUMBER, 0), beside(titles, _PARTED)]).at_least(width)


def _row(unit: Summary, strips: Sequence[Block], side: int, width: int) -> Block:
    """A unit's number, and its pictures."""
    return beside([_name(unit, _NUMBER - 12).at_least(_NUMBER), beside(strips, _PARTED)]).at_least(width, side)


def _strips(unit: Summary, counts: tuple[int, int, int], width: int) -> list[Block]:
    """Pictures of a unit: one of each section, then as many more as there is room for."""
    side, first, others = counts
    room = width - _NUMBER
    parted = _PARTED * (len(unit.strips) - 1)
    least = sum(_fitted(strip[0], side).width for strip in unit.strips)
    if unit.strips and least + parted > room:
        side = max(1, side * (room - parted) // least)
    shown = [[_fitted(strip[0], side)] for strip in unit.strips]
    room -= sum(kept[0].width for kept in shown) + parted
    for place in range(1, max(first, others)):
        for number, (kept, strip) in enumerate(zip(shown, unit.strips, strict=True)):
            if place >= len(strip) or place >= (others if number else first) or len(kept) < place:
                continue
            following = _fitted(strip[place], side)
            if following.width + 4 <= room:
                kept.append(following)
                room -= following.width + 4
    return [beside(kept, 4) for kept in shown]


def _tile(unit: Summary, side: int, width: int) -> Block:
    """The best picture of each section, the unit's number above."""
    least = sum(_fitted(strip[0], side).width + 3 for strip in unit.strips)
    side = side if least <= width else max(1, side * width // least)
    pictures = beside((_fitted(strip[0], side) for strip in unit.strips), 3)
    wide = max(pictures.width, side)
    return stack([_name(unit, wide, small=True), pictures], 2).at_least(wide)


def _tiles(tiles: Sequence[Block], width: int) -> Block:
    wide = max(tile.width for tile in tiles)
    columns = max(1, (width + 16) // (wide + 16))
    gap = (width - columns * wide) // max(1, columns - 1) if columns > 1 else 0
    rows = (tiles[start : start + columns] for start in range(0, len(tiles), columns))
    return stack((beside((tile.at_least(wide) for tile in row), gap) for row in rows), 12)


def _name(unit: Summary, width: int, *, small: bool = False) -> Block:
    """The unit's number, and its label, or its class's name, if it has one."""
    about = unit.about
    size = style.CAPTION if small or unit.short else style.TITLE
    number = line(unit.short or about.short, size=size, colour=palette.INK, width=width)
    label = unit.label or about.label or about.name
    if not label:
        return number
    if not small:
        words = " ".join(filter(None, [label, unit.score]))
        return stack([number, paragraph(words, width, size=style.SMALL, colours=[palette.ACCENT], most=3)], 2)
    room = width - number.width - 6
    if unit.score is None:
        return beside([number, line(label, size=style.CAPTION, colour=palette.ACCENT, width=room)], 6)
    first = beside([number, line(unit.score, size=style.SMALL, colour=palette.QUIET, width=room)], 6)
    return stack([first, line(label, size=style.SMALL, colour=palette.ACCENT, width=width)], 1)


def _fitted(values: Picture, side: int) -> Block:
    """A picture ``side`` pixels tall, or shrunk further if it would then be more than twice as wide."""
    tall, wide = values.shape[:2]
    scale = min(side / tall, 2 * side / wide)
    box = Box(0, 0, max(1, round(wide * scale)), max(1, round(tall * scale)))
    return Block(box.width, box.height, (Print(box, values),))


def _small(values: Picture) -> Picture:
    tall, wide = values.shape[:2]
    scale = min(_STORED / tall, 2 * _STORED / wide)
    if scale >= 1:
        return values
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))
