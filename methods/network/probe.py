"""A network to look into: how its pixels are prepared, its layers by name, and their activations."""

from __future__ import annotations

import functools
import itertools
import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from visualize.methods.errors import InputError, NetworkWarning
from visualize.methods.network.activation import activation
from visualize.methods.network.axes import Axes, Layout, as_maps
from visualize.methods.network.blocks import blocks
from visualize.methods.network.examination.experiments import examine
from visualize.methods.network.layer import Layer, Unmapped
from visualize.methods.network.layer_table import LayerTable
from visualize.methods.network.own_output import own_output
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.run.duplicate import require_modules
from visualize.methods.network.run.early_use import after
from visualize.methods.network.run.hooks import reason
from visualize.methods.network.run.run_names import LOGITS, WHOLE
from visualize.methods.network.run.runner import Runner
from visualize.methods.network.run.shared_copy import weights_sha256
from visualize.methods.network.unit_text import existing, read_unit
from visualize.methods.plain_state import plain_state
from visualize.methods.provenance import Identity
from visualize.methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from visualize.methods.network.colours import Colours
    from visualize.methods.network.examination.examination import Examination

__all__ = ["LOGITS", "Layer", "Probe"]

_DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)  # that pictures are computed in
_LIKE = torch.empty(0, dtype=torch.float32, device="cpu")  # of a network without weights
_CONTRASTS = (1.0, 0.3, 0.65)  # of the pictures that a network is examined by, in the order of none of their measures


class Probe:
    """Looks into a network without leaving a trace in it.

    What runs is a twin of the network in evaluation mode that shares its weights: the network's hooks, modes, gradients
    and buffers are never touched. The twin runs only as far as the deepest layer asked for. Several threads may use a
    probe; they run its network one at a time.

    Args:
        network: takes N x C x H x W, whatever it returns. Its device and dtype are kept.
        prepare: how an RGB picture in 0..1 becomes its input; by default 224 x 224 pixels, RGB in 0..1.
        aliases: other names of its layers (alias -> module name), such as those of its paper.
        identity: what results call it; by default its class and the SHA-256 of its weights in memory.
        classes: names of its output's units.
        layouts: pattern of layer names (``fnmatch``) -> order of axes, where it is not channels first.
        colours: of the pictures that it learned from, for pictures that are made for it; None where they are not known,
            which leaves them to the method.
        optimise: fold batch norms, rectify in place and run channels-last where outputs stay equal to float tolerance.

    Raises:
        InputError: ``network`` has no modules.

    Example:
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 4, 3))
        >>> probe = Probe(network, prepare=Preparation(size=(32, 48)))
        >>> list(probe.layers), list(probe.blocks)
        (['0', '1', '2'], ['1', '2'])
        >>> probe.layer("2").field.size
        (9, 9)
        >>> probe.activations(torch.rand(2, 3, 32, 48), ["2"])["2"].shape
        torch.Size([2, 4, 12, 20])
    """

    def __init__(  # noqa: PLR0913 (a network, and seven things that may be known about it, by keyword)
        self,
        network: nn.Module,
        *,
        prepare: Preparation | None = None,
        aliases: Mapping[str, str] | None = None,
        identity: Identity | None = None,
        classes: Sequence[str] = (),
        layouts: Mapping[str, Layout] | None = None,
        colours: Colours | None = None,
        optimise: bool = True,
    ) -> None:
        require_modules(network)
        self.network = network
        self.prepare = prepare or Preparation()
        self.classes = tuple(classes)
        self.colours = colours
        self._identity = identity
        self._aliases = dict(aliases or {})
        self._layouts = dict(layouts or {})
        self.runner = Runner(network, optimise=optimise, examine=self._examined)
        """Runs the network's twin as far as some layers, and knows its graph."""

    def __repr__(self) -> str:
        """Network and size of its input, in one line."""
        return "<Probe of {}, input {} x {}>".format(type(self.network).__name__, *self.prepare.size)

    def around(self, network: nn.Module) -> Probe:
        """Probe of another network of the same structure: what is known of this one holds for it."""
        probe = self._made(network, self.prepare, self.classes)
        probe.runner = Runner(network, optimise=self.runner.optimise, examination=self.examination)
        return probe

    def changed(
        self,
        *,
        prepare: Preparation | None = None,
        classes: Sequence[str] | None = None,
        identity: Identity | None = None,
    ) -> Probe:
        """Probe of the same network with another preparation, other names of classes, or another identity.

        Args:
            prepare: how an RGB picture becomes the network's input.
            classes: names of its output's units.
            identity: what results call it.

        Example:
            >>> probe = Probe(nn.Sequential(nn.Conv2d(3, 8, 5)))
            >>> probe.changed(prepare=Preparation(size=(32, 48))).layer("0").map_size
            (28, 44)
        """
        named = self.classes if classes is None else classes
        return self._made(self.network, prepare or self.prepare, named, identity or self._identity)

    def _made(
        self, network: nn.Module, prepare: Preparation, classes: Sequence[str], identity: Identity | None = None
    ) -> Probe:
        return Probe(
            network, prepare=prepare, aliases=self._aliases, identity=identity, classes=classes, layouts=self._layouts,
            colours=self.colours, optimise=self.runner.optimise,
        )  # fmt: skip

    @property
    def examination(self) -> Examination:
        """Behaviour of the network when it runs: whether it is a pure function of each picture, and what its output is.

        Found out once, by a few runs of copies, before anything is measured. What results depend on is warned of then
        (:class:`~visualize.methods.errors.NetworkWarning`), and is in their notes.

        Raises:
            InputError: the network cannot be copied.
        """
        return self.runner.examination

    @plain_state()
    def _examined(self, network: nn.Module) -> Examination:
        pictures = torch.rand(len(_CONTRASTS), 3, *self.prepare.size, generator=torch.Generator().manual_seed(0))
        contrast = torch.tensor(_CONTRASTS)[:, None, None, None]
        examination = examine(network, self.prepared(pictures * contrast))
        for sentence in examination.warnings:
            warnings.warn(sentence, NetworkWarning, stacklevel=2)
        return examination

    @functools.cached_property
    def identity(self) -> Identity:
        """The network's name and the SHA-256 of its weights."""
        return self._identity or Identity(type(self.network).__name__, weights_sha256(self.network))

    @property
    def device(self) -> torch.device:
        """Where the network's weights lie."""
        return self._like.device

    @property
    def dtype(self) -> torch.dtype:
        """Kind of numbers that the network computes in."""
        return self._like.dtype

    @property
    def _like(self) -> Tensor:
        """A tensor of the network's device and dtype, asked for before every run: the search stops early."""
        held = itertools.chain(self.network.parameters(), self.network.buffers())
        return next((tensor for tensor in held if tensor.dtype in _DTYPES and not is_lazy(tensor)), _LIKE)

    @property
    def _table(self) -> LayerTable:
        with self.runner.lock, plain_state():  # of several threads the first makes it
            return self._table_once

    @functools.cached_property
    def _table_once(self) -> LayerTable:
        blank = self._like.new_zeros(1, len(self.prepare.order), *self.prepare.size)
        return LayerTable(self.runner, blank, aliases=self._aliases, layouts=self._layouts)

    @property
    def layers(self) -> Mapping[str, Layer]:
        """The layers that have units, by name, in the order in which they run.

        Raises:
            InputError: the network does not run on an input of the preparation's size.
        """
        return self._table.layers

    @functools.cached_property
    def blocks(self) -> Mapping[str, Layer]:
        """Layers worth looking at first, by name, in the order in which they run: a few of :attr:`layers`.

        Residual blocks, fire or inception modules, transformer blocks and the like, as the network's own modules show
        them (:mod:`visualize.methods.network.blocks`); of what lies outside of these each layer with weights once, with
        its norm and its rectifier; and the output. All layers, where nothing of that kind is found.

        Raises:
            InputError: the network does not run on an input of the preparation's size.
        """
        picture = torch.rand(1, 3, *self.prepare.size, generator=torch.Generator().manual_seed(0))
        return blocks(self.runner, self.layers, self.prepared(picture))

    @property
    def unmapped(self) -> Mapping[str, Unmapped]:
        """The other module runs, by name, in the order in which they run, each with the reason why it has no map."""
        return self._table.unmapped

    def layer(self, name: str) -> Layer:
        """The layer of that name or alias; a module that runs several times means its last run.

        Args:
            name: the name of a module, or an alias; ``"logits"`` is the network's own output: the layer that gives it,
                or a layer of that name where it is computed after the last one. A module that is itself called so is
                ``"logits#0"``.

        Raises:
            UnitError: there is none; the message names close ones.
        """
        with self.runner.lock, plain_state():  # a field of view that is measured now is noted in the table
            return self.output if name == LOGITS and not self._table.knows(LOGITS) else self._table[name]

    @functools.cached_property
    def output(self) -> Layer:
        """Layer of the network's own output: of a tuple the first, of a dictionary ``logits`` or ``out``.

        It is the layer that gives this very tensor, or one of the name ``"logits"`` where it is computed after the last
        layer. What its numbers are says ``examination.output.scale``.

        Raises:
            UnitError: the network has no output whose units can be told.
        """
        return own_output(self.examination, self._table, self.prepare.size)

    def _named(self, layer: str) -> str:
        """The full name of a layer, without a measurement of its receptive field."""
        return self.layer(layer).name if layer == LOGITS else self._table.named(layer).name

    def _run_of(self, layer: str) -> str:
        """The name of a layer's run, as the runner knows it."""
        return WHOLE if layer == LOGITS else layer

    def unit(self, text: str) -> Target:
        """Read a unit, or a sum of units, as it is typed: by number, or by the name of a class.

        Args:
            text: ``"conv5:79"``, ``"conv5:79@6,6"``, ``"conv5:79+conv4:3"``; of a layer that has as many units as there
                are classes also ``"fc8:coffee shop"`` and ``"logits:coffee shop"``. Capitals, spaces, hyphens and
                underscores are all one.

        Returns:
            the unit under its layer's own name.

        Raises:
            UnitError: the text has another form, or there is no such layer, unit or class.
        """
        return self.check(read_unit(text, self))

    def layout(self, layer: str) -> Axes:
        """The order of the axes of a layer's output."""
        return self._table.axes(self._run_of(self._named(layer)))

    def units(self, layer: str) -> list[Unit]:
        """All units of a layer."""
        described = self.layer(layer)
        return [Unit(described.name, index) for index in range(described.units)]

    def check(self, target: Target) -> Target:
        """A unit, or sum of units, under its layer's own name.

        Raises:
            UnitError: a layer, unit or position that the network does not have; the message gives the valid range.
        """
        units = tuple(existing(unit, self.layer(unit.layer)) for unit in parts(target))
        return Sum(units) if isinstance(target, Sum) else units[0]

    @plain_state()
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
        return self.respond(self.prepared(pictures), layers)

    @plain_state()
    def prepared(self, pictures: Tensor) -> Tensor:
        """Pictures as the network takes them, differentiably, on its device and in its dtype.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.

        Returns:
            N x C x H x W, the channels in the order of the preparation.

        Raises:
            InputError: ``pictures`` has another shape.
        """
        if pictures.dim() != 4 or pictures.shape[1] != 3:
            raise InputError(f"pictures are N x 3 x H x W (RGB in 0..1), not {tuple(pictures.shape)}")
        return self.prepare(pictures.to(self._like))

    @plain_state()
    def respond(
        self, inputs: Tensor, layers: Sequence[str], runner: Runner | None = None, *,
        only: Mapping[str, Sequence[int]] | None = None, uses: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
    ) -> dict[str, Tensor]:  # fmt: skip
        """:meth:`activations` for what :meth:`prepared` gives; by the runner of a copy, if one is given.

        Of a layer that ``only`` names, maps of units that it does not number may hold anything. ``uses`` gives each
        layer, which is then named once, a function of its maps whose value is wanted in their place, one row for each
        picture; maps are then not kept longer than they are needed.
        """
        full = {name: self._run_of(self._named(name)) for name in layers}
        units = None if only is None else {full[name]: numbers for name, numbers in only.items()}
        size = (inputs.shape[2], inputs.shape[3])
        as_maps_of = {run: functools.partial(self.maps, layer=run or LOGITS, shape=size) for run in full.values()}
        early = None if uses is None else {run: after(as_maps_of[run], uses[name]) for name, run in full.items()}
        try:
            outputs = (runner or self.runner)(inputs, list(as_maps_of), units, early)
        except (InputError, torch.OutOfMemoryError):
            raise
        except Exception as fault:
            raise InputError(f"the network does not run on pictures of {(*inputs.shape,)}: {reason(fault)}") from fault
        return {name: outputs[run] if early else as_maps_of[run](outputs[run]) for name, run in full.items()}

    @plain_state()
    def maps(self, output: Tensor, layer: str, shape: tuple[int, int]) -> Tensor:
        """A layer's output as N x units x rows x columns, whatever the order of its axes.

        Args:
            output: the output of a run of the layer.
            layer: the full name of the layer, no alias.
            shape: (height, width) of the network's input in that run.

        Raises:
            InputError: the output has no units.
        """
        run = self._run_of(layer)
        maps = as_maps(output, self._table.axes(run if run == WHOLE else layer), shape)
        if maps is None:
            raise InputError(f"the output of {layer} has no units for pictures of {shape}: {tuple(output.shape)}")
        return maps

    @plain_state()
    def scores(self, pictures: Tensor, target: Target) -> Tensor:
        """How strongly each picture excites a unit: its activation at its position, or its largest one on the map.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.
            target: a unit, or a sum of units, whose scores are then added.

        Returns:
            N values, with a gradient path to ``pictures`` if they require one.
        """
        units = [existing(unit, self.layer(unit.layer)) for unit in parts(target)]
        outputs = self.activations(pictures, [unit.layer for unit in units])
        return torch.stack([activation(outputs[unit.layer][:, unit.index], unit) for unit in units]).sum(0)

    @plain_state(gradients=True)
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
