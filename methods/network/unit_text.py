"""Units as people type them: by number, by the name of a class, or as a sum of these."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from visualize.methods.errors import UnitError, suggest
from visualize.methods.network.run.run_names import LOGITS
from visualize.methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layer import Layer


class Network(Protocol):
    """A network of which units are read: its layers by name, and the names of its classes."""

    classes: tuple[str, ...]

    def layer(self, name: str) -> Layer:
        """The layer of that name or alias.

        Raises:
            UnitError: there is none.
        """


def read_unit(text: str, network: Network) -> Target:
    """Read a unit, or a sum of units; of one that is given by its number nothing is checked.

    Args:
        text: in the forms that :meth:`visualize.methods.Probe.unit` lists.
        network: that it is a unit of.

    Raises:
        UnitError: the text has another form, or there is no such class.
    """
    try:
        return Sum.parse(text)
    except UnitError:
        layer, _, name = text.strip().partition(":")
        index = class_index(name, network.classes)
        if not name or (index is None and name[0].isdigit()):
            raise
        several = text.split("+")
        if index is None and len(several) > 1 and all(":" in part for part in several):
            return Sum(tuple(unit for part in several for unit in parts(read_unit(part, network))))
        return _class_unit(network, layer, name, index)


def _class_unit(network: Network, layer: str, name: str, index: int | None) -> Unit:
    """The unit of a layer that stands for a class."""
    described = network.layer(layer)
    if not network.classes:
        raise UnitError(f"{name!r} is no unit of {layer}: the classes of this network have no names; give a number")
    if described.units != len(network.classes):
        raise UnitError(
            f"{name!r} is no unit of {layer}: it has {described.units} units and the network {len(network.classes)} "
            f"classes; give a number, or {LOGITS}:NAME for a class"
        )
    if index is None:
        raise UnitError(f"no class is called {name!r}{suggest(name, network.classes)}")
    return Unit(described.name, index)


def existing(unit: Unit, layer: Layer) -> Unit:
    """A unit under its layer's own name, which has it.

    Args:
        unit: its layer by name or alias.
        layer: that this name means.

    Raises:
        UnitError: there is no such unit or position; the message gives the valid range.
    """
    if unit.index >= layer.units:
        raise UnitError(f"{unit} does not exist: units of {unit.layer} go from 0 to {layer.units - 1}")
    rows, columns = layer.map_size
    if unit.position is not None and (unit.position[0] >= rows or unit.position[1] >= columns):
        raise UnitError(
            f"{unit} does not exist: positions of {unit.layer} go from 0,0 to {rows - 1},{columns - 1} (row,column)"
        )
    return replace(unit, layer=layer.name)


def class_index(name: str, classes: Sequence[str]) -> int | None:
    """The first class of a name, if there is one; "coffee mug" is also found in "coffee mug, cup".

    Args:
        name: capitals, spaces, hyphens and underscores are all one.
        classes: names, in order.
    """
    wanted = _plain(name)
    names = [_plain(known) for known in classes]
    if wanted in names:
        return names.index(wanted)
    return next((place for place, known in enumerate(classes) if wanted in map(_plain, known.split(","))), None)


def _plain(name: str) -> str:
    """A class's name as it is compared."""
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
