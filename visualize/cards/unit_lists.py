"""Lists of units as users write them: ``"79"``, ``"3,79,100-104"``, ``"all"``, ``"3+7"``, ``"79@6,6"``, ``"cup"``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from methods.errors import UnitError
from methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from methods.network.probe import Probe


Wanted = int | str | Unit | Sum
ALL = "all"

_SINGLE = r"\d+(?:@\d+,\d+)?"
_ITEM = re.compile(rf"{ALL}|\d+-\d+|{_SINGLE}(?:\+{_SINGLE})*")
_FORMS = (
    "write 79, 3,79,100-104, all, 3+7 for a sum, 79@6,6 for one position (row,column), or the name of a class (of a "
    "layer that has one unit for each)"
)


def check_form(wanted: Wanted | Sequence[Wanted]) -> None:
    """Check a list of units as far as that goes before the network, which knows the names of classes, is there.

    Raises:
        UnitError: there are none, or one is below 0.
    """
    several = _several(wanted)
    if not several or any(isinstance(item, str) and not item.strip(" ,") for item in several):
        raise UnitError(f"no units are named; {_FORMS}")
    for item in several:
        if isinstance(item, int) and item < 0:
            raise UnitError(f"unit {item} does not exist: units count from 0 upwards")


def targets(wanted: Wanted | Sequence[Wanted], layer: str, probe: Probe) -> list[Target]:
    """The units of a list, each once, in the order in which they are named, under the layer's name as it was given.

    A text is read as numbers where it can be, and else as the name of a class; a list may hold both, and a name may
    hold commas. ``"fc8:79"`` and ``"logits:coffee_shop"`` name the layer too, which holds for the rest of the list.

    Args:
        wanted: the list, or a single unit.
        layer: of units that do not name their own.
        probe: the network.

    Raises:
        UnitError: a unit has another form, or the layer or unit does not exist.
    """
    check_form(wanted)
    units = list(dict.fromkeys(target for item in _several(wanted) for target in _expand(item, layer, probe)))
    for unit in units:
        probe.check(unit)
    return units


def split(text: str, is_name: Callable[[str], bool] = lambda _: False) -> list[str]:
    """The items of a list of units: commas also stand within positions and within names.

    Args:
        text: the list.
        is_name: whether a text that is no number is known.

    Raises:
        UnitError: a part has another form.
    """
    pieces = text.split(",")
    items: list[str] = []
    start = 0
    while start < len(pieces):
        ends = range(len(pieces), start, -1)  # the longest first: of "79@6,6" the comma is no end
        tried = ((end, ",".join(pieces[start:end]).strip()) for end in ends)
        end, item = next(((end, item) for end, item in tried if _ITEM.fullmatch(item) or is_name(item)), (start, ""))
        if end == start:
            raise UnitError(f"{text!r} names no units; {_FORMS}")
        items.append(item)
        start = end
    return items


def layer_of(target: Target) -> str:
    """The layer of a target; layers of a sum over several are joined by ``+``."""
    return "+".join(dict.fromkeys(unit.layer for unit in parts(target)))


def label(target: Target) -> str:
    """A target's name within its layer, which its files have too: ``"79"``, ``"79@6,6"``, ``"3+7"``."""
    return "+".join(str(unit).removeprefix(f"{unit.layer}:") for unit in parts(target))


def _several(wanted: Wanted | Sequence[Wanted]) -> list[Wanted]:
    return [wanted] if isinstance(wanted, int | str | Unit | Sum) else list(wanted)


def _expand(wanted: Wanted, layer: str, probe: Probe) -> list[Target]:
    if isinstance(wanted, Unit | Sum):
        return [wanted]
    if isinstance(wanted, int):
        return [Unit(layer, wanted)]
    layer, text = _layered(wanted, layer, probe)
    return [target for item in _items(text, layer, probe) for target in _item(item, layer, probe)]


def _layered(text: str, layer: str, probe: Probe) -> tuple[str, str]:
    """The layer that a list of units begins with, if it does, and the list."""
    named, colon, rest = text.partition(":")
    if not colon or _known(text, layer, probe):
        return layer, text
    probe.layer(named.strip())
    return named.strip(), rest


def _items(text: str, layer: str, probe: Probe) -> list[str]:
    try:
        return split(text, lambda item: _known(item, layer, probe))
    except UnitError:
        if "," not in text and text.strip()[:1].isalpha():
            probe.unit(f"{layer}:{text.strip()}")  # says which names are close, or why there are none
        raise


def _known(name: str, layer: str, probe: Probe) -> bool:
    """Whether a text is the name of a class, and the layer has a unit for it."""
    try:
        probe.unit(f"{layer}:{name}")
    except UnitError:
        return False
    return True


def _item(item: str, layer: str, probe: Probe) -> Sequence[Target]:
    if item == ALL:
        return [Unit(layer, index) for index in range(probe.layer(layer).units)]
    if _ITEM.fullmatch(item) is None:
        named = probe.unit(f"{layer}:{item}")
        return [Unit(layer, named.index) if isinstance(named, Unit) else named]
    first, dash, last = item.partition("-")
    if not dash:
        return [Sum.parse("+".join(f"{layer}:{part}" for part in item.split("+")))]
    if int(first) > int(last):
        raise UnitError(f"the range {item} is empty; write {last}-{first}")
    probe.check(Unit(layer, int(last)))
    return [Unit(layer, index) for index in range(int(first), int(last) + 1)]
