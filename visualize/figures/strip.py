"""Strips for slides: the pictures of each way of looking in a row, without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.figures.boxes import Block, Box, Print, beside, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.figures.section import Section
    from visualize.methods.drawing.panel import Panel


_HEIGHT = 256  # pixels that a picture is tall
_GAP = 8


def strip_block(sections: Sequence[Section], *, height: int = _HEIGHT) -> Block:
    """Pictures alone: one row for each section, all equally tall.

    Sections that have only diagrams show these, as large as they are.

    Args:
        sections: in the order of the rows.
        height: of each picture, pixels.
    """
    rows = (
        beside([_scaled(panel, height) for panel in section.pictures], _GAP)
        if section.pictures
        else stack([_natural(panel) for panel in section.diagrams], _GAP)
        for section in sections
    )
    return stack(rows, _GAP)


def _scaled(panel: Panel, height: int) -> Block:
    tall, wide = panel.picture.shape[:2]
    box = Box(0, 0, max(1, round(wide * height / tall)), height)
    return Block(box.width, box.height, (Print(box, panel.picture),))


def _natural(panel: Panel) -> Block:
    tall, wide = panel.picture.shape[:2]
    return Block(wide, tall, (Print(Box(0, 0, wide, tall), panel.picture),))
