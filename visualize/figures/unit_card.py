"""The unit card: one picture that shows what a unit looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.arrangement import arrange
from visualize.figures.boxes import Block, Box, Fill, Print, beside, line, paragraph, rule, stack
from visualize.figures.lineup import line_up
from visualize.figures.section import Section, sections
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

    from visualize.figures.section import Plan
    from visualize.figures.unit_facts import About
    from visualize.methods.result import Result


_FILLED = 0.85  # of the width: a card whose pictures leave more of it empty is made narrower
_GLYPH = 92  # pixels: the little drawing of the receptive field within the input


def unit_card(shown: Iterable[Result | Section], about: About, *, width: int | None = None) -> Image.Image:
    """Draw one unit's card.

    Args:
        shown: results of one unit, in the order they are read; or their :func:`~visualize.figures.section.sections`.
        about: the facts of the unit.
        width: the card's width, pixels; by default 1400, or less where the content does not fill that.

    Returns:
        an RGB picture, ``width`` pixels wide and as tall as its content.
    """
    return card_block(sections(shown), about, width=width).draw()


def card_block(shown: Sequence[Section], about: About, *, width: int | None = None) -> Block:
    """A card before it is drawn: every text and picture at its place."""
    if width is not None:
        return _card(shown, about, width)
    wide = _card(shown, about, style.WIDTH)
    drawn = max((item.box.right for item in wide.items if isinstance(item, Print)), default=style.WIDTH)
    fitting = max(style.NARROWEST, drawn + style.MARGIN)
    return wide if fitting > _FILLED * style.WIDTH else _card(shown, about, fitting)


def _card(shown: Sequence[Section], about: About, width: int) -> Block:
    inner = width - 2 * style.MARGIN
    rows = [_side_by_side(plans, inner) for plans in arrange(line_up(shown), inner)]
    parted = [part for row in rows for part in (rule(inner), row)][1:]
    body = stack([*parted, _foot(about, inner)], 26).padded(style.MARGIN, 26)
    return stack([header(about, width), body]).at_least(width)


def _side_by_side(plans: Sequence[Plan], width: int) -> Block:
    blocks = [plan.block() for plan in plans]
    tall = max(block.height for block in blocks)
    gutter = Block(style.GUTTER, tall, (Fill(Box(style.GUTTER // 2, 0, 1, tall), palette.RULE),))
    parted = [part for block in blocks for part in (gutter, block)][1:]
    return beside(parted).at_least(width)


def header(about: About, width: int) -> Block:
    """The head of a card: the model, the unit in large letters, a label, and the facts."""
    inner = width - 2 * style.MARGIN
    glyph = _field(about)
    room = inner - (glyph.width + style.GUTTER if glyph.width else 0)
    model = line(about.model, size=style.BODY + 2, colour=palette.ACCENT, width=room)
    label = paragraph(about.label or "", room, size=style.TITLE + 3, colours=[palette.ACCENT], most=2)
    titles = stack([model, _heading(about.heading, room), label], 2)
    words = stack([titles, Block(0, 4), _facts(about.facts, room)], 4).at_least(room)
    whole = beside([words, glyph], style.GUTTER).at_least(inner).padded(style.MARGIN, 26).on(palette.TINT)
    return stack([whole, rule(width)])


def _heading(text: str, width: int) -> Block:
    """The heading, as large as it fits in one line, down to a size at which it breaks into lines."""
    sizes = (style.HUGE, 34, 28)
    lines = [line(text, size=size, colour=palette.INK) for size in sizes]
    whole = [block for block in lines if block.width <= width]
    return whole[0] if whole else paragraph(text, width, size=sizes[-1], colours=[palette.INK], most=3)


def _facts(facts: Sequence[tuple[str, str]], width: int) -> Block:
    """Facts next to each other, as many in a line as there is room for."""
    lines: list[Block] = []
    for what, value in facts:
        fact = stack(
            [
                line(what, size=style.SMALL, colour=palette.QUIET, width=width),
                line(value, size=style.BODY, colour=palette.TEXT, width=width),
            ]
        )
        if lines and lines[-1].width + 34 + fact.width <= width:
            lines[-1] = beside([lines[-1], fact], 34)
        else:
            lines.append(fact)
    return stack(lines, 8)


def _field(about: About) -> Block:
    """The receptive field drawn to scale within the input; nothing where it is the whole input."""
    if about.field is None or about.input_size is None or about.sees_all or about.subject is not None:
        return Block(0, 0)
    scale = _GLYPH / max(about.input_size)
    tall, wide = (max(1, round(side * scale)) for side in about.input_size)
    seen = [max(2, round(min(side, whole) * scale)) for side, whole in zip(about.field, about.input_size, strict=True)]
    top, left = (tall - seen[0]) // 2, (wide - seen[1]) // 2
    drawn = (
        Fill(Box(0, 0, wide, tall), palette.QUIET),
        Fill(Box(1, 1, wide - 2, tall - 2), palette.PAPER),
        Fill(Box(left, top, seen[1], seen[0]), palette.ACCENT),
    )
    words = line("receptive field", size=style.SMALL, colour=palette.QUIET)
    return stack([Block(wide, tall, drawn), words], 6)


def _foot(about: About, width: int) -> Block:
    """Hints on a ground of their own, then the notes."""
    hints = [paragraph(hint, width - 32, size=style.BODY, colours=[palette.ACCENT]) for hint in about.hints]
    box = stack(hints, 4).at_least(width - 32).padded(16, 12).on(palette.TINT) if hints else Block(0, 0)
    notes = stack((paragraph(note, width, size=style.CAPTION, colours=[palette.QUIET]) for note in about.notes), 4)
    return stack([box, notes], 14)
