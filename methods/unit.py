"""Units: one channel of one layer, at every position of its map or at one; and sums of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.errors import UnitError

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNIT = re.compile(r"(?P<layer>[^:@+\s]+):(?P<index>\d+)(?:@(?P<row>\d+),(?P<column>\d+))?")


@dataclass(frozen=True, order=True)
class Unit:
    """One unit of a network: a channel of a layer, or an element of a layer without a map.

    Units count from 0, as torch's channels do (NetDissect's tables count from 1: its unit 79 is ``conv5:78`` here).

    Args:
        layer: the layer's name, or an alias of it that the :class:`~visualize.methods.network.probe.Probe` knows.
        index: the channel, from 0.
        position: (row, column) of the layer's map, each from 0; None means the whole map.

    Raises:
        UnitError: an index or a position is negative.

    Example:
        >>> Unit("conv5", 78)
        Unit(layer='conv5', index=78, position=None)
        >>> str(Unit.parse("conv5:78@6,6"))
        'conv5:78@6,6'
    """

    layer: str
    index: int
    position: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.index < 0 or (self.position is not None and min(self.position) < 0):
            raise UnitError(f"{self.layer}:{self.index} is no unit; units and positions count from 0 upwards")

    @classmethod
    def parse(cls, text: str) -> Unit:
        """Read ``"conv5:79"`` or ``"conv5:79@6,6"`` (row, column).

        Raises:
            UnitError: the text has another form.
        """
        parsed = _UNIT.fullmatch(text.strip())
        if parsed is None:
            raise UnitError(f"{text!r} is no unit; write LAYER:UNIT or LAYER:UNIT@ROW,COLUMN, such as conv5:79@6,6")
        row, column = parsed["row"], parsed["column"]
        return cls(parsed["layer"], int(parsed["index"]), None if row is None else (int(row), int(column)))

    def __str__(self) -> str:
        at = "" if self.position is None else f"@{self.position[0]},{self.position[1]}"
        return f"{self.layer}:{self.index}{at}"

    def __add__(self, other: Target) -> Sum:
        return Sum((self,)) + other


@dataclass(frozen=True)
class Sum:
    """Several units added, of one layer or of several: what gradient ascent then maximises is the sum.

    Args:
        units: two units or more, in the order they were added.

    Example:
        >>> str(Unit("conv5", 78) + Unit("conv4", 3))
        'conv5:78+conv4:3'
    """

    units: tuple[Unit, ...]

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``"conv5:79"`` as a :class:`Unit` and ``"conv5:79+conv4:3"`` as a :class:`Sum`.

        Raises:
            UnitError: a part has another form than :meth:`Unit.parse` reads.
        """
        units = tuple(Unit.parse(part) for part in text.split("+"))
        return units[0] if len(units) == 1 else cls(units)

    def __str__(self) -> str:
        return "+".join(map(str, self.units))

    def __add__(self, other: Target) -> Sum:
        return Sum(self.units + parts(other))


Target = Unit | Sum


def parts(target: Target) -> tuple[Unit, ...]:
    """The units that a target adds: itself alone if it is one."""
    return target.units if isinstance(target, Sum) else (target,)


def layers(targets: Sequence[Target]) -> tuple[str, ...]:
    """The layers of some targets, each once, in the order in which they are named."""
    return tuple(dict.fromkeys(unit.layer for target in targets for unit in parts(target)))
