"""Record of what feeds a unit, and what it feeds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from visualize.methods.ablation.wiring_diagram import End, diagram
from visualize.methods.drawing.panel import Panel
from visualize.methods.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from numpy.typing import NDArray

    from visualize.methods.ablation.connections import Connection
    from visualize.methods.provenance import Json
    from visualize.methods.result import UnitName
    from visualize.methods.unit import Unit


@dataclass(frozen=True, kw_only=True)
class ConnectionsResult(Result):
    """Strongest connections of one unit.

    Args:
        into: what feeds it, the strongest first.
        out: what it feeds, the strongest first.
        set_name: the probe set's, over which activations are averaged.
        class_name: of the class that the unit stands for; "" where it stands for none.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from visualize.methods import Connections, Preparation, Probe, Stack
        >>> network = nn.Sequential(nn.Conv2d(3, 1, 1, bias=False), nn.ReLU(), nn.Conv2d(1, 2, 1))
        >>> network[0].weight.data = torch.tensor([1.0, 0.5, -0.25]).view(1, 3, 1, 1)
        >>> probe = Probe(network, prepare=Preparation((8, 8)))
        >>> white = Stack([np.full((8, 8, 3), 255, np.uint8)])
        >>> (result,) = Connections(count=2)(probe, probe.unit("1:0"), white)
        >>> [(end.words, round(end.share, 3)) for end in result.into]
        [('input:0 red  +1', 0.571), ('input:1 green  +0.5', 0.286)]
    """

    in_lines: ClassVar[frozenset[str]] = frozenset({"into", "out"})

    into: tuple[Connection, ...]
    out: tuple[Connection, ...]
    set_name: str
    class_name: str = ""

    def named_ends(self, name: Callable[[Unit], UnitName | None]) -> Self:
        """Result whose ends bear the names of the concepts that they detect.

        Args:
            name: of a unit, by a dissection at hand.
        """
        from visualize.methods.unit import Unit

        def known(end: Connection) -> Connection:
            if end.name:
                return end
            several = (name(Unit(layer, end.unit)) for layer in end.layers)
            found = next((item for item in several if item is not None and item.detector), None)
            return end if found is None else dataclasses.replace(end, name=found.label)

        return dataclasses.replace(self, into=tuple(map(known, self.into)), out=tuple(map(known, self.out)))

    def panels(self) -> tuple[Panel, ...]:
        """One diagram: what feeds the unit at the left, what it feeds at the right."""
        into, out = (
            [End(f"{end.layer}:{end.unit}", end.name, end.strength) for end in side] for side in (self.into, self.out)
        )
        return (Panel(diagram(into, str(self.unit), out, name=self.class_name), "", wide=True),)

    def facts(self) -> dict[str, Json]:
        """Set, and at either side (into, out) of each end layer, unit, name, weight, mean, strength, share."""
        return {"set": self.set_name, "into": _documents(self.into), "out": _documents(self.out)}

    def lines(self) -> tuple[str, ...]:
        """A line for each side."""
        sides = (("fed by", self.into), ("feeds", self.out))
        return tuple(f"{what}: {'; '.join(end.words for end in ends)}" for what, ends in sides if ends)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by side, ``into`` and ``out``: ends x (unit, weight, mean, strength, share), float64."""
        return {name: _numbers(ends) for name, ends in (("into", self.into), ("out", self.out))}


def _documents(ends: tuple[Connection, ...]) -> list[Json]:
    return [
        {
            "layer": end.layer,
            "unit": end.unit,
            "name": end.name or None,
            "weight": end.weight,
            "mean": end.mean,
            "strength": end.strength,
            "share": end.share,
        }
        for end in ends
    ]


def _numbers(ends: tuple[Connection, ...]) -> NDArray[np.float64]:
    rows = [(end.unit, end.weight, end.mean, end.strength, end.share) for end in ends]
    return np.array(rows, np.float64).reshape(-1, 5)
