"""Rules by which torch's operations put a picture's rows and columns from the axes of their inputs into their results'.

Convolutions, pooling, products, what is computed value by value, and joining of channels leave axes where they are;
permuting, flattening, rolling, and cutting into windows put them elsewhere. A product of two tensors, as attention has,
holds for each row of the first and each column of the second one value: its rows count what those of the first do, its
columns what those of the second do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from visualize.methods.network.layout.labels import (
    CHANNELS,
    Labels,
    broadcast,
    counting,
    length,
    pure,
    reduced,
    reshaped,
)
from visualize.methods.network.layout.tokens import cut, extended, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layout.labels import Shape

# names of torch's operations (``torch.ops.aten``)
_CONVOLUTIONS = frozenset({"convolution", "_convolution"})
_POOLING = frozenset({
    "max_pool2d_with_indices", "max_pool2d", "avg_pool2d", "_adaptive_avg_pool2d", "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
})  # fmt: skip
_SPATIAL = _CONVOLUTIONS | _POOLING | frozenset({
    "mkldnn_convolution", "cudnn_convolution", "upsample_nearest2d",
    "upsample_bilinear2d", "upsample_bicubic2d", "_upsample_nearest_exact2d", "_upsample_bilinear2d_aa",
    "reflection_pad2d", "replication_pad2d", "pixel_shuffle", "pixel_unshuffle",
})  # take the last two axes for rows and columns  # fmt: skip
_LOCAL = frozenset({
    "native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit",
    "batch_norm", "native_group_norm", "native_layer_norm", "instance_norm", "native_dropout", "dropout", "hardswish",
    "hardswish_", "hardtanh", "hardtanh_", "leaky_relu_", "_prelu_kernel", "clone", "_to_copy", "detach", "alias",
    "contiguous", "copy_", "lift_fresh", "_softmax", "_safe_softmax", "_log_softmax",
})  # leave each axis what it is  # fmt: skip
_RESHAPING = frozenset({"view", "_unsafe_view", "reshape", "repeat"})  # more often than once, it does not fit
_PRODUCTS = {"mm": (0, 1), "addmm": (1, 2), "bmm": (0, 1), "baddbmm": (1, 2)}  # arguments that are multiplied
_ATTENTION = frozenset({
    "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_efficient_attention", "_scaled_dot_product_cudnn_attention",
    "_scaled_dot_product_fused_attention_overrideable",
})  # of queries, keys and values  # fmt: skip
_FUSED = frozenset({"_native_multi_head_attention", "_transformer_encoder_layer_fwd"})  # with weights
_AVERAGING = frozenset({"mean", "amax", "sum", "max", "var_mean", "var", "linalg_vector_norm"})
_PARTS = {"select": 1, "unbind": 1, "split": 2, "split_with_sizes": 2, "chunk": 2, "slice": 1}  # where the axis is
_MARGIN = 1 / 6  # of rows or columns, as a map of four has it
_LEFT = 0.5  # of rows or columns: a slice that leaves no more is no map of the picture, but of a part of it

Known = tuple["Shape", Labels | None]
"""Shape and labels of a tensor that is computed from the picture."""


@dataclass(frozen=True)
class Step:
    """One operation of a run.

    Args:
        kind: its name.
        pointwise: whether it computes value by value.
        args: its arguments.
        named: those that were given by name.
        before: of each tensor among the arguments that is computed from the picture, in their order.
        labels: of each such tensor, by its identity.
    """

    kind: str
    pointwise: bool
    args: tuple[Any, ...]
    named: dict[str, Any]
    before: Sequence[Known]
    labels: dict[int, Labels | None]

    def of(self, place: int) -> Labels | None:
        """Labels of an argument."""
        return self.labels.get(id(self.args[place]))

    def argument(self, place: int, name: str, default: object = None) -> Any:  # noqa: ANN401 (whatever was given)
        """An argument by its place or by its name."""
        return self.args[place] if len(self.args) > place else self.named.get(name, default)

    def axis(self, place: int, count: int) -> int:
        """An argument that names one of so many axes."""
        return int(self.argument(place, "dim", 0)) % max(1, count)


def after(step: Step, shape: Shape, number: int) -> Labels | None:
    """Labels of one of an operation's results; None where they are not known.

    Args:
        step: the operation.
        shape: of the result.
        number: which of the results it is.
    """
    if step.kind in _PRODUCTS:
        return _product(step, shape)
    if step.kind in _ATTENTION | _FUSED:
        return _attended(step, shape) if number == 0 else None
    if step.pointwise or step.kind == "copy_":
        return broadcast(step.before, shape)
    if step.kind in {"cat", "stack"}:
        return _joined(step, shape)
    first = step.before[0][1]
    if first is None or len(step.before) > 1:  # a mask, weights or a grid that come from the picture
        return None
    return _moved(step, first, shape, number)


def _moved(step: Step, labels: Labels, shape: Shape, number: int) -> Labels | None:
    """Labels after an operation on a single tensor."""
    if step.kind in _LOCAL or step.kind in _SPATIAL:
        return _in_place(step, labels, shape)
    if step.kind == "constant_pad_nd":
        return _padded(labels, step.args[1], shape)
    if step.kind in _PARTS:
        return _parted(step, labels, shape, number)
    if step.kind in _AVERAGING:
        return _averaged(step, labels, shape)
    if step.kind == "roll":
        return _rolled(step, labels)
    return _arranged(step, labels, shape)


def _in_place(step: Step, labels: Labels, shape: Shape) -> Labels | None:
    """Labels where each axis stays what it is."""
    count = len(labels)
    if step.kind in _LOCAL:
        return resized(labels, shape, set(range(count)))
    if _sees_single_places(step) and [pure(label) for label in labels[:2]] == ["N", CHANNELS]:
        return resized(labels, shape, set())  # whatever the other axes count
    if step.kind in _POOLING and count == len(shape) > 2 and length(labels[-2]) == shape[-2] == 1:
        return (*labels[:-1], counting(CHANNELS, shape[-1]))  # of tokens on end, which are no patches together
    plane = sorted(pure(label) for label in labels[-2:])
    return resized(labels, shape, {count - 2, count - 1}) if plane == ["H", "W"] else None


def _sees_single_places(step: Step) -> bool:
    """Whether an operation is a convolution whose kernel is one place, and which leaves out none."""
    if step.kind not in _CONVOLUTIONS:
        return False
    weight, _, stride, padding = step.args[1:5]
    return all(side == 1 for side in (*weight.shape[2:], *stride)) and not any(padding)


def _arranged(step: Step, labels: Labels, shape: Shape) -> Labels | None:
    """Labels of the same values in another shape or order."""
    kind, args = step.kind, step.args
    if kind in _RESHAPING:
        return reshaped(labels, shape)
    if kind in {"permute", "transpose", "t"}:
        return tuple(labels[axis] for axis in _order(kind, args, len(labels)))
    if kind == "expand":
        return broadcast([(tuple(map(length, labels)), labels)], shape)
    if kind == "squeeze":
        left = tuple(label for label in labels if length(label) != 1)
        axes = {axis % len(labels) for axis in ([args[1]] if isinstance(args[1], int) else args[1])} if args[1:] else ()
        named = tuple(label for axis, label in enumerate(labels) if axis not in axes or length(label) != 1)
        return named if args[1:] else left
    if kind != "unsqueeze":
        return None
    place = args[1] % (len(labels) + 1)
    pictures = any(part.letter == "N" for label in labels for part in label)
    return (*labels[:place], counting(CHANNELS if pictures or place else "N", 1), *labels[place:])


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


def resized(labels: Labels, shape: Shape, places: set[int]) -> Labels | None:
    """Labels with new lengths; a flattened axis may not change its own, because its places would move.

    Args:
        labels: before.
        shape: the lengths afterwards.
        places: axes whose rows and columns may become others.
    """
    if len(labels) != len(shape):
        return None
    result = []
    for axis, (label, size) in enumerate(zip(labels, shape, strict=True)):
        same = length(label) == size
        if not same and (not pure(label) or (axis not in places and pure(label) in {"H", "W"})):
            return None
        result.append(label if same else counting(pure(label), size))
    return tuple(result)


def _product(step: Step, shape: Shape) -> Labels | None:
    """Labels of a product: with a table of weights, or of two tensors that come from the picture."""
    one, two = (step.of(place) for place in _PRODUCTS[step.kind])
    if any(labels is None or len(labels) != len(shape) for _, labels in step.before):
        return None
    if id(step.args[0]) in step.labels and _PRODUCTS[step.kind][0]:  # something is added that comes from the picture
        return None
    return _rows_and_columns(one, two, shape)


def _rows_and_columns(one: Labels | None, two: Labels | None, shape: Shape) -> Labels | None:
    """Labels of what has the rows of one tensor and the columns of another one; None stands for a table of weights."""
    known = one or two
    if known is None or (one and two and not _alike(one[:-2], two[:-2])):
        return None
    rows = one[-2] if one else counting(CHANNELS, shape[-2])
    columns = two[-1] if two else counting(CHANNELS, shape[-1])
    return reduced((*known[:-2], rows, columns))


def _alike(one: Labels, two: Labels) -> bool:
    """Whether labels count the same, be it on a coarser map, as queries may have that were taken together."""

    def relative(labels: Labels) -> list[list[tuple[str, int, float, float]]]:
        return [
            [(p.letter, p.size, p.step / (p.whole or p.step), p.shift / (p.whole or 1)) for p in label]
            for label in labels
        ]

    return relative(one) == relative(two)


def _attended(step: Step, shape: Shape) -> Labels | None:
    """Labels of attention: rows are those of the queries, columns those of the values, if no weights come after it."""
    if any(labels is None or len(labels) != len(shape) for _, labels in step.before):
        return None
    return _rows_and_columns(step.of(0), None if step.kind in _FUSED else step.of(2), shape)


def _joined(step: Step, shape: Shape) -> Labels | None:
    """Labels of tensors joined along an axis that they have, or along a new one."""
    axis = step.axis(1, len(shape))
    tensors = [tensor for tensor in step.args[0] if isinstance(tensor, Tensor)]
    if step.kind == "stack":
        first = step.before[0][1]
        alike = first is not None and all(labels == first for _, labels in step.before)
        return (*first[:axis], counting(CHANNELS, shape[axis]), *first[axis:]) if first is not None and alike else None
    pieces = [
        (tensor.shape[axis] if tensor.dim() == len(shape) else 0, step.labels.get(id(tensor), ())) for tensor in tensors
    ]
    return joined(pieces, axis, shape)


def _padded(labels: Labels, widths: Sequence[int], shape: Shape) -> Labels | None:
    """Labels of what has a margin, whose tokens then are no patches."""
    result = []
    for axis, label in enumerate(labels):
        place = 2 * (len(labels) - 1 - axis)
        front, back = widths[place : place + 2] if place < len(widths) else (0, 0)
        wider = label if not (front or back) else extended(label, front, back)
        if wider is None:
            wider = counting(pure(label), shape[axis]) if pure(label) else None
        if wider is None:
            return None
        result.append(wider)
    return tuple(result)


def _parted(step: Step, labels: Labels, shape: Shape, number: int) -> Labels | None:
    """Labels of a part along an axis."""
    axis = step.axis(_PARTS[step.kind], len(labels))
    whole = length(labels[axis])
    if step.kind in {"select", "unbind"}:
        first = int(step.argument(2, "index", 0)) % max(1, whole) if step.kind == "select" else number
        part = None if pure(labels[axis]) in {"H", "W"} else _taken_out(labels, axis, first)
        return None if part is None else reduced(part[:axis] + part[axis + 1 :])
    if step.kind == "slice":
        return _sliced(step, labels, axis, shape[axis])
    sizes = step.argument(1, "split_size")
    first = sum(sizes[:number]) if isinstance(sizes, list | tuple) else number * int(sizes)
    return cut(labels, axis, first, shape[axis])


def _taken_out(labels: Labels, axis: int, first: int) -> Labels | None:
    """Labels with one index of an axis: of what is no patch, or of the place within a window."""
    return cut(labels, axis, first, 1) or (labels if all(part.letter in {"H", "W"} for part in labels[axis]) else None)


def _sliced(step: Step, labels: Labels, axis: int, size: int) -> Labels | None:
    """Labels of a slice: of rows and columns at even distances, of a map without its margin, or of what has none."""
    whole, stride = length(labels[axis]), int(step.argument(4, "step", 1))
    if size == whole:
        return labels
    first = step.argument(2, "start") or 0
    first = max(0, first + whole if first < 0 else first)
    if pure(labels[axis]) in {"H", "W"}:
        if stride == 1 and size <= _LEFT * whole:
            return None
        return (*labels[:axis], counting(pure(labels[axis]), size), *labels[axis + 1 :])
    return cut(labels, axis, first, size) if stride == 1 or pure(labels[axis]) == CHANNELS else None


def crops(step: Step) -> bool:
    """Whether an operation takes one part of a map's rows or columns, of which :func:`after` then knows nothing."""
    labels = step.before[0][1]
    if labels is None or step.kind not in _PARTS.keys() - {"select", "unbind"}:
        return False
    axis = step.axis(_PARTS[step.kind], len(labels))
    return pure(labels[axis]) in {"H", "W"} and int(step.argument(4, "step", 1)) == 1


def _averaged(step: Step, labels: Labels, shape: Shape) -> Labels | None:
    """Labels of what was taken together along some axes."""
    along = step.argument(2 if step.kind == "linalg_vector_norm" else 1, "dim")
    count = len(labels)
    listed = [along] if isinstance(along, int) else along or range(count)
    axes = {axis % count for axis in listed} if count else set()
    if len(shape) == count:
        kept = tuple(
            counting(pure(label) or CHANNELS, 1) if axis in axes else label for axis, label in enumerate(labels)
        )
        return reduced(kept)
    left = tuple(label for axis, label in enumerate(labels) if axis not in axes)
    return reduced(left) if len(left) == len(shape) else None


def _rolled(step: Step, labels: Labels) -> Labels | None:
    """Labels of rows and columns that were rolled, and are rolled back later."""
    shifts, axes = step.argument(1, "shifts"), step.argument(2, "dims", ())
    shifts, axes = ([item] if isinstance(item, int) else list(item) for item in (shifts, axes))
    if not axes:
        return None
    result = list(labels)
    for shift, axis in zip(shifts, axes, strict=True):
        (*more, part) = result[axis]
        if more or part.letter not in {"H", "W"} or part.size != part.whole:
            return None
        result[axis] = (part._replace(shift=(part.shift + shift) % part.whole),)
    return tuple(result)


MADE = frozenset({
    "new_full", "new_zeros", "new_ones", "new_empty", "new_empty_strided", "zeros_like", "ones_like", "empty_like",
    "full_like",
})  # fmt: skip
"""Operations that take the shape of a tensor, and nothing else of it."""


def written_into(labels: Labels | None, shape: Shape) -> Labels | None:
    """Labels of a tensor of that shape, a part of which was written."""
    if labels is None or len(shape) - len(labels) not in {0, 1}:
        return None
    labels = labels if len(labels) == len(shape) else (counting("N", 1), *labels)
    return resized(labels, shape, set(range(len(shape))))


def is_margin(shape: Shape, labels: Labels | None, whole: Shape) -> bool:
    """Whether a part is some of the rows or columns of a map, as what is padded in circles writes its own ends.

    Args:
        shape: of the part.
        labels: of the whole.
        whole: its shape.
    """
    if labels is None or not len(shape) == len(labels) == len(whole):
        return False
    shorter = [axis for axis, size in enumerate(shape) if size != whole[axis]]
    return (
        len(shorter) == 1
        and pure(labels[shorter[0]]) in {"H", "W"}
        and (shape[shorter[0]] <= _MARGIN * whole[shorter[0]])
    )


def is_pointwise(func: Any) -> bool:  # noqa: ANN401 (an operation of torch)
    """Whether an operation computes value by value."""
    return torch.Tag.pointwise in func.tags
