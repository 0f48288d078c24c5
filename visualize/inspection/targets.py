"""Which units are meant: ``"79"``, ``"3,79,100-104"``, ``"all"``, ``"3+7"``, ``"79@6,6"``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from methods.errors import UnitError
from methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.probe import Probe

Wanted = int | str | Unit | Sum
ALL = "all"

_ONE = r"\d+(?:@\d+,\d+)?"
_ITEM = re.compile(rf"\s*({ALL}|\d+-\d+|{_ONE}(?:\+{_ONE})*)\s*(?:,|$)")
_FORMS = "write 79, 3,79,100-104, all, 3+7 for a sum, or 79@6,6 for one position (row,column)"


def split(text: str) -> list[str]:
    """The items of a list of units; commas also stand within positions.

    Raises:
        UnitError: the text has another form.
    """
    items: list[str] = []
    start = 0
    while start < len(text) or not items:
        found = _ITEM.match(text, start)
        if found is None:
            raise UnitError(f"{text!r} names no units; {_FORMS}")
        items.append(found[1])
        start = found.end()
    if text.rstrip().endswith(","):
        raise UnitError(f"{text!r} ends in a comma; {_FORMS}")
    return items


def check_form(wanted: Wanted | Sequence[Wanted]) -> None:
    """What can be told about the units before the network is there.

    Raises:
        UnitError: they are written in another form, or there are none.
    """
    several = [wanted] if isinstance(wanted, int | str | Unit | Sum) else list(wanted)
    if not several:
        raise UnitError(f"no units are named; {_FORMS}")
    for one in several:
        if isinstance(one, str):
            split(one)
        elif isinstance(one, int) and one < 0:
            raise UnitError(f"unit {one} does not exist: units count from 0 upwards")


def targets(wanted: Wanted | Sequence[Wanted], layer: str, probe: Probe) -> list[Target]:
    """The units, each once, in the order in which they are named, under the layer's name as it was given.

    Raises:
        UnitError: a unit has another form, or the layer or unit does not exist.
    """
    check_form(wanted)
    several = [wanted] if isinstance(wanted, int | str | Unit | Sum) else list(wanted)
    found: dict[Target, None] = {}
    for one in several:
        found.update(dict.fromkeys(_expand(one, layer, probe)))
    for target in found:
        probe.check(target)
    return list(found)


def _expand(wanted: Wanted, layer: str, probe: Probe) -> list[Target]:
    if isinstance(wanted, Unit | Sum):
        return [wanted]
    if isinstance(wanted, int):
        return [Unit(layer, wanted)]
    return [target for item in split(wanted) for target in _item(item, layer, probe)]


def _item(item: str, layer: str, probe: Probe) -> Sequence[Target]:
    if item == ALL:
        return [Unit(layer, index) for index in range(probe.layer(layer).units)]
    first, dash, last = item.partition("-")
    if not dash:
        return [Sum.parse("+".join(f"{layer}:{part}" for part in item.split("+")))]
    if int(first) > int(last):
        raise UnitError(f"the range {item} is empty; write {last}-{first}")
    probe.check(Unit(layer, int(last)))
    return [Unit(layer, index) for index in range(int(first), int(last) + 1)]


def layer_of(target: Target) -> str:
    """The layer of a target; layers of a sum over several are joined by ``+``."""
    return "+".join(dict.fromkeys(unit.layer for unit in parts(target)))


def label(target: Target) -> str:
    """A target within its layer: ``"79"``, ``"79@6,6"``, ``"3+7"``; what its files are called."""
    return "+".join(str(unit).removeprefix(f"{unit.layer}:") for unit in parts(target))
