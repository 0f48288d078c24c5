"""Axes that follow from a network's operations: which axis of a tensor holds a picture's rows, which its columns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from visualize.methods.network.axes import Axes, Grid
from visualize.methods.network.layout.labels import CHANNELS, broadcast, labelled, pure, reshaped

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from visualize.methods.network.layout.labels import Labels, Shape

# names of torch's operations (``torch.ops.aten``)
_SPATIAL = frozenset({
    "convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution", "max_pool2d_with_indices", "max_pool2d",
    "avg_pool2d", "_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "upsample_nearest2d",
    "upsample_bilinear2d", "upsample_bicubic2d", "_upsample_nearest_exact2d", "_upsample_bilinear2d_aa",
    "reflection_pad2d", "replication_pad2d", "pixel_shuffle", "pixel_unshuffle",
})  # take the last two axes for rows and columns  # fmt: skip
_LOCAL = frozenset({
    "native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit",
    "batch_norm", "native_group_norm", "native_layer_norm", "instance_norm", "constant_pad_nd", "native_dropout",
    "dropout", "hardswish", "hardswish_", "hardtanh", "hardtanh_", "leaky_relu_", "_prelu_kernel", "clone", "_to_copy",
    "detach", "alias", "contiguous", "copy_", "lift_fresh", "slice",
})  # leave each axis what it is  # fmt: skip
_RESHAPING = frozenset({"view", "_unsafe_view", "reshape"})
_PRODUCTS = {"mm": (0, 1), "addmm": (1, 2), "bmm": (0, 1), "baddbmm": (1, 2)}  # arguments that are multiplied
_MADE = frozenset({
    "new_full", "new_zeros", "new_ones", "new_empty", "new_empty_strided", "zeros_like", "ones_like", "empty_like",
    "full_like",
})  # with the shape of a tensor, and nothing else of it  # fmt: skip
_AVERAGING = frozenset({"mean", "amax", "sum", "max", "var_mean", "var", "linalg_vector_norm"})
_ALONG = {"cat": 1, "select": 1, "unbind": 1, "split": 2, "split_with_sizes": 2, "chunk": 2}
# which argument is the axis


Given = tuple[tuple[Any, ...], dict[str, Any]]
"""Arguments of an operation."""


class PlainAxes(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch's own class hook has no types
    """Follows a run of a network, and knows of tensors which of their axes are rows and columns of the picture.

    Convolutions, pooling, products with weights, what is computed value by value, and joining of channels leave axes
    where they are; permuting and flattening put them elsewhere. A tensor that anything else had a part in is not
    vouched for, nor is what is computed from it.

    Args:
        inputs: the input of the run, N x C x H x W.

    Example:
        >>> inputs = torch.zeros(1, 3, 8, 8)
        >>> with PlainAxes(inputs) as known:
        ...     conv = torch.nn.Conv2d(3, 4, 3)(inputs).relu()
        ...     last = conv.permute(0, 2, 3, 1)
        >>> known.vouched(conv), known.vouched(last), known.axes(last).order
        (True, False, 'NHWC')
    """

    def __init__(self, inputs: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._size = (int(inputs.shape[2]), int(inputs.shape[3]))
        self._known: MutableMapping[Tensor, Labels | None] = WeakTensorKeyDictionary()
        self._known[inputs] = labelled("NCHW", inputs.shape)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whether torch shall load its compiler, for two seconds, so as to keep it away from this class."""
        return False  # nothing is compiled here

    def vouched(self, tensor: Tensor) -> bool:
        """Whether a tensor's last two axes are known to be rows and columns, the first one pictures."""
        names = [pure(label) for label in self._known.get(tensor) or ()]
        return names[:1] == ["N"] and names[-2:] == ["H", "W"]

    def axes(self, tensor: Tensor) -> Axes | None:
        """The order of a tensor's axes if it holds maps, or tokens for the places of a map; None if that is unknown."""
        labels = self._known.get(tensor) or ()
        order = "".join(pure(label) for label in labels)
        if len(labels) == 4 and sorted(order) == sorted("NCHW"):
            return Axes(order)
        tokens = [label for label in labels if {letter for letter, _ in label} == {"H", "W"}]
        if len(labels) != 3 or sorted(order) != ["C", "N"] or len(tokens) != 1 or len(tokens[0]) != 2:
            return None
        size = dict(tokens[0])
        place = labels.index(tokens[0])
        grid = Grid((size["H"], size["W"]), self._size, down=tokens[0][0][0] == "W")
        return Axes(f"{order[:place]}T{order[place:]}", grid)

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 (an operation of torch)
        types: Any,  # noqa: ANN401 (torch's signature)
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (whatever the operation gives)
        """Run an operation, and note what is known of its results."""
        before = [tensor for tensor in _tensors((args, kwargs or {})) if tensor in self._known]
        labels = [self._known[tensor] for tensor in before]  # before the operation may write into them
        shapes = [tuple(tensor.shape) for tensor in before]
        output = func(*args, **(kwargs or {}))
        kind = func.overloadpacket.__name__
        if before and kind not in _MADE:
            for result in _tensors(output):
                known = self._followed(func, (args, kwargs or {}), list(zip(shapes, labels, strict=True)), result)
                self._known[result] = known
                if kind == "copy_" and result._base is not None:  # noqa: SLF001 (written into)
                    self._known[result._base] = _whole(known, result._base.shape)  # noqa: SLF001
        return output

    def _followed(
        self,
        func: Any,  # noqa: ANN401 (an operation)
        given: Given,
        before: Sequence[tuple[tuple[int, ...], Labels | None]],
        after: Tensor,
    ) -> Labels | None:
        """The labels of a result's axes."""
        kind, shape, args = func.overloadpacket.__name__, tuple(after.shape), given[0]
        if kind in _PRODUCTS:  # with a table of weights; a product of two that come from the picture is attention
            one, two = (self._labels(args[place]) for place in _PRODUCTS[kind])
            return _product(one, two, shape) if len(before) == 1 else None
        if torch.Tag.pointwise in func.tags or kind == "copy_":
            return broadcast(before, shape)
        labels = [own for _, own in before]
        first = labels[0]
        if first is None:
            return None
        if kind == "cat":
            return _joined(labels, _axis(given, 1, len(shape)), shape)
        if len(before) > 1:  # a mask, weights or a grid that come from the picture
            return None
        return _moved(kind, given, first, shape)

    def _labels(self, tensor: Tensor) -> Labels | None:
        return self._known.get(tensor)


def _moved(kind: str, given: Given, labels: Labels, shape: Shape) -> Labels | None:
    """Labels after an operation on a single tensor."""
    count = len(labels)
    if kind in _SPATIAL:
        plane = sorted(pure(label) for label in labels[-2:])
        return _resized(labels, shape, {count - 2, count - 1}) if plane == ["H", "W"] else None
    if kind in _LOCAL:
        return _resized(labels, shape, set(range(count)))
    if kind in _ALONG:
        return _parted(kind, _axis(given, _ALONG[kind], count), labels, shape)
    if kind in _AVERAGING:
        return _averaged(kind, given, labels, shape)
    return _arranged(kind, given[0], labels, shape)


def _arranged(kind: str, args: tuple[Any, ...], labels: Labels, shape: Shape) -> Labels | None:
    """Labels of the same values in another shape or order."""
    if kind in _RESHAPING:
        return reshaped(labels, shape)
    if kind in {"permute", "transpose", "t"}:
        return tuple(labels[axis] for axis in _order(kind, args, len(labels)))
    if kind == "expand":
        return broadcast([(tuple(math.prod(size for _, size in label) for label in labels), labels)], shape)
    if kind != "unsqueeze":
        return None
    place = args[1] % (len(labels) + 1)
    pictures = any(letter == "N" for label in labels for letter, _ in label)
    return (*labels[:place], ((CHANNELS if pictures or place else "N", 1),), *labels[place:])


def _order(kind: str, args: tuple[Any, ...], count: int) -> list[int]:
    """The axes of the input in the order of the output's."""
    if kind == "permute":
        return [axis % count for axis in args[1]]
    order = list(range(count))
    if count < 2:
        return order
    one, two = (axis % count for axis in args[1:3]) if kind == "transpose" else (0, 1)
    order[one], order[two] = two, one
    return order


def _axis(given: Given, place: int, count: int) -> int:
    args, named = given
    axis = args[place] if len(args) > place else named.get("dim", 0)
    return int(axis) % max(1, count)


def _resized(labels: Labels, shape: Shape, places: set[int]) -> Labels | None:
    """Labels with new lengths; a flattened axis may not change its own, because its places would move."""
    if len(labels) != len(shape):
        return None
    result = []
    for axis, (label, length) in enumerate(zip(labels, shape, strict=True)):
        same = math.prod(size for _, size in label) == length
        if not same and not pure(label):
            return None
        if not same and axis not in places and pure(label) in {"H", "W"}:
            return None
        result.append(label if same else ((pure(label), length),))
    return tuple(result)


def _whole(labels: Labels | None, shape: Shape) -> Labels | None:
    """Labels of what a part of was written."""
    if labels is None or len(shape) - len(labels) not in {0, 1}:
        return None
    labels = labels if len(labels) == len(shape) else ((("N", 1),), *labels)
    return _resized(labels, shape, set(range(len(shape))))


def _product(one: Labels | None, two: Labels | None, shape: Shape) -> Labels | None:
    """Labels of a product with a table of weights."""
    known = one or two
    if known is None or len(known) != len(shape):
        return None
    front = known[:-2]
    if one is not None:
        return (*front, one[-2], ((CHANNELS, shape[-1]),))
    return (*front, ((CHANNELS, shape[-2]),), known[-1])


def _joined(labels: Sequence[Labels | None], axis: int, shape: Shape) -> Labels | None:
    """Labels of tensors joined along an axis that holds no places."""
    first = labels[0]
    if first is None or len(first) != len(shape) or pure(first[axis]) not in {"C", "N"}:
        return None
    rest = [own[:axis] + own[axis + 1 :] if own is not None else None for own in labels]
    alike = all(own == rest[0] for own in rest)
    return (*first[:axis], ((pure(first[axis]), shape[axis]),), *first[axis + 1 :]) if alike else None


def _parted(kind: str, axis: int, labels: Labels, shape: Shape) -> Labels | None:
    """Labels of a part along an axis that holds no places."""
    if pure(labels[axis]) not in {"C", "N"}:
        return None
    if kind in {"select", "unbind"}:
        return labels[:axis] + labels[axis + 1 :]
    return (*labels[:axis], ((pure(labels[axis]), shape[axis]),), *labels[axis + 1 :])


def _averaged(kind: str, given: Given, labels: Labels, shape: Shape) -> Labels | None:
    """Labels of what was taken together along some axes."""
    args, named = given
    at = 2 if kind == "linalg_vector_norm" else 1
    along = args[at] if len(args) > at else named.get("dim")
    count = len(labels)
    listed = [along] if isinstance(along, int) else along or range(count)
    axes = {axis % count for axis in listed} if count else set()
    if len(shape) == count:
        return tuple(((pure(label) or CHANNELS, 1),) if axis in axes else label for axis, label in enumerate(labels))
    left = tuple(label for axis, label in enumerate(labels) if axis not in axes)
    return left if len(left) == len(shape) else None


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)
