"""Lists of units as users write them: ``"79"``, ``"3,79,100-104"``, ``"all"``, ``"3+7"``, ``"79@6,6"``, ``"cup"``.

Each may have its layer in front: ``"conv4:3,conv5:79"``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, UnitError
from visualize.methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.methods.network.probe import Probe

    Concepts = Callable[[str, str | None], list[Unit]]
    """The units that fit a concept best, by its name and the layer if that is said; InputError if there are none."""


Wanted = int | str | Unit | Sum
ALL = "all"

_SINGLE = r"\d+(?:@\d+,\d+)?"
_ITEM = re.compile(rf"{ALL}|\d+-\d+|{_SINGLE}(?:\+{_SINGLE})*")
_FORMS = (
    "write 79, 3,79,100-104, all, 3+7 for a sum, 79@6,6 for one position (row,column), or the name of a class (of a "
    "layer that has one unit for each) or of a concept (where a dissection is at hand); LAYER: may stand before each"
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


def targets(
    wanted: Wanted | Sequence[Wanted], layer: str | Sequence[str], probe: Probe, *, concepts: Concepts | None = None
) -> list[Target]:
    """The units of a list, each once, in the order in which they are named, under the layer's name as it was given.

    A text is read as numbers where it can be, else as the name of a class, else as that of a concept; a list may hold
    all of these, and a name may hold commas. ``"fc8:79"`` and ``"logits:coffee_shop"`` name the layer too, which holds
    until the list names another.

    Args:
        wanted: the list, or a single unit.
        layer: of units that do not name their own; of several, each has these units.
        probe: the network.
        concepts: finds the units that fit a concept best; None knows of no concepts.

    Raises:
        UnitError: a unit has another form, or the layer or unit does not exist.
    """
    check_form(wanted)
    layers = [layer] if isinstance(layer, str) else list(layer)
    items = [target for item in _several(wanted) for target in _expand(item, layers, probe, concepts)]
    units = list(dict.fromkeys(items))
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


def _expand(wanted: Wanted, layers: Sequence[str], probe: Probe, concepts: Concepts | None) -> list[Target]:
    if isinstance(wanted, Unit | Sum):
        return [wanted]
    if isinstance(wanted, int):
        return [Unit(layer, wanted) for layer in layers]
    units: list[Target] = []
    pieces = wanted.split(",")
    start = 0
    while start < len(pieces):
        tried = [(end, ",".join(pieces[start:end]).strip()) for end in range(len(pieces), start, -1)]
        read = next(((end, *read) for end, item in tried if (read := _read(item, layers, probe)) is not None), None)
        if read is not None:
            start, layers, item = read
            units += [target for layer in layers for target in _item(item, layer, probe)]
        else:
            start, named = _of_concept(wanted, tried, layers, probe, concepts)
            units += named
    return units


def _read(item: str, layers: Sequence[str], probe: Probe) -> tuple[Sequence[str], str] | None:
    """The layers that a part of a list speaks of, and what it says of them; None if it is no unit of theirs."""
    if _ITEM.fullmatch(item) or any(_known(item, layer, probe) for layer in layers):
        return layers, item
    named, colon, rest = (part.strip() for part in item.partition(":"))
    if colon and _is_layer(named, probe) and (_ITEM.fullmatch(rest) or _known(rest, named, probe)):
        return [named], rest
    return None


def _of_concept(
    text: str, tried: Sequence[tuple[int, str]], layers: Sequence[str], probe: Probe, concepts: Concepts | None
) -> tuple[int, list[Unit]]:
    """Where a concept's name ends, and the units that fit it best.

    Raises:
        UnitError: it is no name of a concept, nor anything else.
    """
    unknown: InputError | None = None
    for end, item in tried:
        named, colon, rest = (part.strip() for part in item.partition(":"))
        layered = bool(colon) and _is_layer(named, probe)
        name = rest if layered else item
        if concepts is not None and name[:1].isalpha():
            try:
                return end, concepts(name, named if layered else None)
            except InputError as fault:
                unknown = fault
    raise _refusal(text, tried[-1][1], layers, probe, unknown)


def _refusal(text: str, item: str, layers: Sequence[str], probe: Probe, unknown: InputError | None) -> UnitError:
    """Why a part of a list is no unit, whichever way it is read."""
    named, colon, rest = (part.strip() for part in item.partition(":"))
    layer, name = (named, rest) if colon else (layers[0], item)
    try:
        probe.layer(layer)
        if "," not in text and name[:1].isalpha():
            probe.unit(f"{layer}:{name}")  # says which names are close, or why there are none
    except UnitError as fault:
        return fault if unknown is None else UnitError(f"{fault}. As a concept: {unknown}")
    more = "" if unknown is None else f" ({unknown})"
    return UnitError(f"{text!r} names no units{more}; {_FORMS}")


def _is_layer(name: str, probe: Probe) -> bool:
    try:
        probe.layer(name)
    except UnitError:
        return False
    return True


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
