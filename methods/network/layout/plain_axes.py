"""Axes that follow from a network's operations: which tensors hold a picture's rows and columns as their last axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

# names of torch's operations (``torch.ops.aten``)
_LOCAL = frozenset({
    "convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution", "native_batch_norm", "cudnn_batch_norm",
    "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "batch_norm", "native_group_norm",
    "instance_norm", "max_pool2d_with_indices", "max_pool2d", "avg_pool2d", "_adaptive_avg_pool2d",
    "adaptive_avg_pool2d", "adaptive_max_pool2d", "upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d",
    "_upsample_nearest_exact2d", "_upsample_bilinear2d_aa", "constant_pad_nd", "reflection_pad2d", "replication_pad2d",
    "native_dropout", "dropout", "pixel_shuffle", "pixel_unshuffle", "hardswish", "hardswish_", "hardtanh", "hardtanh_",
    "leaky_relu_", "_prelu_kernel", "clone", "_to_copy", "detach", "alias", "contiguous", "copy_", "lift_fresh",
    "slice",
})  # fmt: skip
_RESHAPING = frozenset({"view", "_unsafe_view", "reshape", "expand"})
_MADE = frozenset({
    "new_full", "new_zeros", "new_ones", "new_empty", "new_empty_strided", "zeros_like", "ones_like", "empty_like",
    "full_like",
})  # with the shape of a tensor, and nothing else of it  # fmt: skip
_AVERAGING = frozenset({"mean", "amax", "sum", "max", "var_mean", "var", "linalg_vector_norm"})
_ALONG = {
    "cat": 1,
    "select": 1,
    "unbind": 1,
    "split": 2,
    "split_with_sizes": 2,
    "chunk": 2,
}  # which argument is the axis


class PlainAxes(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch's own class hook has no types
    """Follows a run of a network, and knows of every tensor whether its last two axes are rows and columns.

    Convolutions, pooling, what is computed value by value, and joining of channels leave axes where they are. A tensor
    that anything else had a part in is not vouched for, nor is what is computed from it.

    Args:
        inputs: the input of the run, N x C x H x W.

    Example:
        >>> inputs = torch.zeros(1, 3, 8, 8)
        >>> with PlainAxes(inputs) as axes:
        ...     conv = torch.nn.Conv2d(3, 4, 3)(inputs).relu()
        ...     last = conv.permute(0, 2, 3, 1)
        >>> axes.vouched(conv), axes.vouched(last)
        (True, False)
    """

    def __init__(self, inputs: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._plain: MutableMapping[Tensor, bool] = WeakTensorKeyDictionary()
        self._plain[inputs] = True

    def vouched(self, tensor: Tensor) -> bool:
        """Whether a tensor's last two axes are known to be rows and columns, the first one pictures."""
        return self._plain.get(tensor, False)

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 (an operation of torch)
        types: Any,  # noqa: ANN401 (torch's signature)
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (whatever the operation gives)
        """Run an operation, and note what is known of its results."""
        before = [tensor for tensor in _tensors((args, kwargs or {})) if tensor in self._plain]
        output = func(*args, **(kwargs or {}))
        if before and func.overloadpacket.__name__ not in _MADE:
            sure = all(self._plain[tensor] for tensor in before if tensor.dim() > 2 and tensor.shape[-2:] != (1, 1))
            flat = all(tensor.dim() < 3 for tensor in before)  # features, which could weigh a table of anything
            for result in _tensors(output):
                self._plain[result] = sure and not (flat and result.dim() > 2) and _keeps(func, args, before[0], result)
                if func.overloadpacket.__name__ == "copy_" and result._base is not None:  # noqa: SLF001 (written into)
                    self._plain[result._base] = self._plain[result]  # noqa: SLF001
        return output


def _keeps(func: Any, args: tuple[Any, ...], before: Tensor, after: Tensor) -> bool:  # noqa: ANN401 (an operation)
    """Whether an operation leaves rows and columns of its input the last two axes of its output."""
    kind, count = func.overloadpacket.__name__, before.dim()
    places = {count - 1, count - 2}
    if kind in _RESHAPING:
        same = count > 2 and before.shape[-2:] == after.shape[-2:]
        return same and (count == 3 or before.shape[0] == after.shape[0])
    if kind in {"transpose", "permute"}:
        order = list(range(count)) if kind == "transpose" else [axis % count for axis in args[1]]
        if kind == "transpose":
            one, two = (axis % count for axis in args[1:3])
            order[one], order[two] = two, one
        return order[0] == 0 and order[-2:] == sorted(places)
    if kind == "unsqueeze":
        return bool(args[1] % (count + 1) < count - 1)
    if kind in _ALONG:
        at = _ALONG[kind]
        return (args[at] if len(args) > at else 0) % count not in places
    if kind in _AVERAGING and after.dim() < count:
        along = args[1] if len(args) > 1 else range(count)
        return not {axis % count for axis in ([along] if isinstance(along, int) else along)} & (places | {0})
    return torch.Tag.pointwise in func.tags or kind in _LOCAL or kind in _AVERAGING


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)
