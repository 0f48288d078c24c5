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

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from visualize.methods.network.run.channels import keeps_apart, mixing
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
        lost, mixed = (nothing - taken).contiguous(), self.operation(taken).contiguous()
        return Started(self, layer.shape[1], taken, lost, mixed, tuple(carried))


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
    def without_each(self, units: Sequence[int], *, least: int = 1) -> Iterator[tuple[slice, list[int], Tensor]]:
        """The network's output without each of some units, many at a time.

        Args:
            units: by their numbers.
            least: rows, each a picture without a unit, that are run together in any case; more where they are small.

        Yields:
            which of the pictures, which of the units, and pictures x units x outputs.
        """
        operation, pictures = self.step.operation, len(self.mixed)
        rows = max(least, _AT_ONCE // self.mixed[0].numel())
        several = min(pictures, max(1, rows // _FEW))
        room = self.mixed.new_empty(several * max(1, rows // several) * self.mixed[0].numel())
        for part in _parts(units, max(1, rows // several), self.count // groups_of(operation)):
            weight = _weights(operation, part, self.count)
            for first in range(0, pictures, several):
                some = slice(first, min(first + several, pictures))
                changed = self._changed(some, part, weight, room)
                beside = [value[some].repeat_interleave(len(part), 0) for value in self.carried]
                output = self.step.after((changed.flatten(0, 1), *beside))
                if output.untyped_storage().data_ptr() == room.untyped_storage().data_ptr():
                    output = output.clone()  # nothing comes behind the operation, and the room is used again
                yield some, part, output.unflatten(0, (-1, len(part)))  # type: ignore[no-untyped-call]

    def _changed(self, some: slice, units: list[int], weight: Tensor, room: Tensor) -> Tensor:
        """Output of the operation without each of some units of one group, in a room: N x units x outputs x ...."""
        operation, mixed = self.step.operation, self.mixed[some]
        shape = (len(mixed), len(units), *mixed.shape[1:])
        changed = room[: math.prod(shape)].view(shape)
        if isinstance(operation, nn.Linear):
            lost = self.lost[some].view(len(mixed), self.count, -1)[:, _range(units)].transpose(0, 1)
            return torch.add(mixed[:, None], torch.bmm(lost, weight).transpose(0, 1), out=changed)
        flat, parts = mixed.flatten(2), _columns(operation, self.lost[some][:, _range(units)])
        if operation.groups > 1:
            changed.copy_(mixed[:, None])
        own = _own_outputs(operation, units, self.count)
        _add(flat[:, own], weight, parts, changed.flatten(3)[:, :, own])
        return changed

    @torch.no_grad()
    def without(self, units: Sequence[int]) -> Tensor:
        """The network's output without some units at once: N x outputs.

        Args:
            units: by their numbers. Where they are most of the layer's, those that stay are added to nothing instead.
        """
        operation = self.step.operation
        channels = self._channels(units)
        if groups_of(operation) > 1:
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


def groups_of(operation: nn.Conv2d | nn.Linear) -> int:
    """Groups of a convolution; a linear layer has one."""
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


def _range(units: list[int]) -> slice | list[int]:
    """Units as a slice where they follow one another, which takes no copy."""
    return slice(units[0], units[-1] + 1) if units == list(range(units[0], units[-1] + 1)) else units


def _own_outputs(operation: nn.Conv2d, units: list[int], count: int) -> slice:
    """Outputs of a convolution that units of one of its groups reach."""
    group, outputs = units[0] // (count // operation.groups), operation.out_channels // operation.groups
    return slice(group * outputs, (group + 1) * outputs)


def _weights(operation: nn.Conv2d | nn.Linear, units: list[int], count: int) -> Tensor:
    """Weights by which the operation takes each of some units of one group.

    Returns:
        units x numbers of a unit x outputs of a linear layer, and units x outputs x positions of a kernel.
    """
    if isinstance(operation, nn.Linear):
        taken: Tensor = operation.weight.unflatten(1, (count, -1))[:, units]  # type: ignore[no-untyped-call]
        return taken.permute(1, 2, 0).contiguous()
    inner = [unit % operation.weight.shape[1] for unit in units]
    own = _own_outputs(operation, units, count)
    return operation.weight[own, inner].transpose(0, 1).flatten(2).contiguous()


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


def _add(mixed: Tensor, weight: Tensor, parts: Tensor, room: Tensor) -> None:
    """Write an output (N x outputs x places) with each unit's part added into a room: N x units x outputs x places."""
    if parts.shape[2] == 1:
        torch.addcmul(mixed[:, None], weight, parts, out=room)
        return
    for row, part, place in zip(mixed, parts, room, strict=True):
        place.copy_(torch.baddbmm(row.expand(len(weight), -1, -1), weight, part))


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
        operation = mixing(traced, node)
        if operation is not None:
            break
        if node.args[:1] != (before,) or not keeps_apart(traced, node):
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
