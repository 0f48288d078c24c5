"""Pictures of the units that a network's best layer tells each class by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Print, beside, line, paragraph, stack
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from visualize.transfers.leaning import Leaning, LeantOn
    from visualize.transfers.records import NetworkWorth

_CLASSES = 24  # that are shown
_UNITS = 4  # of each class
_NAME = 200  # pixels for a class's name


def leaning_block(network: NetworkWorth, width: int) -> Block | None:
    """Classes, each with the units that tell it from the others; None where nothing was explained.

    Args:
        network: the network, of which the best layer is shown.
        width: of the block, pixels.
    """
    held = network.best.leanings
    if not held:
        return None
    said = (
        "A logit is a sum over units of weight x mean activation (over the length of the picture's features). Listed "
        "are the units whose parts are larger on the class's test pictures than on the others, and by how much, each "
        "with the picture of the class in which it adds most. Less of a unit: its weight is negative."
    )
    each = (width - _NAME) // _UNITS
    rows = [_row(name, leaning, each) for name, leaning in list(held.items())[:_CLASSES]]
    title = f"Units that tell the classes: {network.model} {network.best.layer}"
    return stack(
        [
            line(title, size=style.TITLE, colour=palette.INK, width=width),
            paragraph(said, width, size=style.CAPTION, colours=[palette.QUIET]),
            *rows,
        ],
        8,
    )


def _row(name: str, leaning: Leaning, each: int) -> Block:
    head = line(name, size=style.BODY, colour=palette.INK, width=_NAME - 10).at_least(_NAME)
    return beside([head, *(_unit(item, each) for item in leaning.units[:_UNITS])])


def _unit(item: LeantOn, width: int) -> Block:
    if item.picture is None:
        shown = Block(0, 0)
    else:
        tall, wide = item.picture.shape[:2]
        shown = Block(wide, tall, (Print(Box(0, 0, wide, tall), item.picture),))
    said = paragraph(item.headline, width - 120, size=style.SMALL, colours=[palette.TEXT], most=4)
    return beside([shown, said], 8).at_least(width)
