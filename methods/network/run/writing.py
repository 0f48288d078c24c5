"""Gradients of networks that write into what they are given, as if they were written out of place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from visualize.methods.network.run.function_mode import FunctionMode

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def out_of_place() -> Iterator[None]:
    """Keep a copy of whatever a gradient will need before it is written over, and let ``out=`` have a gradient.

    Example:
        >>> def network(x):
        ...     squared = x * x
        ...     x.mul_(2)
        ...     return torch.add(squared, x, out=x)
        >>> leaf = torch.tensor([3.0], requires_grad=True)
        >>> with out_of_place():
        ...     output = network(leaf.clone())
        >>> torch.autograd.grad(output, leaf)  # of x * x + 2 x
        (tensor([8.]),)
    """
    with torch.autograd.graph.saved_tensors_hooks(_copied, _given), _Outputs():
        yield


def _copied(tensor: Tensor) -> Tensor:
    return tensor.detach().clone()


def _given(tensor: Tensor) -> Tensor:
    return tensor


class _Outputs(FunctionMode):
    """Within it, what an operation shall write to ``out`` is computed first, and copied there."""

    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's)
        """Run a function, whose ``out`` is written at the end."""
        target = given.get("out")
        if not isinstance(target, Tensor) or not torch.is_grad_enabled():
            return func(*args, **given)
        result = func(*args, **{name: value for name, value in given.items() if name != "out"})
        if target.shape != result.shape:
            target.resize_(result.shape)
        return target.copy_(result)
