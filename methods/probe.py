"""A network to look into: how its pixels are prepared, its layers by name, and their activations."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from methods.engine.maps import Layout, as_maps
from methods.engine.runner import Runner
from methods.engine.twin import weights_sha256
from methods.errors import InputError, UnitError
from methods.layer import Layer, LayerTable
from methods.method import Identity
from methods.preparation import Preparation
from methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Layer", "Probe"]


class Probe:
    """Looks into a network without leaving a trace in it.

    What runs is a twin of the network in evaluation mode that shares its weights: the network's hooks, modes, gradients
    and buffers are never touched. The twin runs only as far as the deepest layer asked for.

    Args:
        network: takes N x C x H x W, whatever it returns. Its device and dtype are kept.
        prepare: how an RGB picture in 0..1 becomes its input; by default 224 x 224 pixels, RGB in 0..1.
        aliases: other names of its layers (alias -> module name), such as those of its paper.
        identity: what results call it; by default its class and the SHA-256 of its weights in memory.
        classes: names of its output's units.
        layouts: pattern of layer names (``fnmatch``) -> order of axes, where it is not channels first.
        optimise: fold batch norms, rectify in place and run channels-last where outputs stay equal to float tolerance.
    """

    def __init__(  # noqa: PLR0913 (a network, and six things that may be known about it, by keyword)
        self,
        network: nn.Module,
        *,
        prepare: Preparation | None = None,
        aliases: Mapping[str, str] | None = None,
        identity: Identity | None = None,
        classes: Sequence[str] = (),
        layouts: Mapping[str, Layout] | None = None,
        optimise: bool = True,
    ) -> None:
        self.network = network
        self.prepare = prepare or Preparation()
        self.classes = tuple(classes)
        self._identity = identity
        self._aliases = dict(aliases or {})
        self._layouts = dict(layouts or {})
        self._runner = Runner(network, optimise=optimise)

    @functools.cached_property
    def identity(self) -> Identity:
        """The network's name and the SHA-256 of its weights."""
        return self._identity or Identity(type(self.network).__name__, weights_sha256(self.network))

    @property
    def device(self) -> torch.device:
        """Where the network's weights lie."""
        return self._like.device

    @property
    def _like(self) -> Tensor:
        """A tensor of the network's device and dtype."""
        held = itertools.chain(self.network.parameters(), self.network.buffers())  # asked before every run: stop early
        return next((tensor for tensor in held if tensor.is_floating_point()), torch.empty(0))

    @functools.cached_property
    def _table(self) -> LayerTable:
        blank = self._like.new_zeros(1, len(self.prepare.order), *self.prepare.size)
        return LayerTable(self._runner, blank, aliases=self._aliases, layouts=self._layouts)

    @property
    def layers(self) -> Mapping[str, Layer]:
        """The layers that have units, by name, in the order in which they run.

        Raises:
            InputError: the network does not run on an input of the preparation's size.
        """
        return self._table.layers

    def layer(self, name: str) -> Layer:
        """The layer of that name or alias; a module that runs several times means its last run.

        Raises:
            UnitError: there is none; the message names close ones.
        """
        return self._table[name]

    def units(self, layer: str) -> list[Unit]:
        """All units of a layer."""
        found = self.layer(layer)
        return [Unit(found.name, index) for index in range(found.units)]

    def check(self, target: Target) -> Target:
        """The same unit (or sum of units) under its layer's own name.

        Raises:
            UnitError: a layer, unit or position that the network does not have; the message gives the valid range.
        """
        if isinstance(target, Sum):
            return Sum(tuple(self._checked(unit) for unit in target.units))
        return self._checked(target)

    def _checked(self, unit: Unit) -> Unit:
        layer = self.layer(unit.layer)
        if unit.index >= layer.units:
            raise UnitError(f"{unit} does not exist: units of {unit.layer} go from 0 to {layer.units - 1}")
        rows, columns = layer.map_size
        if unit.position is not None and (unit.position[0] >= rows or unit.position[1] >= columns):
            raise UnitError(
                f"{unit} does not exist: positions of {unit.layer} go from 0,0 to {rows - 1},{columns - 1} (row,column)"
            )
        return replace(unit, layer=layer.name)

    def activations(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The activations of one or several layers, in one run that stops after the deepest of them.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1, of any height and width that the network takes.
            layers: names or aliases.

        Returns:
            For each name as it was given, N x units x rows x columns on the network's device; with a gradient path to
            ``pictures`` if they require one.

        Raises:
            UnitError: a layer that the network does not have.
            InputError: ``pictures`` has another shape, or the network does not run on that size.
        """
        if pictures.dim() != 4 or pictures.shape[1] != 3:
            raise InputError(f"pictures are N x 3 x H x W (RGB in 0..1), not {tuple(pictures.shape)}")
        own = {name: self.layer(name).name for name in layers}
        inputs = self.prepare(pictures.to(self._like))
        try:
            outputs = self._runner(inputs, list(dict.fromkeys(own.values())))
        except (KeyError, RuntimeError, ValueError) as fault:
            if isinstance(fault, torch.OutOfMemoryError):
                raise
            raise InputError(f"the network does not run on pictures of {tuple(pictures.shape)}: {fault}") from fault
        shape = (pictures.shape[2], pictures.shape[3])
        return {name: self._maps(outputs[layer], layer, shape) for name, layer in own.items()}

    def _maps(self, output: Tensor, layer: str, shape: tuple[int, int]) -> Tensor:
        maps = as_maps(output, self._table.layout(layer), shape)
        if maps is None:
            raise InputError(f"the output of {layer} has no units for pictures of {shape}: {tuple(output.shape)}")
        return maps

    def scores(self, pictures: Tensor, target: Target) -> Tensor:
        """How strongly each picture excites a unit: its activation at its position, or its largest one on the map.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.
            target: a unit, or a sum of units, whose scores are then added.

        Returns:
            N values, with a gradient path to ``pictures`` if they require one.
        """
        units = [self._checked(unit) for unit in parts(target)]
        outputs = self.activations(pictures, [unit.layer for unit in units])
        return torch.stack([_score(outputs[unit.layer], unit) for unit in units]).sum(0)

    def gradients(self, pictures: Tensor, target: Target) -> Tensor:
        """The gradient of :meth:`scores` with respect to the pictures.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1; left as they are.
            target: a unit, or a sum of units.

        Returns:
            N x 3 x H x W on the network's device, per unit of RGB in 0..1. Zero where nothing reaches the unit.
        """
        leaf = pictures.detach().to(self._like).clone().requires_grad_()
        with torch.enable_grad():
            score = self.scores(leaf, target).sum()
            if not score.requires_grad:
                return torch.zeros_like(leaf)
            (gradient,) = torch.autograd.grad(score, leaf, allow_unused=True, materialize_grads=True)
        return gradient


def _score(maps: Tensor, unit: Unit) -> Tensor:
    one = maps[:, unit.index]
    if unit.position is None:
        return one.flatten(1).amax(1)
    row, column = unit.position
    if row >= one.shape[1] or column >= one.shape[2]:
        raise UnitError(f"{unit} lies outside the map of these pictures, which is {one.shape[1]} x {one.shape[2]}")
    return one[:, row, column]
