"""Contact sheets of cards: their order, and the units' names as briefly as a sheet can say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from visualize.dissection.concept_names import plain
from visualize.figures import sheet_block, summary
from visualize.methods.errors import InputError, suggest
from visualize.methods.unit import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.cards.card import Card
    from visualize.figures import Summary
    from visualize.figures.boxes import Block
    from visualize.methods.result import UnitName

Order = Literal["iou", "name", "unit"]
ORDERS: tuple[str, ...] = get_args(Order)
_SAID = {
    "iou": "Sorted by the IoU of their names, the best first.",
    "name": "Sorted by name, then by IoU; units that detect nothing come last.",
    "unit": "Sorted by layer and number.",
}


def check_order(order: str | None) -> None:
    """Refuse an order that there is not.

    Raises:
        InputError: it is none of :data:`ORDERS`.
    """
    if order is not None and order not in ORDERS:
        raise InputError(f"--sort is {', '.join(ORDERS)}, not {order}{suggest(order, ORDERS)}")


@dataclass(frozen=True, eq=False)
class Row:
    """One unit of a sheet.

    Args:
        content: what the sheet shows of it.
        name: what a dissection calls it.
        place: the unit's layer, by its place among those that were asked for, and the numbers of its units.
    """

    content: Summary
    name: UnitName | None
    place: tuple[object, ...]

    @classmethod
    def of(cls, card: Card, name: UnitName | None, layers: Sequence[str]) -> Row:
        """The row of a card, which keeps little of it.

        Args:
            card: the card.
            name: what a dissection calls its unit.
            layers: names of all layers, in the order in which they were asked for.
        """
        units = parts(card.unit)
        place = (layers.index(units[0].layer), *((unit.index, unit.position or ()) for unit in units))
        label, score = (None, None) if name is None else brief(name)
        return cls(summary(card.sections, card.about, label=label, score=score), name, place)


def brief(name: UnitName) -> tuple[str, str | None]:
    """A name and its IoU, as short as can be; in brackets, those of the nearest concept where nothing is detected."""
    if not name.label:
        return "no concept", None
    label, score = plain(name.category, name.label), f"{name.iou:.3g}"
    return (label, score) if name.detector else (f"({label})", f"({score})")


def ordered(rows: Sequence[Row], order: str | None) -> list[Row]:
    """Rows in an order; None leaves them as they are, and equal ones stay in their order."""
    keys: dict[str, Callable[[Row], tuple[object, ...]]] = {
        "iou": lambda row: (row.name is None, -(row.name.iou if row.name else 0.0)),
        "name": _alphabetical,
        "unit": lambda row: row.place,
    }
    return list(rows) if order is None else sorted(rows, key=keys[order])


def _alphabetical(row: Row) -> tuple[object, ...]:
    name = row.name
    if name is None:
        return (2, "", 0.0)
    return (0 if name.detector else 1, name.label.casefold(), -name.iou)


def sheet(rows: Sequence[Row], order: str | None) -> Block:
    """The contact sheet of rows that are in this order, before it is drawn."""
    return sheet_block([row.content for row in rows], order="" if order is None else _SAID[order])
