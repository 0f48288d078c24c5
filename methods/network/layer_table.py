"""The layers of a network by name: which there are, what they are called, and what their positions see."""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visualize.methods.errors import InputError, UnitError, suggest
from visualize.methods.network.axes import FEATURES, Axes, Layout, as_maps
from visualize.methods.network.examination.inputs import refusal
from visualize.methods.network.layer import Layer, Unmapped
from visualize.methods.network.layout.determination import Survey, determined
from visualize.methods.network.layout.plain_axes import PlainAxes
from visualize.methods.network.receptive_field.cuts import parts
from visualize.methods.network.receptive_field.from_gradients import measured
from visualize.methods.network.receptive_field.from_graph import fields
from visualize.methods.network.run.hooks import Call, reason, survey
from visualize.methods.network.run.run_names import LOGITS, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.methods.network.receptive_field.field import ReceptiveField
    from visualize.methods.network.run.runner import Runner

_FLAT = 2  # axes of an output of features alone


class LayerTable:
    """Every layer that has units, in the order in which they run, and the names that mean them.

    Args:
        runner: the runner of the network.
        blank: one input of the size that the layers are described for, 1 x C x H x W.
        aliases: alias -> module name.
        layouts: pattern of layer names -> order of axes, where it is not channels first; what an experiment finds
            prevails.

    Raises:
        InputError: no module of the network runs on that input.
    """

    def __init__(
        self, runner: Runner, blank: Tensor, *, aliases: Mapping[str, str], layouts: Mapping[str, Layout]
    ) -> None:
        network, output = runner.twin, runner.examination.output
        started = time.thread_time()
        whole = output is not None and len(output.shape) > _FLAT
        calls, fault, plain, cropped = _followed(runner, network, blank, whole=whole)
        spent = time.thread_time() - started
        bare = all(call.name == WHOLE for call in calls)
        self._lacking = _nothing(runner.copy(), blank, fault) if bare else ""
        if not calls:
            raise InputError(self._lacking)
        self._runner = runner
        self._blank = blank
        last = {call.module: call.name for call in calls}
        self._names = {alias: last.get(module, module) for alias, module in aliases.items()}
        self._names |= {module: name for module, name in last.items() if module not in {name, LOGITS}}
        size = (blank.shape[2], blank.shape[3])
        traced = runner.followed([call.name for call in calls], blank)
        seen = {name: field for name, field in _fields(runner, size).items() if name in traced}
        cut = parts(runner.trace) if runner.trace else frozenset()
        self._layers: dict[str, Layer] = {}
        self.unmapped: dict[str, Unmapped] = {}
        self._axes: dict[str, Axes] = {}
        together = not runner.examination.one_by_one
        run = functools.partial(runner.surveyed, whole=whole)
        found = determined(
            Survey(network, run, blank, calls, plain, together, cropped, cost=spent, spent=runner.examined), layouts
        )
        for call, axes in zip(calls, found, strict=True):
            self._axes[call.name] = axes
            if axes.order.find("N") > 0:
                runner.batch_axes[call.name] = axes.order.index("N")
            if call.name != WHOLE:
                self._describe(call, size, seen.get(call.name), cut=call.name in cut)

    @property
    def layers(self) -> dict[str, Layer]:
        """The layers by name.

        Raises:
            InputError: the network is a single module, or compiled: there is an output, and nothing before it.
        """
        if self._lacking:
            raise InputError(self._lacking)
        return self._layers

    def __getitem__(self, name: str) -> Layer:
        layer = self.named(name)
        if layer.field is None and layer.map_size != (1, 1):
            layer = self.layers[layer.name] = replace(layer, field=self._measured(layer.name), measured=True)
        return layer

    def knows(self, name: str) -> bool:
        """Whether a run, or an alias, has that name."""
        return name in self._axes or name in self._names

    def named(self, name: str) -> Layer:
        """The layer of a name or alias, without a measurement of its receptive field.

        Raises:
            UnitError: there is none.
        """
        layer = self.layers.get(name) or self.layers.get(self._names.get(name, ""))
        if layer is None:
            unmapped = self.unmapped.get(name) or self.unmapped.get(self._names.get(name, ""))
            if unmapped is not None:
                raise UnitError(f"{unmapped}; name another layer")
            known = [*self.layers, *self._names]
            hint = suggest(name, known) or f"; its layers are {', '.join(list(self.layers)[:12])}"
            raise UnitError(f"the network has no layer {name!r}{hint}")
        return layer

    def _measured(self, name: str) -> ReceptiveField | None:
        """The receptive field of a layer that the graph does not describe."""
        shape = (self._blank.shape[2], self._blank.shape[3])

        def maps(inputs: Tensor) -> Tensor:
            output = as_maps(self._runner(inputs, [name])[name], self.axes(name), shape)
            return inputs[:, :, :0, :0] if output is None else output

        try:
            return measured(maps, self._blank)
        except torch.OutOfMemoryError:
            raise
        except Exception:  # noqa: BLE001 (a network that has no gradient, or whose own code for one fails)
            return None

    def axes(self, name: str) -> Axes:
        """The order of a layer's axes, by its full name; of the network's own output by that of its run."""
        return self._axes.get(name, FEATURES) if name == WHOLE else self._axes[name]

    def _describe(self, call: Call, size: tuple[int, int], field: ReceptiveField | None, *, cut: bool) -> None:
        """Enter a run among the layers, or among what has no map."""
        axes = self._axes[call.name]
        maps = as_maps(torch.empty(call.shape, device="meta"), axes, size)
        if maps is None or maps.shape[0] != 1:
            why = axes.reason or "its places are not known"
            self.unmapped[call.name] = Unmapped(call.name, call.kind, call.shape, why)
            return
        aliases = tuple(alias for alias, name in self._names.items() if name == call.name)
        units, rows, columns = maps.shape[1:]
        self._layers[call.name] = Layer(call.name, aliases, call.kind, units, (rows, columns), field, cut)


def _followed(
    runner: Runner, network: nn.Module, blank: Tensor, *, whole: bool
) -> tuple[list[Call], Exception | None, list[Axes | None], set[int]]:
    """Runs of a network's modules and what stopped them, the axes of each, and the places of those from crops."""
    plain: list[Axes | None] = []
    cropped: set[int] = set()
    shown = blank.clone()  # which networks may write into
    with runner.still(), PlainAxes(shown) as known:

        def look(output: Tensor) -> None:
            cropped.update([len(plain)] if known.cropped(output) else [])
            plain.append(known.axes(output))

        calls, fault = survey(network, shown, look, whole=whole)
    return calls, fault, plain, cropped


def _fields(runner: Runner, size: tuple[int, int]) -> dict[str, ReceptiveField]:
    """Fields by the graph; none of a network that looks at batches, by operations that look pointwise there."""
    if runner.trace is None or runner.examination.neighbours is not None:
        return {}
    return fields(runner.trace, size)


def _nothing(network: nn.Module, blank: Tensor, fault: Exception | None) -> str:
    """Why a network has no layer to look at, and what to do."""
    kind = type(network).__name__
    if fault is not None:
        why = refusal(network, blank) or reason(fault)
        return f"the network ({kind}) does not run on an input of {tuple(blank.shape)}: {why}"
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        return (
            f"the network ({kind}) is compiled by TorchScript, and nothing inside it can be watched; give the network "
            f"as it was before, or open it by visualize.models.load, which takes TorchScript apart"
        )
    if any(True for _ in network.children()):
        return (
            f"no module of the network ({kind}) gives a tensor that can be watched, as where they run within "
            f"torch.vmap or give complex numbers alone: there is no layer to look at"
        )
    return f"the network ({kind}) has no modules that give activations: there is no layer to look at"
