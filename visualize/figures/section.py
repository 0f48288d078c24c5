"""Sections of figures: one method's panels with their title and notes, and how they stand in a grid."""

from __future__ import annotations

import dataclasses
import itertools
import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.boxes import TINY, Block, Box, Print, beside, line, paragraph, stack
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from visualize.methods.drawing.legend import Key
    from visualize.methods.drawing.panel import Panel, Picture
    from visualize.methods.method import Method
    from visualize.methods.result import Result

_CAPTION_LINES = 4
_KEY = 8  # pixels between a mark of the legend and its words
MOST_COLUMNS = 8
_MOST_TOGETHER = 12  # pictures of one photograph in a row, however small that makes them
TALLEST = 2.4  # times its width: what a cell's picture may be tall


@dataclass(frozen=True)
class Section:
    """One method's part of a figure.

    Args:
        title: what the method is called.
        explanation: one sentence that says what the reader sees.
        panels: the pictures to draw, with their captions.
        notes: sentences that a reader must know.
        legend: keys of the lines, frames and colours in the pictures.
        explains: whether the panels explain photographs one by one, so that the section may stand under one that shows
            them.

    Example:
        >>> import numpy as np
        >>> from visualize.methods.drawing.panel import Panel
        >>> from visualize.figures import Section
        >>> panels = tuple(Panel(np.zeros((64, 64, 3), np.uint8), f"picture {number}") for number in range(4))
        >>> section = Section("Top images", "The photographs on which the unit answers most.", panels)
        >>> len(section.pictures), len(section.diagrams), list(section.columns)
        (4, 0, [1, 2, 3, 4])
    """

    title: str
    explanation: str = ""
    panels: tuple[Panel, ...] = ()
    notes: tuple[str, ...] = ()
    explains: bool = False
    legend: tuple[Key, ...] = ()

    @property
    def pictures(self) -> tuple[Panel, ...]:
        """The panels that are scaled to the grid."""
        return tuple(panel for panel in self.panels if not panel.wide)

    @property
    def diagrams(self) -> tuple[Panel, ...]:
        """The panels that keep their own size."""
        return tuple(panel for panel in self.panels if panel.wide)

    @property
    def parts(self) -> tuple[Section, ...]:
        """Sections that this one consists of: itself."""
        return (self,)

    @property
    def heads(self) -> tuple[Section, ...]:
        """Sections whose titles head the columns one by one; none where one title heads them all."""
        return ()

    @property
    def columns(self) -> Sequence[int]:
        """Numbers of columns that the pictures may stand in: those of one photograph stay in one row."""
        many = len(self.pictures)
        together = self._together
        if together > 1:
            return range(together, max(together, min(many, MOST_COLUMNS)) + 1, together)
        return range(min(1, many), min(many, MOST_COLUMNS) + 1)

    @property
    def _together(self) -> int:
        """How many pictures belong to each photograph, if that is the same number for all and a row can hold them."""
        runs = [len(list(run)) for name, run in itertools.groupby(panel.of for panel in self.pictures) if name]
        alike = len(set(runs)) == 1 and sum(runs) == len(self.pictures)
        return runs[0] if alike and runs[0] <= _MOST_TOGETHER else 1

    @property
    def shape(self) -> float:
        """Factor by which cells of this section are wider than those of others.

        Cells are to cover alike areas: the root of width over height. A photograph beside its explanation is two
        pictures, each as large as others: width over height itself.
        """
        ratios = [panel.picture.shape[1] / panel.picture.shape[0] for panel in self.pictures]
        if not ratios:
            return 1.0
        ratio = statistics.median(ratios)
        return min(2.4, max(0.75, ratio if self.explains and ratio > 1 else math.sqrt(ratio)))


def sections(
    shown: Iterable[Result | Section],
    *,
    methods: Mapping[str, type[Method]] | None = None,
    above: Sequence[Result] = (),
) -> tuple[Section, ...]:
    """Results as sections, each with its method's title and explanation; sections stay as they are.

    Args:
        shown: results of one unit.
        methods: where titles are looked up, by the name in a result's provenance; the table of methods if not given.
            A method that it lacks is titled by its name.
        above: results that the reader has seen already, of which nothing is drawn again: their notes are not repeated,
            and explanations are laid out as under their photographs.
    """
    parts: list[Section] = []
    said: set[str] = {note for result in above for note in result.notes}
    photographed = any(result.chosen for result in above)
    for item in shown:
        under = photographed or _shows(parts)
        part = item if isinstance(item, Section) else _section(item, methods, under=under)
        if said.intersection(part.notes):  # what is so of the network stands with every result
            part = dataclasses.replace(part, notes=tuple(note for note in part.notes if note not in said))
        said.update(part.notes)
        parts.append(part)
    return tuple(parts)


def _shows(shown: Sequence[Section]) -> bool:
    """Whether photographs are shown that others may explain."""
    return any(panel.of for section in shown if not section.explains for panel in section.pictures)


def _section(result: Result, methods: Mapping[str, type[Method]] | None, *, under: bool) -> Section:
    """A result's section; its panels are those that stand under photographs, where these are shown already."""
    if methods is None:
        from visualize.methods.registry import table

        methods = table()
    name = result.provenance.method
    method = methods.get(name)
    title, explanation = (method.title, method.shows) if method else (name, "")
    explains = method is not None and method.explains
    panels = result.aligned() if explains and under else result.panels()
    return Section(title, result.shows or explanation, panels, result.notes, explains, result.legend)


@dataclass(frozen=True)
class Plan:
    """Plan of how a section is drawn.

    Args:
        section: the section.
        columns: number of columns that its pictures stand in.
        cell: the width of each picture, pixels.
        aside: whether diagrams stand at the right of the pictures, rather than under them.
        width: what the section may take in all, pixels.
    """

    section: Section
    columns: int
    cell: int
    aside: bool
    width: int

    def block(self) -> Block:
        """The section with every text and picture at its place."""
        return stack((self._part(part) for part in self.section.parts), 2 * style.GAP).at_least(self.width)

    def _part(self, part: Section) -> Block:
        pictures = grid(part.pictures, self.columns, self.cell)
        diagrams = stack((_diagram(panel, self.width) for panel in part.diagrams), style.GAP)
        join = beside if self.aside else stack
        return stack([self._words(part), join([pictures, diagrams], 2 * style.GAP), self._notes(part)], style.GAP)

    def _words(self, part: Section) -> Block:
        """The title and the explanation, of every column where they differ."""
        if not part.heads:
            return _titled(part, self.width, style.TITLE)
        return beside((_titled(head, self.cell, style.HEAD).at_least(self.cell) for head in part.heads), style.GAP)

    def _notes(self, part: Section) -> Block:
        """The notes, small."""
        quiet = [palette.QUIET]
        return stack((paragraph(note, self.width, size=style.CAPTION, colours=quiet) for note in part.notes), 4)


def _titled(part: Section, width: int, size: int) -> Block:
    title = paragraph(part.title, width, size=size, colours=[palette.INK])
    explanation = paragraph(part.explanation, width, size=style.BODY, colours=[palette.TEXT])
    return stack([title, explanation, legend(part.legend, width), Block(0, 2)], 4)


def legend(keys: Sequence[Key], width: int) -> Block:
    """The marks of a figure with their words, next to each other as far as there is room."""
    lines: list[Block] = []
    for key in keys:
        tall, wide = key.mark.shape[:2]
        words = paragraph(key.words, width - wide - _KEY, size=style.CAPTION, colours=[palette.QUIET])
        mark = Block(wide, tall + 3, (Print(Box(0, 3, wide, tall), key.mark),))
        entry = beside([mark, words], _KEY)
        if lines and lines[-1].width + 2 * style.GAP + entry.width <= width:
            lines[-1] = beside([lines[-1], entry], 2 * style.GAP)
        else:
            lines.append(entry)
    return stack(lines, 3)


def grid(panels: Sequence[Panel], columns: int, cell: int) -> Block:
    """Pictures of one width in rows, with their captions; captions of a row start at one height."""
    rows = [panels[start : start + columns] for start in range(0, len(panels), columns)] if columns else []
    return stack((_row(row, cell) for row in rows), style.GAP + 4)


def _row(panels: Sequence[Panel], cell: int) -> Block:
    pictures = [picture(panel.picture, cell, round(cell * TALLEST)) for panel in panels]
    tallest = max(block.height for block in pictures)
    return beside(
        (
            stack([shown.at_least(cell, tallest), Block(0, 6), caption(panel.caption, cell)])
            for panel, shown in zip(panels, pictures, strict=True)
        ),
        style.GAP,
    )


def caption(text: str, width: int) -> Block:
    """The words under a picture: the first paragraph plain, what follows quieter."""
    colours = [palette.INK, palette.QUIET]
    return paragraph(text, width, size=style.CAPTION, colours=colours, most=_CAPTION_LINES)


def picture(values: Picture, width: int, height: int) -> Block:
    """A picture as large as it fits in ``width`` x ``height``; a tiny one in a whole multiple of its size."""
    tall, wide = values.shape[:2]
    scale = min(width / wide, height / tall)
    if scale > 1 and max(tall, wide) <= TINY:
        scale = math.floor(scale)
    box = Box(0, 0, max(1, round(wide * scale)), max(1, round(tall * scale)))
    return Block(box.width, box.height, (Print(box, values),))


def _diagram(panel: Panel, width: int) -> Block:
    tall, wide = panel.picture.shape[:2]
    shown = picture(panel.picture, min(width, wide), tall)
    return stack([shown, caption(panel.caption, max(shown.width, min(width, 200)))], 6)


__all__ = ["Plan", "Section", "caption", "grid", "legend", "line", "picture", "sections"]
