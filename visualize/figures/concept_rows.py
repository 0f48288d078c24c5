"""One concept in several networks: a row for each, with what its best unit looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.boxes import Block, beside, line, paragraph, rule, stack
from visualize.figures.section import caption, legend, picture
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.figures.section import Section
    from visualize.figures.unit_facts import About
    from visualize.methods.drawing.panel import Panel

_NAME = 250  # pixels for the words at the left of a row
_SIDE = 176  # pixels that a picture is wide
_TALL = 1.3  # times as tall it may be


@dataclass(frozen=True, eq=False)
class ConceptRow:
    """Best unit of one network for a concept.

    Args:
        about: the facts of the unit; its label says how well it fits.
        sections: what is shown of it; the same methods in every row.
    """

    about: About
    sections: Sequence[Section]


def concept_block(
    concept: str, rows: Sequence[ConceptRow], *, counts: Sequence[int] = (1, 4), width: int = style.WIDTH
) -> Block:
    """A concept in several networks: a row for each, the pictures of each method in columns of their own.

    Args:
        concept: its name, for the headline.
        rows: one for each network, in order.
        counts: pictures of each method in a row; of further methods the last number.
        width: the figure's width, pixels.
    """
    inner = width - 2 * style.MARGIN
    head = stack(
        [
            paragraph(concept, inner, size=style.HUGE, colours=[palette.INK], most=2),
            paragraph("In each network, the unit that fits it best.", inner, size=style.BODY, colours=[palette.TEXT]),
        ],
        4,
    ).at_least(inner)
    parts = [_heads(rows, counts, inner), *(_row(row, counts) for row in rows)]
    parted = [block for part in parts for block in (rule(inner), part)][1:]
    return stack([head.padded(style.MARGIN, 22).on(palette.TINT), stack(parted, 14).padded(style.MARGIN, 20)])


def _heads(rows: Sequence[ConceptRow], counts: Sequence[int], width: int) -> Block:
    """The titles of the columns, and what the marks in them mean."""
    blocks = [Block(_NAME, 1)]
    room = width - _NAME - style.GAP
    for place, section in enumerate(rows[0].sections):
        wide = _wide(_count(counts, place))
        last = place == len(rows[0].sections) - 1
        keys = {key.words: key for row in rows for key in row.sections[place].legend}
        words = stack(
            [
                paragraph(section.title, wide, size=style.HEAD, colours=[palette.INK]),
                paragraph(section.explanation, wide, size=style.CAPTION, colours=[palette.TEXT]),
                legend(list(keys.values()), room if last else wide),
            ],
            3,
        )
        blocks.append(words.at_least(wide))
        room -= wide + style.GUTTER
    return _columns(blocks)


def _row(row: ConceptRow, counts: Sequence[int]) -> Block:
    about = row.about
    words = stack(
        [
            line(about.model, size=style.BODY, colour=palette.ACCENT, width=_NAME),
            paragraph(about.heading, _NAME, size=style.TITLE, colours=[palette.INK], most=3),
            paragraph(about.label or "", _NAME, size=style.BODY, colours=[palette.TEXT], most=4),
        ],
        4,
    ).at_least(_NAME)
    strips = [
        _strip(section.pictures[: _count(counts, place)]).at_least(_wide(_count(counts, place)))
        for place, section in enumerate(row.sections)
    ]
    return _columns([words, *strips])


def _columns(blocks: Sequence[Block]) -> Block:
    return beside([blocks[0], beside(blocks[1:], style.GUTTER)], style.GAP)


def _strip(panels: Sequence[Panel]) -> Block:
    return beside(map(_cell, panels), style.GAP)


def _cell(panel: Panel) -> Block:
    shown = picture(panel.picture, _SIDE, round(_TALL * _SIDE))
    return stack([shown, caption(panel.caption.split("\n")[0], _SIDE)], 4)


def _count(counts: Sequence[int], place: int) -> int:
    return counts[min(place, len(counts) - 1)]


def _wide(count: int) -> int:
    return count * _SIDE + (count - 1) * style.GAP
