"""Single layers with weights, each together with the norm and the rectifier that follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.methods.network.call_tree import CallNode
    from visualize.methods.network.layer import Layer

    Leaf = tuple[CallNode, tuple[CallNode, ...]]
    """A call that makes no others, and those around it from the outside inwards."""

_RECTIFIERS = nn.ReLU.__module__  # where torch keeps its rectifiers
_NO_RECTIFIERS = (nn.MultiheadAttention, nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Softmin)  # which lie there too


def weighted(module: nn.Module) -> bool:
    """Whether a module has a matrix of weights of its own, as convolutions and linear layers do and norms do not."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.dim() > 1


@dataclass(frozen=True)
class Group:
    """A layer with weights, and what follows it without another shape.

    Args:
        leaves: these calls, the layer with weights first.
        positive: what comes next is given nothing below zero.

    Example:
        >>> import torch
        >>> from visualize.methods.network.call_tree import call_tree
        >>> tree = call_tree(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU()), torch.rand(1, 3, 8, 8))
        >>> (group,) = grouped([(call, ()) for call in tree.calls], None)
        >>> group.rectified, group.name({})
        (True, '2')
    """

    leaves: tuple[Leaf, ...]
    positive: bool

    @property
    def last(self) -> str:
        """The name of the last of its calls that is no rectifier of another's output."""
        return self.leaves[0][0].name

    @property
    def rectified(self) -> bool:
        """Whether its output is rectified: by a module, or as its numbers say."""
        whole = self._whole()
        return self._rectifier() is not None or self.positive or (whole is not None and whole.positive)

    def name(self, layers: Mapping[str, Layer]) -> str:
        """The layer that stands for the group.

        It is the layer with weights itself where that has a name of a paper's or, directly before its rectifier, a
        name that is a word; else the module that is all of the group; else the rectifier, or the last norm.
        """
        first = self.leaves[0][0]
        known = layers.get(first.name)
        rectifier = self._rectifier()
        word = not first.path.rpartition(".")[2].isdecimal()
        if (known is not None and known.aliases) or (word and rectifier == 1 and not self.leaves[0][1]):
            return first.name
        whole = self._whole()
        if whole is not None and whole.name in layers:
            return whole.name
        return self.leaves[rectifier if rectifier is not None else self._end()][0].name

    def _rectifier(self) -> int | None:
        """The place of the first rectifier."""
        return next((place for place, (call, _) in enumerate(self.leaves) if _rectifies(call)), None)

    def _end(self) -> int:
        """The place of the last of the layer and its norms."""
        end = 0
        while end + 1 < len(self.leaves) and any(True for _ in self.leaves[end + 1][0].module.parameters()):
            end += 1
        return end

    def _whole(self) -> CallNode | None:
        """The outermost module that is the layer with its norms and its rectifier, and nothing else."""
        needed = self._rectifier() or self._end()
        mine = {call for call, _ in self.leaves}
        for frame in self.leaves[0][1]:
            inside = [call for call in frame.descendants() if not call.calls]
            if set(inside) <= mine and len(inside) > needed and frame.name and (len(inside) > 1 or not frame.chain):
                return frame
        return None


def grouped(leaves: Sequence[Leaf], after: CallNode | None) -> Iterator[Group]:
    """The groups in a sequence of calls.

    Args:
        leaves: calls that make no others, in order.
        after: the call that follows them.
    """
    starts = [place for place, (call, _) in enumerate(leaves) if weighted(call.module)]
    for start in starts:
        end = start + 1
        while end < len(leaves) and _continues(leaves[end][0], leaves[start][0]):
            end += 1
        follower = leaves[end][0] if end < len(leaves) else after
        yield Group(tuple(leaves[start:end]), follower is not None and follower.positive_input)


def _continues(call: CallNode, first: CallNode) -> bool:
    """Whether a call is of a norm or a rectifier of a layer's output."""
    return not weighted(call.module) and call.shape == first.shape


def _rectifies(call: CallNode) -> bool:
    kinds = type(call.module).__mro__
    if isinstance(call.module, _NO_RECTIFIERS):
        return False
    if any(kind.__module__ == _RECTIFIERS for kind in kinds):
        return True
    own = not type(call.module).__module__.startswith("torch.")  # a stranger's: it changes numbers without weights
    return own and not weighted(call.module) and call.changing and not any(True for _ in call.module.parameters())
