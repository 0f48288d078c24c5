"""The first operation behind a layer that mixes its units, and what a unit's removal changes there.

The idea: a convolution or a linear layer adds up parts, one for each channel that it takes. Without a channel its
output is what it was, less that channel's part. So a network without a unit needs no convolution run anew: of the one
that takes the unit, the output is changed by one part, exactly up to rounding, and only what comes behind is run again.
Where nothing comes behind but the output, as in a ResNet whose layer4 is averaged and goes into one linear layer, that
part is all that there is to compute.

How it works (:func:`step_of`): from the layer on, operations are passed over that keep channels apart: rectifiers,
batch norms, pools, dropout, depthwise convolutions, flattening. The convolution or linear layer behind them is the
step. :meth:`Step.start` computes the difference that removal makes to each channel before it, once for all units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from visualize.methods.network.rectifiers.kinds import KINDS
from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.optimized_graph import rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import fx

    from visualize.methods.network.run.graph import Trace

Blank = Tensor
"""One number for each unit: what stands in the place of its activation when it is removed."""

_AT_ONCE = 1 << 18  # numbers that one pass of a tail begins with: they stay in a processor's cache
_FEW = 16  # units at a time, where there is room for more than one picture
_APART = (
    nn.Identity, nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout, nn.BatchNorm2d, nn.BatchNorm1d,
    nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.LPPool2d, nn.ZeroPad2d,
    nn.Sigmoid, nn.Tanh, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Hardsigmoid, nn.LogSigmoid, nn.Softsign,
    *(module for kind in KINDS for module in kind.modules),
)  # fmt: skip
_APART_CALLS = {
    functional.dropout, functional.dropout2d, functional.max_pool2d, functional.avg_pool2d,
    functional.adaptive_avg_pool2d, functional.adaptive_max_pool2d, functional.gelu, functional.silu, torch.tanh,
    torch.sigmoid, functional.sigmoid, functional.tanh,
    *(function for kind in KINDS for function in kind.graph if not isinstance(function, str)),
}  # fmt: skip
_APART_METHODS = {
    "contiguous", "sigmoid", "tanh", *(name for kind in KINDS for name in kind.graph if isinstance(name, str)),
}  # fmt: skip
_POOLED = (torch.mean, "mean")


@dataclass(frozen=True, eq=False)
class Step:
    """The tail behind a layer, divided at the operation that mixes its units.

    Args:
        before: from the layer's output to what the operation takes, channel by channel.
        operation: mixes them.
        after: from the operation's output, and what else the tail needs, to the network's output.
    """

    before: Callable[[Sequence[Tensor]], Tensor]
    operation: nn.Conv2d | nn.Linear
    after: Callable[[Sequence[Tensor]], Tensor]

    @torch.no_grad()
    def start(self, values: Sequence[Tensor], blank: Blank) -> Started:
        """Begin with some pictures: all that their removals have in common is computed once.

        Args:
            values: at the cut; left as they are. The layer's output is N x units x ....
            blank: what stands in the place of each unit.
        """
        layer, *carried = values
        empty = blank.view(1, -1, *[1] * (layer.dim() - 2)).expand_as(layer[:1]).clone()
        taken, nothing = self.before((layer.clone(),)), self.before((empty,))
        return Started(self, layer.shape[1], taken, nothing - taken, self.operation(taken), tuple(carried))


@dataclass(frozen=True, eq=False)
class Started:
    """A divided tail on some pictures, from which units can be removed.

    Args:
        step: the division.
        count: units of the layer, each of which is as many channels in a row of what the operation takes.
        taken: what the operation takes with all units, N x channels x ....
        lost: the difference that removal makes to each channel.
        mixed: the operation's output with all units, N x outputs x ....
        carried: the other values at the cut.
    """

    step: Step
    count: int
    taken: Tensor
    lost: Tensor
    mixed: Tensor
    carried: tuple[Tensor, ...]

    @torch.no_grad()
    def without_each(self, units: Sequence[int]) -> Iterator[tuple[slice, list[int], Tensor]]:
        """The network's output without each of some units, many at a time.

        Args:
            units: by their numbers.

        Yields:
            which of the pictures, which of the units, and pictures x units x outputs.
        """
        operation, pictures = self.step.operation, len(self.mixed)
        rows = max(1, _AT_ONCE // self.mixed[0].numel())
        several = min(pictures, max(1, rows // _FEW))
        for first in range(0, pictures, several):
            some = slice(first, min(first + several, pictures))
            for part in _parts(units, max(1, rows // several), self.count // _groups(operation)):
                changed = _changed(operation, self.mixed[some], self.lost[some], part, self.count)
                beside = [value[some].repeat_interleave(len(part), 0) for value in self.carried]
                output = self.step.after((changed.flatten(0, 1), *beside))
                yield some, part, output.unflatten(0, (-1, len(part)))  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def without(self, units: Sequence[int]) -> Tensor:
        """The network's output without some units at once: N x outputs.

        Args:
            units: by their numbers. Where they are most of the layer's, those that stay are added to nothing instead.
        """
        operation = self.step.operation
        channels = self._channels(units)
        if _groups(operation) > 1:
            changed = operation(self.taken.index_add(1, channels, self.lost[:, channels]))
        elif 2 * len(units) <= self.count:
            changed = _added_up(self.mixed, operation, self.lost, channels)
        else:
            kept = self._channels(sorted(set(range(self.count)) - set(units)))
            nothing = operation(self.taken[:1] + self.lost[:1]).expand_as(self.mixed)
            changed = _added_up(nothing, operation, -self.lost, kept)
        return self.step.after((changed, *(value.clone() for value in self.carried)))

    def _channels(self, units: Sequence[int]) -> Tensor:
        each = self.taken.shape[1] // self.count
        numbers = torch.as_tensor(units, dtype=torch.long, device=self.taken.device)
        return (numbers[:, None] * each + torch.arange(each, device=self.taken.device)).flatten()


def _added_up(mixed: Tensor, operation: nn.Conv2d | nn.Linear, lost: Tensor, channels: Tensor) -> Tensor:
    """An output with the parts of some channels added, as a tensor of its own."""
    if not len(channels):
        return mixed.clone()
    weight, given = operation.weight[:, channels], lost[:, channels]
    if isinstance(operation, nn.Linear):
        return functional.linear(given, weight).add_(mixed)
    parts = functional.conv2d(given, weight, None, operation.stride, operation.padding, operation.dilation)
    return parts.add_(mixed)


def _groups(operation: nn.Conv2d | nn.Linear) -> int:
    return operation.groups if isinstance(operation, nn.Conv2d) else 1


def _parts(units: Sequence[int], most: int, group: int) -> Iterator[list[int]]:
    """Units, at most so many at a time, and of one group of a convolution each time."""
    part: list[int] = []
    for unit in units:
        if part and (len(part) == most or unit // group != part[0] // group):
            yield part
            part = []
        part.append(unit)
    if part:
        yield part


def _changed(operation: nn.Conv2d | nn.Linear, mixed: Tensor, lost: Tensor, units: list[int], count: int) -> Tensor:
    """Output of the operation without each of some units: N x units x outputs x ....

    Args:
        operation: mixes the units.
        mixed: its output with all of them, N x outputs x ....
        lost: the difference that removal makes to what it takes, N x channels x ....
        units: of one group.
        count: units of the layer, each of which is as many channels in a row of what it takes.
    """
    if isinstance(operation, nn.Linear):
        weight = operation.weight.unflatten(1, (count, -1))[:, units].permute(1, 2, 0)  # type: ignore[no-untyped-call]
        parts = torch.bmm(lost.unflatten(1, (count, -1))[:, units].transpose(0, 1), weight)  # type: ignore[no-untyped-call]
        return parts.transpose(0, 1).add(mixed[:, None])
    group, outputs = units[0] // (count // operation.groups), operation.out_channels // operation.groups
    own = slice(group * outputs, (group + 1) * outputs)
    weight = operation.weight[own, [unit % operation.weight.shape[1] for unit in units]].transpose(0, 1).flatten(2)
    parts = _columns(operation, lost[:, units])
    flat = mixed.flatten(2)
    if operation.groups == 1:
        return _added(flat, weight, parts).unflatten(3, mixed.shape[2:])  # type: ignore[no-untyped-call,no-any-return]
    changed = flat[:, None].repeat(1, len(units), 1, 1)
    changed[:, :, own] = _added(flat[:, own], weight, parts)
    return changed.unflatten(3, mixed.shape[2:])  # type: ignore[no-untyped-call,no-any-return]


def _columns(operation: nn.Conv2d, lost: Tensor) -> Tensor:
    """Windows that a convolution sees of each unit by itself: N x units x positions of the kernel x places."""
    kernel, alike = operation.kernel_size, (operation.stride, operation.padding, operation.dilation)
    if kernel == (1, 1) and alike == ((1, 1), (0, 0), (1, 1)):
        return lost.flatten(2)[:, :, None]
    alone = lost.flatten(0, 1)[:, None]
    windows = functional.unfold(
        alone, kernel, dilation=operation.dilation, padding=_padding(operation), stride=operation.stride
    )
    return windows.unflatten(0, lost.shape[:2])  # type: ignore[no-untyped-call,no-any-return]


def _padding(operation: nn.Conv2d) -> tuple[int, ...]:
    """Rows and columns of zeros around a map; a convolution that names its padding in words is no step."""
    if isinstance(operation.padding, str):
        raise TypeError(operation.padding)
    return operation.padding


def _added(mixed: Tensor, weight: Tensor, parts: Tensor) -> Tensor:
    """Sum of an output (N x outputs x places) and each unit's part: N x units x outputs x places."""
    if parts.shape[2] == 1:
        return torch.addcmul(mixed[:, None], weight, parts)
    pictures = (
        torch.baddbmm(row.expand(len(weight), -1, -1), weight, part) for row, part in zip(mixed, parts, strict=True)
    )
    return torch.stack(list(pictures))


def step_of(traced: Trace, starts: Sequence[fx.Node], *, channels_last: bool) -> Step | None:
    """Divide a tail where the layer's units are mixed first; None where that is not in one place.

    Args:
        traced: the graph of the network's twin.
        starts: the layer's node, then those of the other values at the cut.
        channels_last: run convolutions in that memory format.
    """
    layer, *carried = starts
    node = layer
    while True:
        if len(node.users) != 1 or traced.output is None or node is traced.output:
            return None
        before, node = node, next(iter(node.users))
        operation = _mixing(traced, node)
        if operation is not None:
            break
        if node.args[:1] != (before,) or not _keeps_apart(traced, node):
            return None
    return Step(
        _sure(rest(traced, [layer], before, channels_last=channels_last)),
        operation,
        _sure(rest(traced, [node, *carried], traced.output, channels_last=channels_last)),
    )


def _sure(run: Callable[[Sequence[Tensor]], Tensor | None]) -> Callable[[Sequence[Tensor]], Tensor]:
    def sure(values: Sequence[Tensor]) -> Tensor:
        output = first_tensor(run(values))
        if output is None:
            raise TypeError("a value of the tail is no tensor")
        return output

    return sure


def _module(traced: Trace, node: fx.Node) -> nn.Module | None:
    """The module that a node calls with one value; None for other nodes, and for modules with hooks."""
    if node.op != "call_module" or len(node.args) != 1 or node.kwargs:
        return None
    module = traced.network.get_submodule(str(node.target))
    hooked = module._forward_hooks or module._forward_pre_hooks  # noqa: SLF001 (torch tells them nowhere else)
    return None if hooked else module


def _mixing(traced: Trace, node: fx.Node) -> nn.Conv2d | nn.Linear | None:
    """The convolution or linear layer that a node calls."""
    module = _module(traced, node)
    if isinstance(module, nn.Linear):
        return module if type(module) is nn.Linear else None
    if not isinstance(module, nn.Conv2d) or type(module) is not nn.Conv2d or _depthwise(module):
        return None
    return module if module.padding_mode == "zeros" and not isinstance(module.padding, str) else None


def _depthwise(module: nn.Module) -> bool:
    plain = isinstance(module, nn.Conv2d) and type(module) is nn.Conv2d
    return plain and module.groups == module.in_channels == module.out_channels


def _keeps_apart(traced: Trace, node: fx.Node) -> bool:
    """Whether an operation computes each channel from that channel alone, and leaves its numbers together."""
    module = _module(traced, node)
    if module is not None:
        flat = isinstance(module, nn.Flatten) and module.start_dim == 1
        return flat or type(module) in _APART or _depthwise(module)
    if len(node.all_input_nodes) != 1:
        return False
    given = (*node.args[1:], *node.kwargs.values())
    if node.target in {torch.flatten, "flatten"}:
        return given[:1] == (1,)
    if node.target in _POOLED:
        return all(isinstance(value, bool) or _places(value) for value in given) and len(given) > 0
    if node.op == "call_function":
        return node.target in _APART_CALLS
    return node.op == "call_method" and node.target in _APART_METHODS


def _places(value: object) -> bool:
    """Whether axes that are averaged are those of places."""
    return isinstance(value, list | tuple) and sorted(value) in ([2, 3], [-2, -1])
