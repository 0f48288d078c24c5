"""The figure of a measurement: scores by depth for every network, the classes, and what is mistaken for what."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Fill, Words, beside, line, paragraph, rule, stack, table_block
from visualize.methods.drawing import palette
from visualize.transfers.figures.leaning import leaning_block
from visualize.transfers.figures.worth_chart import worth_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.transfers.records import Measurement

_ROWS = 40  # classes that are listed
_NETWORKS = 8  # whose classes are listed
_CLASSES = 24  # of a confusion table that is drawn
_CELL = 34  # pixels, the side of one of its cells


def transfer_block(worth: Measurement, *, published: bool = False, width: int = style.WIDTH) -> Block:
    """A measurement before it is drawn: every text at its place.

    Args:
        worth: the measurement.
        published: draw figures that others published under it.
        width: the figure's width, pixels.
    """
    inner = width - 2 * style.MARGIN
    parts = [_head(worth, inner), worth_block(worth, inner), _bests(worth, inner), _classes(worth, inner)]
    parts += [block for network in worth.networks if (block := leaning_block(network, inner)) is not None]
    confusion = _confusion(worth, inner)
    if confusion is not None:
        parts.append(confusion)
    if published:
        from visualize.transfers.figures.published import published_block

        parts.append(published_block(inner))
    parted = [block for part in parts for block in (rule(inner), part)][1:]
    return stack(parted, 24).padded(style.MARGIN, 30).at_least(width)


def _head(worth: Measurement, width: int) -> Block:
    count = len(worth.classes)
    task = "several may be in a picture" if worth.several else "one for each picture"
    about = (
        f"{worth.data}: {count} classes, {task}; {worth.split}. Protocol {worth.protocol}; the score is "
        f"{worth.measure}, {worth.chance:.3f} by chance."
    )
    return stack(
        [
            paragraph("What the features are worth on another task", width, size=34, colours=[palette.INK]),
            paragraph("\n".join([about, *worth.notes]), width, size=style.BODY, colours=[palette.TEXT, palette.QUIET]),
        ],
        8,
    )


def _bests(worth: Measurement, width: int) -> Block:
    """The best layer of each network."""
    scores = ("score", "95 % interval", "untrained", "beyond untrained", "shuffled")
    rows: list[tuple[str, ...]] = [("network", "best layer", "features", "C", *scores)]
    for network in worth.networks:
        best, twin = network.best, network.untrained(network.best.layer)
        gain = network.gain(best.layer)
        rows.append(
            (
                network.model, best.layer, str(best.features), costs_of(best.costs), number_of(best.score),
                f"{number_of(best.low)} to {number_of(best.high)}",
                "-" if twin is None else number_of(twin.score), "-" if gain is None else gain.headline,
                number_of(best.shuffled),
            )
        )  # fmt: skip
    widths = (260, 190, 100, 90, 80, 160, 100, 230, width - 1210)
    return stack(
        [line("Best layers", size=style.TITLE, colour=palette.INK), table_block(rows, widths, size=style.BODY)], 8
    )


def _classes(worth: Measurement, width: int) -> Block:
    """Scores of every class at each network's best layer, the easiest class first."""
    networks = worth.networks[:_NETWORKS]
    bests = [network.best.by_class for network in networks]
    means = {name: _mean([best[name] for best in bests]) for name in worth.classes}
    ordered = sorted(worth.classes, key=lambda name: -means[name])
    shown = ordered[:_ROWS]
    left = 260 if len(bests) <= 6 else 180
    each = (width - left) // max(1, len(bests))
    heads = [("", *(network.model for network in networks)), ("", *(network.best.layer for network in networks))]
    rows = [*heads, *((name, *(number_of(best[name]) for best in bests)) for name in shown)]
    what = "Average precision of each class" if worth.ranking else "Share of each class's pictures that are called it"
    more = f", the {_ROWS} easiest of {len(ordered)}" if len(ordered) > _ROWS else ""
    only = f", of the first {_NETWORKS} networks" if len(worth.networks) > _NETWORKS else ""
    title = line(f"{what}, at the best layers{more}{only}", size=style.TITLE, colour=palette.INK)
    if len(bests) > 1 or len(shown) <= 12:
        return stack([title, table_block(rows, (left, *[min(each, 300)] * len(bests)), size=style.BODY)], 8)
    third = math.ceil(len(shown) / 3)
    pieces = [[("", "score"), *rows[2:][start : start + third]] for start in range(0, len(shown), third)]
    return stack([title, beside([table_block(piece, (260, 120), size=style.BODY) for piece in pieces], 40)], 8)


def _confusion(worth: Measurement, width: int) -> Block | None:
    """Classes against what they are called, at the best layer of the best network; None where there is none."""
    best = max((network.best for network in worth.networks), key=lambda item: item.score)
    network = next(network for network in worth.networks if network.best is best)
    if best.confusion is None or len(worth.classes) > _CLASSES:
        return None
    counts, size = best.confusion, len(worth.classes)
    left = 220
    items: list[Fill | Words] = []
    for row, name in enumerate(worth.classes):
        words = line(name, size=style.SMALL, colour=palette.TEXT, width=left - 16)
        items += [item for item in words.moved(0, row * _CELL + 9) if isinstance(item, Words)]
        for column in range(size):
            items += _cell(int(counts[row, column]), int(counts[row].sum()), left + column * _CELL, row * _CELL)
    for column in range(size):
        words = line(str(column + 1), size=style.SMALL, colour=palette.QUIET)
        top = size * _CELL + 4
        moved = words.moved(left + column * _CELL + (_CELL - words.width) // 2, top)
        items += [item for item in moved if isinstance(item, Words)]
    grid = Block(left + size * _CELL, size * _CELL + 26, tuple(items))
    said = "Test pictures by class (rows) and by what they are called (columns, in the same order)"
    title = f"{said}: {network.model} {best.layer}"
    return stack([line(title, size=style.TITLE, colour=palette.INK, width=width), grid], 10)


def _cell(count: int, total: int, left: int, top: int) -> list[Fill | Words]:
    share = count / total if total else 0.0
    light = np.array([255, 255, 255]) * (1 - share) + np.array([11, 92, 173]) * share
    ground = "#" + "".join(f"{round(channel):02x}" for channel in light)
    cell: list[Fill | Words] = [Fill(Box(left, top, _CELL - 1, _CELL - 1), ground if count else palette.TINT)]
    if count:
        words = line(str(count), size=style.SMALL, colour=palette.PAPER if share > 0.5 else palette.INK)
        moved = words.moved(left + (_CELL - words.width) // 2, top + 9)
        cell += [item for item in moved if isinstance(item, Words)]
    return cell


def number_of(value: float | None) -> str:
    """A score as it is written; a dash for none."""
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


def costs_of(costs: Sequence[float]) -> str:
    """C as it is written: one number, or the smallest and the largest of several classes."""
    if not costs:
        return "-"
    low, high = min(costs), max(costs)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else -math.inf
