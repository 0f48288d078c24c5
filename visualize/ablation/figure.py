"""The figure of an ablation: the units that matter most, and curves of each class by how many units are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.ablation.tables import ABOUT_UNITS, unit_rows
from visualize.figures import style
from visualize.figures.boxes import Block, Box, Fill, Print, beside, line, paragraph, rule, stack, table_block
from visualize.methods.drawing import palette
from visualize.methods.drawing.charts import Chart, charts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.ablation.records import AblationRecord

_ACROSS, _TALL = 4, 210  # charts in a row, and pixels of one
_GAP = 18  # pixels between charts
_MOST = 24  # classes that are drawn
_UNITS = 12  # that the table lists
_NEEDED = 3  # units that stand under a class's chart
_WITHOUT, _ALONE = "without its n most important units", "with these n alone, all others removed"
_ALL = "with all units"


def ablation_block(record: AblationRecord, *, width: int = style.WIDTH) -> Block:
    """An ablation before it is drawn: every text and picture at its place.

    Args:
        record: the ablation.
        width: the figure's width, pixels.
    """
    inner = width - 2 * style.MARGIN
    parts = [_head(record, inner), _strongest(record, inner), _classes(record, inner)]
    parted = [block for part in parts for block in (rule(inner), part)][1:]
    return stack(parted, 24).padded(style.MARGIN, 30).at_least(width)


def _head(record: AblationRecord, width: int) -> Block:
    instead = "0" if record.by == "zero" else "its mean over the pictures"
    about = (
        f"{len(record.units)} units of {record.layer}, {record.data}: {record.truth}. Removed is a unit whose "
        f"activation is replaced by {instead}, everywhere. {record.split[:1].upper()}{record.split[1:]}."
    )
    title = f"What {record.model} loses without units of {record.layer}"
    return stack(
        [
            paragraph(title, width, size=34, colours=[palette.INK]),
            paragraph("\n".join([about, *record.notes]), width, size=style.BODY, colours=[palette.TEXT, palette.QUIET]),
        ],
        8,
    )


def _strongest(record: AblationRecord, width: int) -> Block:
    changes = record.strongest[:_UNITS]
    title = line("Single units that a class needs most, by the other half", size=style.TITLE, colour=palette.INK)
    if not changes:
        none = line("no single unit's removal costs a class accuracy", size=style.BODY, colour=palette.TEXT)
        return stack([title, none], 8)
    heads, rows = unit_rows(changes)
    widths = (70, 300, 210, 210, 210, 190, width - 1190)
    about = paragraph(ABOUT_UNITS, width, size=style.CAPTION, colours=[palette.QUIET])
    return stack([title, about, table_block([heads, *rows], widths, size=style.BODY)], 8)


def _classes(record: AblationRecord, width: int) -> Block:
    """Curves of every class, with the units that it needs under them."""
    shown = list(range(len(record.classes)))[:_MOST]
    more = f", the first {_MOST} of {len(record.classes)}" if len(record.classes) > _MOST else ""
    title = f"Balanced accuracy of each class by how many units are removed at once{more}"
    sizes = ", ".join(map(str, record.curves.sizes))
    said = f"n = {sizes}, ranked on the other half. Guessing has 0.5. Under the charts: recall, without one unit."
    rows = [shown[start : start + _ACROSS] for start in range(0, len(shown), _ACROSS)]
    blocks = [_row_of_charts(record, places, width) for places in rows]
    head = stack(
        [
            line(title, size=style.TITLE, colour=palette.INK),
            line(said, size=style.CAPTION, colour=palette.QUIET),
            _legend(),
        ],
        4,
    )
    return stack([head, *blocks], 18)


def _legend() -> Block:
    marks = []
    for name, colour in ((_WITHOUT, palette.LINES[0]), (_ALONE, palette.LINES[1]), (_ALL, palette.REFERENCE)):
        mark = Block(30, 18, (Fill(Box(0, 9, 24, 3), colour),))
        marks.append(beside([mark, line(name, size=style.CAPTION, colour=palette.TEXT)], 4))
    return beside(marks, 40)


def _row_of_charts(record: AblationRecord, places: Sequence[int], width: int) -> Block:
    each = (width - _GAP * (_ACROSS - 1)) // _ACROSS
    whole = each * len(places) + _GAP * (len(places) - 1)
    shown = [_chart(record, place) for place in places]
    picture = charts(shown, width=whole, height=_TALL, compared=_ALL, legend=False)
    drawn = Block(whole, _TALL, (Print(Box(0, 0, whole, _TALL), picture),))
    notes = [_needs(record, place, each).at_least(each) for place in places]
    return stack([drawn, beside(notes, _GAP)], 6)


def _chart(record: AblationRecord, place: int) -> Chart:
    curves, sizes = record.curves, record.curves.sizes
    ends = (f"n = {sizes[0]}", str(sizes[-1])) if sizes else ("", "")
    return Chart(
        record.classes[place],
        {
            _WITHOUT: curves.without.balanced[:, place].tolist(),
            _ALONE: curves.alone.balanced[:, place].tolist(),
            _ALL: [float(record.before.balanced[place])] * len(sizes),
        },
        "",
        ends,
        span=(0.5, 1.0),
    )


def _needs(record: AblationRecord, place: int, width: int) -> Block:
    """The units that a class needs most, in a line each."""
    lines = []
    for item in record.needed(record.classes[place], _NEEDED):
        named = f" ({item.name.partition(',')[0]})" if item.name else ""
        text = f"without {item.unit}{named}: {100 * item.recall[0]:.0f} -> {100 * item.recall[1]:.0f} %"
        lines.append(line(text, size=style.SMALL, colour=palette.TEXT, width=width))
    return stack(lines or [line("needs no single unit", size=style.SMALL, colour=palette.QUIET)], 2)
