"""The figure of answers: units by kind, network beside network, and how far people and the measurement agree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from visualize.annotation.kinds import NAMES
from visualize.annotation.summary import PRECISE
from visualize.figures import bars, style
from visualize.figures.boxes import Block, Words, beside, line, paragraph, rule, stack, table_block
from visualize.methods.drawing import palette

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.annotation.agreement import Estimate
    from visualize.annotation.summary import Summary

_NAME, _TOTAL = 270, 130  # pixels for a row's name at the left of its bar, and for the number at its right end
_MOST = len(palette.LINES)


def annotation_block(several: Sequence[Summary], *, width: int = style.WIDTH) -> Block:
    """Answers before they are drawn: every text and bar at its place.

    Args:
        several: a layer of a network each, at most eight.
        width: the figure's width, pixels.
    """
    shown, inner = several[:_MOST], width - 2 * style.MARGIN
    colours = {item.name: palette.LINES[place] for place, item in enumerate(shown)}
    parts = [_kinds(shown, colours, inner), _measured(shown, colours, inner), _agreement(shown, inner)]
    parted = [block for part in parts if part.height for block in (rule(inner), part)][1:]
    legend = [bars.legend(colours, inner)] if len(shown) > 1 else []
    head = stack([_head(shown, inner), *legend], 14)
    return stack([head, *parted], 24).padded(style.MARGIN, 30).at_least(width)


def _head(shown: Sequence[Summary], width: int) -> Block:
    objects = ", ".join(f"{item.kinds['object']} on {item.name}" for item in shown)
    about = (
        f"Named by people: a unit is of the kind that most of those who agree on its word give, and is counted if "
        f"{PRECISE:.0%} or more of its pictures fit that word (Zhou et al. 2015). Shares are of all units that people "
        f"saw."
    )
    title = f"Units as objects: {objects}"
    return stack(
        [
            paragraph(title, width, size=34, colours=[palette.INK]),
            paragraph(about, width, size=style.BODY, colours=[palette.TEXT]),
        ],
        6,
    )


def _kinds(shown: Sequence[Summary], colours: Mapping[str, str], width: int) -> Block:
    most = max(1, *(count for item in shown for count in item.kinds.values()))
    room = (width - _NAME - _TOTAL) / most
    rows = []
    for kind in NAMES:
        several = []
        for place, item in enumerate(shown):
            drawn = _bare(bars.bar({item.name: item.kinds[kind]}, colours, room))
            told = bars.number(_of(item.kinds[kind], item.units))
            several.append(beside([bars.named("" if place else kind, _NAME), drawn, told], 10))
        rows.append(stack(several, 3))
    title = line("Units of each kind", size=style.TITLE, colour=palette.INK)
    return stack([title, Block(0, 2), *rows], 12).at_least(width)


def _of(count: int, units: int) -> str:
    return f"{count} ({count / units:.0%})" if units else str(count)


def _measured(shown: Sequence[Summary], colours: Mapping[str, str], width: int) -> Block:
    """How often people's words are the measured concept, by IoU; nothing where nothing was measured."""
    measured = [item for item in shown if item.bands]
    if not measured:
        return Block(0, 0)
    room = width - _NAME - _TOTAL - 230
    rows = []
    for place, band in enumerate(measured[0].bands):
        several = []
        for item in measured:
            same = item.bands[place].same
            value = same.value if math.isfinite(same.value) else 0.0
            told = f"{same.told}, {same.many} units" if same.many else "no unit"
            drawn = bars.bar({item.name: round(1000 * value)}, colours, room / 1000)
            name = f"IoU {band.told}" if item is measured[0] else ""
            several.append(beside([bars.named(name, _NAME), _bare(drawn), bars.number(told)], 10))
        rows.append(stack(several, 3))
    title = line("How often a person's word is the measured concept", size=style.TITLE, colour=palette.INK)
    said = (
        "By the IoU of that concept; 1 is always. A synonym counts as another word. In parentheses "
        "the 95 % interval over units."
    )
    return stack([title, line(said, size=style.CAPTION, colour=palette.QUIET), Block(0, 2), *rows], 8).at_least(width)


def _bare(bar: Block) -> Block:
    """A bar without the number in it."""
    return Block(bar.width, bar.height, tuple(item for item in bar.items if not isinstance(item, Words)))


def _agreement(shown: Sequence[Summary], width: int) -> Block:
    heads, rows = agreement_rows(shown)
    each = (width - 420) // max(1, len(shown))
    words = table_block([heads, *rows], (420, *[each] * len(shown)), size=style.BODY)
    title = line("Agreement", size=style.TITLE, colour=palette.INK)
    said = (
        "1 is full agreement; a kappa of 0 is what chance gives. Words of two people: the same ones, and three measures"
        " of how alike they are. In parentheses 95 % intervals."
    )
    about = paragraph(said, width, size=style.CAPTION, colours=[palette.QUIET])
    return stack([title, about, Block(0, 2), words], 6).at_least(width)


def agreement_rows(shown: Sequence[Summary]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of a table that says how far people agree, a column for each layer.

    Args:
        shown: the layers.
    """
    held = [item.agreement for item in shown]
    rows: list[tuple[str, ...]] = [
        ("people, units, answers", *(f"{item.people}, {item.units}, {len(item.answers)}" for item in shown)),
        _row("kinds: Fleiss' kappa", [item.kinds for item in held]),
        _row("kinds or nothing in common: kappa", [item.kinds_or_nothing for item in held]),
    ]
    words = [item.words for item in held]
    rows += [_row(f"words: {name}", [item[name] for item in words]) for name in words[0]]
    rows.append(_row("precision: pictures that fit", [item.precision for item in held]))
    rows.append(_row("nothing in common", [item.nothing for item in held]))
    return ("", *(item.name for item in shown)), rows


def _row(name: str, several: Sequence[Estimate]) -> tuple[str, ...]:
    return (name, *(item.told for item in several))
