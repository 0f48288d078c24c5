"""Cards side by side in one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.figures.boxes import Block, Box, Fill, beside
from visualize.figures.unit_card import card_block
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.figures.section import Section
    from visualize.figures.unit_facts import About

_WIDTH = 860  # pixels of each card: narrower than a card by itself, so that a few fit on a screen
_RULE = 2  # pixels between two


def row_block(cards: Sequence[tuple[Sequence[Section], About]], *, width: int = _WIDTH) -> Block:
    """Cards side by side, their heads in line, as a figure that is not drawn yet.

    Args:
        cards: for each its sections and the facts of its unit; at least one.
        width: of each card, pixels.

    Returns:
        a block as tall as the tallest of the cards.

    Example:
        >>> import numpy as np
        >>> from visualize.methods.drawing.panel import Panel
        >>> from visualize.figures import About, Section
        >>> section = Section("Top images", "", (Panel(np.zeros((64, 64, 3), np.uint8), "12.3"),))
        >>> cards = [([section], About(model="net", layer="conv5", unit=f"conv5:{n}")) for n in range(3)]
        >>> row_block(cards, width=400).draw().width
        1204
    """
    blocks = [card_block(sections, about, width=width) for sections, about in cards]
    tall = max(block.height for block in blocks)
    line = Block(_RULE, tall, (Fill(Box(0, 0, _RULE, tall), palette.RULE),))
    return beside([part for block in blocks for part in (line, block)][1:])
