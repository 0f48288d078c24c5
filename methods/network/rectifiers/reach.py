"""Which rectifiers of a network a rule reaches, and which it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.network.rectifiers.kinds import KINDS
from visualize.methods.network.rectifiers.operations import UNNUMBERED, Rectified, Straight
from visualize.methods.network.run.depthwise_gradient import Channels
from visualize.methods.network.run.input_gradient import Points, Thin
from visualize.methods.network.run.mean_gradient import Places
from visualize.methods.network.run.products import PointProduct, Product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from torch import Tensor
    from torch.autograd.graph import Node

# how torch's names begin of gradients that are a rectifier's, may be part of one, or are made of others out of sight
_OUT_OF_SIGHT = (
    *(kind.gradient for kind in KINDS), "Where", "IndexPut", "Glu", "LogSigmoid", "Logsumexp", "SpecialExpit",
    "SpecialNdtr", "DifferentiableGraph", "CppNode",
)  # fmt: skip
# gradients of this package's own that are torch's, computed with less work: each is linear, and rectifies nothing
_LINEAR = (Channels, Places, PointProduct, Points, Product, Thin)


def way_back(outputs: Iterable[Tensor], *, until: Callable[[Node], bool] = lambda _: False) -> Iterator[Node]:
    """The operations that outputs were computed by, as torch's nodes of the gradient, each once.

    Args:
        outputs: with a gradient path.
        until: what lies before a node for which this is true is not gone into from there.
    """
    waiting, seen = [output.grad_fn for output in outputs], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        yield node
        if not until(node):
            waiting.extend(before for before, _ in node.next_functions)


def last_rectifiers(outputs: Iterable[Tensor]) -> frozenset[int]:
    """The numbers of the hard rectifiers that outputs come from directly, with no other of them in between.

    What is before those is what a unit that is off waits for.

    Args:
        outputs: computed within :class:`~visualize.methods.network.rectifiers.override.rectified`, with a gradient
            path.
    """
    return frozenset(node.number for node in way_back(outputs, until=_is_hard) if _is_hard(node))  # type: ignore[attr-defined]


def held_back(outputs: Iterable[Tensor]) -> bool:
    """Whether outputs come, directly or not, from a hard rectifier that follows a rule.

    Args:
        outputs: computed within :class:`~visualize.methods.network.rectifiers.override.rectified`, with a gradient
            path.
    """
    return any(map(_is_hard, way_back(outputs)))


def out_of_reach(outputs: Iterable[Tensor]) -> tuple[str, ...]:
    """Rectifiers on the way to outputs that kept a gradient of their own, by torch's names for it, in order.

    Operations with a gradient that Python code defines are among them, for what they do cannot be seen.

    Args:
        outputs: computed within :class:`~visualize.methods.network.rectifiers.override.rectified`, with a gradient
            path.
    """
    names = set()
    for node in way_back(outputs):
        name, written = type(node).__name__, _written(node)
        if written not in {None, Rectified, Straight, *_LINEAR} or name.startswith(_OUT_OF_SIGHT):
            names.add(name.removesuffix("0").removesuffix("1").removesuffix("Backward"))
    return tuple(sorted(names))


def _written(node: Node) -> object:
    """The class that Python code defined the node's gradient in, if any did."""
    return getattr(node, "_forward_cls", None)


def _is_hard(node: Node) -> bool:
    return _written(node) is Rectified and node.number != UNNUMBERED  # type: ignore[attr-defined]
