"""The layers of a network by name."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from methods.errors import InputError, UnitError, suggest
from methods.network.axes import Layout, as_maps, axes
from methods.network.receptive_field.from_gradients import measured
from methods.network.receptive_field.from_graph import fields
from methods.network.run.hooks import Call, survey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from methods.network.receptive_field.field import ReceptiveField, Window
    from methods.network.run.runner import Runner


@dataclass(frozen=True)
class Layer:
    """One layer: the output of one run of one module.

    Args:
        name: the module's own; ``name#k`` for run k (from 0) of a module that runs several times.
        aliases: other names that mean it.
        kind: the module's class.
        units: how many channels (features, where there is no map).
        map_size: (rows, columns) of its map for the preparation's input size; (1, 1) where there is no map.
        field: the receptive field of its positions, derived from the network's graph; for networks without one it is
            measured when the layer is first asked for by name, and None until then.
        measured: the field is a measured one, which can come out a little small; a derived one never is.
    """

    name: str
    aliases: tuple[str, ...]
    kind: str
    units: int
    map_size: tuple[int, int]
    field: ReceptiveField | None
    measured: bool = False


class LayerTable:
    """Every layer that has units, in the order in which they run, and the names that mean them.

    Args:
        runner: of the network.
        blank: one input of the size that the layers are described for, 1 x C x H x W.
        aliases: alias -> module name.
        layouts: pattern of layer names -> order of axes, where it is not channels first.

    Raises:
        InputError: no module of the network runs on that input.
    """

    def __init__(
        self, runner: Runner, blank: Tensor, *, aliases: Mapping[str, str], layouts: Mapping[str, Layout]
    ) -> None:
        calls, fault = survey(runner.twin, blank)
        if not calls:
            raise InputError(_nothing(runner.twin, blank, fault))
        self._layouts = layouts
        self._seen: dict[str, Layout | None] = {}
        self._runner = runner
        self._blank = blank
        last = {call.module: call.name for call in calls}
        self._names = {alias: last.get(module, module) for alias, module in aliases.items()}
        self._names |= {module: name for module, name in last.items() if module != name}
        size = (blank.shape[2], blank.shape[3])
        traced = runner.followed([call.name for call in calls], blank)
        seen = {name: field for name, field in _fields(runner, size).items() if name in traced}
        self.layers: dict[str, Layer] = {}
        for call in calls:
            layer = self._describe(call, size, seen.get(call.name))
            if layer is not None:
                self.layers[call.name] = layer

    def __getitem__(self, name: str) -> Layer:
        found = self.layers.get(name) or self.layers.get(self._names.get(name, ""))
        if found is None:
            known = [*self.layers, *self._names]
            hint = suggest(name, known) or f"; its layers are {', '.join(list(self.layers)[:12])}"
            raise UnitError(f"the network has no layer {name!r}{hint}")
        if found.field is None and found.map_size != (1, 1):
            found = self.layers[found.name] = replace(found, field=self._measured(found.name), measured=True)
        return found

    def _measured(self, name: str) -> ReceptiveField | None:
        """The receptive field of a layer that the graph does not describe."""
        shape = (self._blank.shape[2], self._blank.shape[3])

        def maps(inputs: Tensor) -> Tensor:
            found = as_maps(self._runner(inputs, [name])[name], self.layout(name), shape)
            return inputs[:, :, :0, :0] if found is None else found

        return measured(maps, self._blank)

    def layout(self, name: str) -> Layout | None:
        """The order of a layer's axes, where it is stated, or where its shape for the usual input tells."""
        stated = (layout for pattern, layout in self._layouts.items() if fnmatchcase(name, pattern))
        return next(stated, self._seen.get(name))

    def _describe(self, call: Call, size: tuple[int, int], field: ReceptiveField | None) -> Layer | None:
        self._seen[call.name] = axes(call.shape, size, self._runner.twin.get_submodule(call.module))
        maps = as_maps(torch.empty(call.shape, device="meta"), self.layout(call.name), size)
        if maps is None or maps.shape[0] != 1:
            return None
        aliases = tuple(alias for alias, name in self._names.items() if name == call.name)
        units, rows, columns = maps.shape[1:]
        return Layer(call.name, aliases, call.kind, units, (rows, columns), field)


def _fields(runner: Runner, size: tuple[int, int]) -> dict[str, ReceptiveField]:
    return fields(runner.trace, size) if runner.trace else {}


def _nothing(network: nn.Module, blank: Tensor, fault: Exception | None) -> str:
    """Why a network has no layer to look at, and what to do."""
    kind = type(network).__name__
    if fault is not None:
        return (
            f"the network ({kind}) does not run on an input of {tuple(blank.shape)} ({_line(fault)}); state its input "
            f"size and channels in the preparation"
        )
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        return (
            f"the network ({kind}) is compiled by TorchScript, and nothing inside it can be watched; give the network "
            f"as it was before, or open it by visualize.models.load, which takes TorchScript apart"
        )
    return f"the network ({kind}) has no modules that give activations: there is no layer to look at"


def _line(fault: Exception) -> str:
    return str(fault).strip().split("\n")[0]


def local(layer: Layer) -> ReceptiveField | None:
    """The receptive field of a layer if it is known for sure to be local: derived from the graph, in whole steps."""
    seen = layer.field
    sure = seen is not None and not layer.measured and all(step >= 1 and step % 1 == 0 for step in seen.stride)
    return seen if sure else None


def span(seen: ReceptiveField, position: tuple[int, int]) -> tuple[int, int]:
    """The first row and column that a position sees, below zero where its field reaches over the picture's border."""
    first, second = (
        math.floor(seen.offset[axis] + position[axis] * seen.stride[axis] - (seen.size[axis] - 1) / 2 + 0.5)
        for axis in (0, 1)
    )
    return first, second


def box(layer: Layer, position: tuple[int, int], shape: tuple[int, int]) -> Window:
    """The part of a picture that must be run for the activation at a position to be what it is in the whole picture.

    At a side where the position's receptive field lies inside the picture, no padding is in the field, so the picture
    can be cut there; the cut is put where every layer's steps fall on the same pixels as before. At a side where the
    field reaches the border, the picture keeps its border, and with it the padding.

    Args:
        layer: with a receptive field derived from the network's graph; else the box is the whole picture, because a
            measured field can be too small.
        position: (row, column) of its map.
        shape: (height, width) of the picture.

    Returns:
        (top, left, bottom, right), half open.
    """
    seen = local(layer)
    if seen is None:
        return 0, 0, *shape
    sides = []
    for axis, first in enumerate(span(seen, position)):
        step, end = int(seen.stride[axis]), first + seen.size[axis]
        sides.append((max(0, first // step * step), min(end, shape[axis])))
    (top, bottom), (left, right) = sides
    return top, left, bottom, right


def window(layer: Layer, position: tuple[int, int], shape: tuple[int, int]) -> Window:
    """What a position sees of a picture for sure and at most: all of it where the layer is not known to be local.

    Returns:
        (top, left, bottom, right), half open.
    """
    field = local(layer)
    return field.window(*position, shape) if field else (0, 0, *shape)
