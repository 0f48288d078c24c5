"""What one method contributes to a figure, and how its panels stand in a grid."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.block import TINY, Block, Box, Print, beside, line, paragraph, stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from methods.method import Method, Result
    from methods.panel import Panel, Picture

_CAPTION_LINES = 4
TALLEST = 2.4  # times its width: what a cell's picture may be tall


@dataclass(frozen=True)
class Section:
    """One method's part of a figure.

    Args:
        title: what the method is called.
        explanation: one sentence that says what the reader sees.
        panels: what to draw.
        notes: sentences that a reader must know.
    """

    title: str
    explanation: str = ""
    panels: tuple[Panel, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def pictures(self) -> tuple[Panel, ...]:
        """The panels that are scaled to the grid."""
        return tuple(panel for panel in self.panels if not panel.wide)

    @property
    def diagrams(self) -> tuple[Panel, ...]:
        """The panels that keep their own size."""
        return tuple(panel for panel in self.panels if panel.wide)

    @property
    def shape(self) -> float:
        """How much wider than others its cells are, so that cells cover alike areas: the root of width over height."""
        ratios = [panel.picture.shape[1] / panel.picture.shape[0] for panel in self.pictures]
        return min(2.4, max(0.75, math.sqrt(statistics.median(ratios)))) if ratios else 1.0


def sections(
    shown: Iterable[Result | Section], *, methods: Mapping[str, type[Method]] | None = None
) -> tuple[Section, ...]:
    """Results as sections, each with its method's title and explanation; sections stay as they are.

    Args:
        shown: results of one unit.
        methods: where titles are looked up, by the name in a result's provenance; the table of methods if not given.
            A method that it lacks is titled by its name.
    """
    return tuple(item if isinstance(item, Section) else _section(item, methods) for item in shown)


def _section(result: Result, methods: Mapping[str, type[Method]] | None) -> Section:
    if methods is None:
        from methods.method import table

        methods = table()
    name = result.provenance.method
    method = methods.get(name)
    title, explanation = (method.title, method.shows) if method else (name, "")
    return Section(title, explanation, result.panels(), result.notes)


@dataclass(frozen=True)
class Plan:
    """How a section is laid out.

    Args:
        section: what.
        columns: of its pictures.
        cell: the width of each, pixels.
        aside: whether diagrams stand at the right of the pictures, rather than under them.
        width: what the section may take in all, pixels.
    """

    section: Section
    columns: int
    cell: int
    aside: bool
    width: int

    def block(self) -> Block:
        """The section, laid out."""
        pictures = grid(self.section.pictures, self.columns, self.cell)
        diagrams = stack((_diagram(panel, self.width) for panel in self.section.diagrams), style.GAP)
        join = beside if self.aside else stack
        return stack([self.words(), join([pictures, diagrams], 2 * style.GAP), self.notes()], style.GAP).at_least(
            self.width
        )

    def words(self) -> Block:
        """The title and the explanation."""
        title = paragraph(self.section.title, self.width, size=style.TITLE, colours=[style.INK])
        said = paragraph(self.section.explanation, self.width, size=style.BODY, colours=[style.TEXT])
        return stack([title, said, Block(0, 2)], 4)

    def notes(self) -> Block:
        """The notes, small."""
        return stack(
            (paragraph(note, self.width, size=style.CAPTION, colours=[style.QUIET]) for note in self.section.notes), 4
        )


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
    colours = [style.INK, style.QUIET]
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


__all__ = ["Plan", "Section", "caption", "grid", "line", "picture", "sections"]
