"""Published figures, drawn so that they cannot be mistaken for measurements made here: grey, hollow, in a frame."""

from __future__ import annotations

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Fill, Print, beside, line, paragraph, stack, table_block
from visualize.methods.drawing import palette
from visualize.transfers.figures.depth_chart import Curve, depth_chart
from visualize.transfers.published import BEST, LINEAR, VOC07, curves, published

_TALL = 300  # pixels, of the chart
_INSIDE = 20  # pixels between the frame and what is in it
_SAID = (
    "Nothing in this frame was measured here. The curves are top-1 accuracies of linear classifiers on ImageNet, by "
    "layers f1 to f5 of ResNet50 (model pages of MMSelfSup); their pictures, classes and training are not yours, so "
    "compare shapes, not heights. Pretext tasks peak one stage before the end, contrastive ones rise to it."
)


def published_block(width: int) -> Block:
    """Published curves by depth, and tables of published figures with their sources.

    Args:
        width: of the block, pixels.
    """
    inner = width - 2 * _INSIDE
    held = curves()
    drawn = [Curve([(value, None, None) for value in each], palette.REFERENCE, hollow=True) for each in held.values()]
    wide = inner - 200
    picture = depth_chart(drawn, chance=float("nan"), width=wide, height=_TALL)
    ends = sorted(held.items(), key=lambda item: -item[1][-1])
    names = stack(line(f"{name} {100 * each[-1]:.1f}", size=style.CAPTION, colour=palette.QUIET) for name, each in ends)
    parts = [
        line("Published by others", size=style.TITLE, colour=palette.QUIET),
        paragraph(_SAID, inner, size=style.CAPTION, colours=[palette.QUIET]),
        beside([Block(wide, _TALL, (Print(Box(0, 0, wide, _TALL), picture),)), names], 10),
        _tables(inner),
    ]
    content = stack(parts, 10)
    return _framed(content.padded(_INSIDE).at_least(width))


def _tables(width: int) -> Block:
    """Figures of best layers, the largest first."""
    each = (width - 40) // 2
    sides = []
    for measure, unit in ((LINEAR, "top-1, %"), (VOC07, "mAP, %")):
        items = sorted((item for item in published(measure) if item.layer == BEST), key=lambda item: -item.value)
        rows = [(measure, "network", unit, "source")]
        rows += [(item.method, item.network, f"{item.value:g}", item.source) for item in items]
        sides.append(table_block(rows, (each - 380, 120, 140, 120), size=style.SMALL, colour=palette.QUIET))
    return beside(sides, 40)


def _framed(block: Block) -> Block:
    """The block on a tinted ground with a dashed edge at its left."""
    dashes = tuple(Fill(Box(0, top, 3, 8), palette.REFERENCE) for top in range(0, block.height - 8, 16))
    ground = block.on(palette.TINT)
    return Block(ground.width, ground.height, (*ground.items, *dashes))
