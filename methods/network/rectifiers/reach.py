"""Which rectifiers of a network a rule reaches, and which it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.network.rectifiers.override import _Rectified, _Straight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor


def last_rectifiers(outputs: Iterable[Tensor]) -> frozenset[int]:
    """The numbers of the hard rectifiers that outputs come from directly, with no other of them in between.

    What is before those is what a unit that is off waits for.

    Args:
        outputs: computed within :class:`~methods.network.rectifiers.override.rectified`, with a gradient path.
    """
    waiting = [output.grad_fn for output in outputs]
    seen, found = set(), set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if isinstance(node, _Rectified._backward_cls) and node.number >= 0:  # type: ignore[attr-defined]  # noqa: SLF001 (the class that torch makes of it)
            found.add(node.number)  # type: ignore[attr-defined]
        else:
            waiting.extend(before for before, _ in node.next_functions)
    return frozenset(found)


_OUT_OF_SIGHT = (
    "Relu", "Threshold", "LeakyRelu", "Prelu", "RreluWithNoise", "Elu", "Celu", "Gelu", "Silu", "Mish", "Hardswish",
    "Softplus", "Hardtanh", "Clamp", "Maximum", "Where", "IndexPut", "Glu", "LogSigmoid", "Logsumexp", "SpecialExpit",
    "SpecialNdtr", "DifferentiableGraph", "CppNode",
)  # fmt: skip


def out_of_reach(outputs: Iterable[Tensor]) -> tuple[str, ...]:
    """Rectifiers on the way to outputs that kept a gradient of their own, by torch's names for it, in order.

    Operations with a gradient that Python code defines are among them, for what they do cannot be seen.

    Args:
        outputs: computed within :class:`~methods.network.rectifiers.override.rectified`, with a gradient path.
    """
    waiting, seen, found = [output.grad_fn for output in outputs], set(), set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting.extend(before for before, _ in node.next_functions)
        name, ours = type(node).__name__, (_Rectified.__name__, _Straight.__name__)
        foreign = hasattr(node, "_forward_cls") and name.removesuffix("Backward") not in ours
        if foreign or name.startswith(_OUT_OF_SIGHT):
            found.add(name.removesuffix("0").removesuffix("1").removesuffix("Backward"))
    return tuple(sorted(found))
