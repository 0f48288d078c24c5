"""The tensor that stands for what a module gives, whatever that is wrapped in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = TypeVar("Kind")

NAMES = ("logits", "out", "pred_logits", "output", "outputs", "predictions", "prediction", "pred")
"""Names under which a network's main output stands in dictionaries and records, the most telling first."""
_DEEPEST = 8


def first_tensor(output: object) -> Tensor | None:
    """The tensor that stands for a module's output, or None where it holds none.

    Args:
        output: a tensor, or tuples, lists, dictionaries and records (named tuples, dataclasses, plain objects) that
            hold some. Of a tuple it is the first; of dictionaries and records what goes by one of :data:`NAMES`, else
            the first. A number alone, such as a loss, stands for nothing if there is something else.

    Returns:
        What is quantised as the numbers that it stands for, what is sparse with all its zeros. What is complex, or of
        no one shape, stands for nothing: it has no activations that could be compared.

    Example:
        >>> import torch
        >>> first_tensor({"aux": torch.zeros(2, 5), "out": torch.zeros(2, 7)}).shape
        torch.Size([2, 7])
        >>> first_tensor((torch.zeros(2, 3), {"out": torch.zeros(2, 7)})).shape
        torch.Size([2, 3])
    """
    number = None
    for tensor in all_of(output, Tensor):
        if tensor.is_complex() or tensor.is_nested or torch._C._functorch.is_functorch_wrapped_tensor(tensor):  # noqa: SLF001
            continue
        if tensor.dim():
            return _dense(tensor)
        number = tensor if number is None else number
    return number


def _dense(tensor: Tensor) -> Tensor:
    """A tensor of plain numbers, itself if it is one."""
    if tensor.is_quantized:
        return tensor.dequantize()
    return tensor if tensor.layout is torch.strided else tensor.to_dense()


def all_of(output: object, kind: type[Kind], depth: int = 0) -> Iterator[Kind]:
    """Everything of a kind that an output holds, the most telling first.

    Args:
        output: as for :func:`first_tensor`.
        kind: the class looked for.
        depth: of this output within another one.
    """
    if isinstance(output, kind):
        yield output
    elif depth < _DEEPEST:
        for value in _values(output):
            yield from all_of(value, kind, depth + 1)


def _values(output: object) -> list[object]:
    """Values of an output in the order in which they stand for it; none of what is no collection."""
    named: Mapping[str, object]
    if isinstance(output, Mapping):
        named = {str(name): value for name, value in output.items()}
    elif isinstance(output, tuple) and hasattr(output, "_fields"):
        named = dict(zip(output._fields, output, strict=False))
    elif isinstance(output, tuple | list):
        return list(output)
    elif dataclasses.is_dataclass(output) and not isinstance(output, type):
        named = {item.name: getattr(output, item.name, None) for item in dataclasses.fields(output)}
    elif hasattr(output, "__dict__") and not isinstance(output, type) and not callable(output):
        named = vars(output)
    else:
        return []
    chosen = [named[name] for name in NAMES if name in named]
    return [*chosen, *(value for name, value in named.items() if name not in NAMES)]
