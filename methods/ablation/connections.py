"""Connections of a unit: what it is made of, and what is made of it, by weight x mean activation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, fx, nn

from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.accelerator import channels_last_pays
from visualize.methods.network.run.optimized_graph import plan
from visualize.methods.network.run.steps import groups_of
from visualize.methods.network.run.wiring import Link, before, behind, channel_counts, folded
from visualize.methods.pictures.scan import Scan, require_finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.probe import Probe
    from visualize.methods.network.run.graph import Trace
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress

_COLOURS = {"R": "red", "G": "green", "B": "blue", "L": "grey"}
INPUT = "input"
"""Layer of connections that come from the picture itself."""


@dataclass(frozen=True)
class Connection:
    """One end of a connection of a unit.

    Args:
        layer: the layer at the other end, or ``"input"``.
        unit: the unit there.
        weight: by which its activation counts: of a kernel the sum, with the batch norm behind it folded in.
        mean: the activation that is weighted, on the mean over positions and pictures.
        strength: what it adds on the mean: weight x mean, summed over the places of what was flattened.
        share: of the sum of all strengths' sizes at that side, 0..1.
        layers: all names of layers whose unit of that number it is.
        name: of the colour of the picture, or of the class, that the other unit stands for, or the concept that a
            dissection at hand finds in it; "" where there is none.

    Example:
        >>> Connection("conv4", 7, 0.5, 2.0, 1.0, 0.25, ("conv4", "relu4")).words
        'conv4:7  +1'
    """

    layer: str
    unit: int
    weight: float
    mean: float
    strength: float
    share: float
    layers: tuple[str, ...] = ()
    name: str = ""

    @property
    def words(self) -> str:
        """The other unit, its name and the strength."""
        named = f" {self.name}" if self.name else ""
        return f"{self.layer}:{self.unit}{named}  {self.strength:+.3g}"


@dataclass(frozen=True)
class Ends:
    """Connections of a unit, the strongest first, and why there are none at a side.

    Args:
        into: what feeds the unit.
        out: what the unit feeds.
        notes: sentences on a side that has none.
    """

    into: tuple[Connection, ...]
    out: tuple[Connection, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Sides:
    """Operations before and behind some units of a layer."""

    into: Mapping[int, tuple[Link, int]]
    out: Sequence[Link]
    notes: tuple[str, ...]

    @property
    def taps(self) -> list[fx.Node]:
        """Nodes whose means are needed, each once."""
        links = [*(link for link, _ in self.into.values()), *self.out]
        return list(dict.fromkeys(link.given for link in links))


@dataclass(frozen=True, eq=False)
class Wires:
    """Connections of units of one layer.

    Args:
        probe: the network.
        layer: the layer's own name.
        traced: the network's graph.
        channels: of each node's output.
    """

    probe: Probe
    layer: str
    traced: Trace
    channels: Mapping[fx.Node, int] = field(repr=False)

    @classmethod
    def of(cls, probe: Probe, layer: str) -> Wires:
        """Look at the network's graph around a layer.

        Args:
            probe: the network.
            layer: name or alias.

        Raises:
            UnitError: there is no such layer.
            InputError: the network has no graph, or it does not reproduce the layer.
        """
        noise = torch.rand(1, 3, *probe.prepare.size, generator=torch.Generator().manual_seed(0))
        name, blank = probe.layer(layer).name, probe.prepared(noise)
        with probe.runner.lock:
            traced = probe.runner.trace
            if traced is None or name not in probe.runner.followed([name], blank):
                raise InputError(
                    f"what {layer} is connected with cannot be told: the network's operations cannot be followed as a "
                    f"graph"
                )
            return cls(probe, name, traced, channel_counts(traced, blank))

    def ends(self, units: Sequence[int], images: Images, *, count: int, batch: int, progress: Progress) -> list[Ends]:
        """The strongest connections of some units, on the mean over pictures.

        Args:
            units: by their numbers.
            images: the pictures.
            count: connections at either side.
            batch: pictures in one run of the network.
            progress: told how many pictures are done.

        Raises:
            InputError: the layer lies next to no convolution or linear layer, or no picture can be read.
        """
        sides = self._sides(units)
        if not sides.into and not sides.out:
            raise InputError("; ".join(sides.notes))
        means = self._means(sides.taps, images, batch, progress)
        return [self._unit_ends(unit, sides, means, count) for unit in units]

    def _sides(self, units: Sequence[int]) -> _Sides:
        node, notes = self.traced.nodes[self.layer], []
        into = {}
        for unit in units:
            found = before(self.traced, node, unit, dict(self.channels))
            if isinstance(found, fx.Node):
                notes.append(f"what feeds {self.layer} is not told: it comes out of {self._called(found)}")
            else:
                into[unit] = found
        out, others = behind(self.traced, node)
        if others and not out:
            notes.append(
                f"what {self.layer} feeds is not told: it goes into {self._called(others[0])}, no convolution "
                f"or linear layer"
            )
        elif others:
            notes.append(f"{self.layer} goes into {self._called(others[0])} too, which is not told")
        elif not out:
            notes.append(
                f"layer {self.layer} is the network's output: no layer comes after it that its units could feed"
            )
        return _Sides(into, out, tuple(dict.fromkeys(notes)))

    def _called(self, node: fx.Node) -> str:
        """Words for an operation that is no convolution."""
        if node.op == "placeholder":
            return "the picture"
        if node.op == "call_module":
            return f"{node.target} ({type(self.traced.network.get_submodule(str(node.target))).__name__})"
        return f"the operation {getattr(node.target, '__name__', node.target)}"

    def _means(
        self, taps: list[fx.Node], images: Images, batch: int, progress: Progress
    ) -> dict[fx.Node, NDArray[np.float64]]:
        """Mean over pictures and positions of what goes into some operations."""
        names = [f"tap{number}" for number in range(len(taps))]
        known = replace(self.traced, nodes=dict(zip(names, taps, strict=True)), output=None)
        run = plan(known, names, channels_last=channels_last_pays(self.probe.device, self.probe.dtype))

        def respond(pictures: Tensor) -> dict[str, Tensor]:
            with torch.no_grad(), self.probe.runner.lock:
                values = run(self.probe.prepared(pictures))
            return {name: _over_places(value) for name, value in zip(names, values, strict=True) if value is not None}

        scan = Scan(self.probe, images, (), batch=batch, progress=progress, respond=respond)
        sums = dict.fromkeys(names, np.zeros(1))
        for part in scan:
            for name, rows in part.maps.items():
                require_finite(rows, part, images, self.layer)
                sums[name] = sums[name] + rows.sum(0).cpu().numpy()
        return {tap: sums[name] / scan.scanned for name, tap in zip(names, taps, strict=True)}

    def _unit_ends(self, unit: int, sides: _Sides, means: Mapping[fx.Node, NDArray[np.float64]], count: int) -> Ends:
        into: list[Connection] = []
        if unit in sides.into:
            link, output = sides.into[unit]
            into = self._incoming(link, output, means[link.given])
        out = [item for link in sides.out for item in self._outgoing(link, unit, means[link.given])]
        return Ends(_strongest(into, count), _strongest(out, count), sides.notes)

    def _incoming(self, link: Link, output: int, mean: NDArray[np.float64]) -> list[Connection]:
        """Everything that an output of an operation is made of."""
        weights, first = _row(link, output)
        layers = self._layers(link.source)
        own = mean[first : first + len(weights)]
        channels = self.channels.get(link.source[0], len(mean)) if link.given in self.channels else len(mean)
        each = max(1, len(mean) // max(1, channels))
        return [
            self._end(layers, (first + start) // each, weights[start : start + each], own[start : start + each])
            for start in range(0, len(weights), each)
        ]

    def _outgoing(self, link: Link, unit: int, mean: NDArray[np.float64]) -> list[Connection]:
        """Everything that a unit is a part of."""
        units = self.channels[self.traced.nodes[self.layer]]
        each = len(mean) // units
        own = mean[unit * each : (unit + 1) * each]
        columns, first = _columns(link, unit * each, each)
        layers = self._layers(link.sink)
        return [self._end(layers, first + row, column, own) for row, column in enumerate(columns)]

    def _end(
        self, layers: tuple[str, ...], unit: int, weights: NDArray[np.float64], mean: NDArray[np.float64]
    ) -> Connection:
        colour = _COLOURS.get(self.probe.prepare.order[unit], "") if layers[0] == INPUT else ""
        name = colour or class_name(self.probe, layers, unit)
        strength = float((weights * mean).sum())
        return Connection(layers[0], unit, float(weights.sum()), float(mean.mean()), strength, 0.0, layers, name)

    def _layers(self, path: Sequence[fx.Node]) -> tuple[str, ...]:
        """Names of layers along a path in which channels stay apart, the one to call it by first."""
        if path[0].op == "placeholder":
            return (INPUT,)
        names = [
            (name not in self.probe.blocks, name.count("."), place, name)
            for place, node in enumerate(path)
            for name, other in self.traced.nodes.items()
            if other is node and name in self.probe.layers
        ]
        return tuple(name for *_, name in sorted(names)) or (path[0].name,)


def class_name(probe: Probe, layers: Sequence[str], unit: int) -> str:
    """Name of the class that a unit of the network's output stands for; "" for other units, or where it is not known.

    Args:
        probe: the network.
        layers: all names of layers whose unit of that number it is.
        unit: its number.
    """
    if not probe.classes:
        return ""
    try:
        output = probe.output
    except UnitError:
        return ""
    return probe.classes[unit] if output.name in layers and output.units == len(probe.classes) else ""


def _over_places(value: Tensor) -> Tensor:
    """Means of channels over all places: N x channels, float64."""
    return value.double().flatten(2).mean(2) if value.dim() > 2 else value.double()


def _row(link: Link, output: int) -> tuple[NDArray[np.float64], int]:
    """Weights of one output of an operation, summed over the kernel, and the first of the inputs that they are of."""
    weight = folded(link)
    row = (weight.flatten(2).sum(2) if weight.dim() > 2 else weight)[output]
    return row.cpu().numpy(), _group(link.operation, output, of_outputs=True) * len(row)


def _columns(link: Link, first: int, each: int) -> tuple[NDArray[np.float64], int]:
    """Weights by which inputs count for every output that they reach, and the first of these outputs."""
    weight = folded(link)
    whole = weight.flatten(2).sum(2) if weight.dim() > 2 else weight
    group, groups = _group(link.operation, first, of_outputs=False), groups_of(link.operation)
    outputs = len(whole) // groups
    inner = first - group * whole.shape[1]
    rows = whole[group * outputs : (group + 1) * outputs, inner : inner + each]
    return rows.cpu().numpy(), group * outputs


def _group(operation: nn.Conv2d | nn.Linear, number: int, *, of_outputs: bool) -> int:
    """The group of a convolution that an output, or an input, is of."""
    sides = operation.weight.shape[0] // groups_of(operation) if of_outputs else operation.weight.shape[1]
    return number // sides


def _strongest(ends: Sequence[Connection], count: int) -> tuple[Connection, ...]:
    """The strongest, with each one's share of all."""
    total = sum(abs(item.strength) for item in ends) or 1.0
    ordered = sorted(ends, key=lambda item: -abs(item.strength))[:count]
    return tuple(replace(item, share=abs(item.strength) / total) for item in ordered)
