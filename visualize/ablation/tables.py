"""Tables of an ablation: of units and of classes, for people and for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.spreadsheets import line, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.ablation.records import AblationRecord, Change

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""The heads, and the rows."""

_NEEDED = 3  # units of a class that its row names
_COLUMNS = (
    "unit", "name", "class", "pictures", "recall", "recall_without", "true_negative_rate", "true_negative_rate_without",
    "balanced_accuracy", "balanced_accuracy_without", "lost", "gained", "by_chance", "fall_on_the_other_half",
)  # fmt: skip

ABOUT_UNITS = (
    "Of the class: with all units -> without this one. Lost / gained: its pictures that are no longer told, and those "
    "that only then are. By chance: how likely so uneven a change is if the unit does not matter."
)
"""What the columns of :func:`unit_rows` are."""


def unit_rows(changes: Sequence[Change]) -> Table:
    """A table of units, each with the class that it serves most.

    Args:
        changes: one for each unit.
    """
    heads = ("unit", "what it sees", "class", "recall, without it", "balanced accuracy", "lost / gained", "by chance")
    return heads, [_unit_row(item) for item in changes]


def _unit_row(item: Change) -> tuple[str, ...]:
    return (
        str(item.unit),
        item.name or "-",
        item.label,
        _arrow(item.recall),
        _arrow(item.balanced),
        f"{item.lost} / {item.gained} of {item.pictures}",
        "-" if item.chance is None else f"{item.chance:.2g}",
    )


def _arrow(pair: tuple[float, float]) -> str:
    return f"{100 * pair[0]:.1f} -> {100 * pair[1]:.1f} %"


def class_rows(record: AblationRecord) -> Table:
    """A table of classes: balanced accuracy by how many units are removed, and the units that each needs most."""
    sizes = record.curves.sizes
    removed, kept = (f"-{size}" for size in sizes), (f"only {size}" for size in sizes[-2:])
    heads = ("class", "pictures", "recall", "all units", *removed, *kept, "needs most")
    return heads, [_class_row(record, place) for place in range(len(record.classes))]


def _class_row(record: AblationRecord, place: int) -> tuple[str, ...]:
    before, curves = record.before, record.curves
    needed = [str(item.unit) for item in record.needed(record.classes[place], _NEEDED)]
    return (
        record.classes[place],
        str(before.positives[place]),
        f"{before.recall[place]:.3f}",
        f"{before.balanced[place]:.3f}",
        *(f"{value:.3f}" for value in curves.without.balanced[:, place]),
        *(f"{value:.3f}" for value in curves.alone.balanced[-2:, place]),
        ", ".join(needed) or "no single one",
    )


def units_csv(record: AblationRecord) -> str:
    """Every unit and class of which a picture changes, as CSV with a line of heads."""
    rows = ([row[column] for column in _COLUMNS] for row in record.rows())
    cells = (
        ["" if value is None else quoted(value) if isinstance(value, str) else value for value in row] for row in rows
    )
    return "".join(map(line, [_COLUMNS, *cells]))
