"""Labels of a tensor's axes: which parts of the picture each of them counts, through reshaping and broadcasting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Label = tuple[tuple[str, int], ...]
"""Of one axis: letters of what it counts, the slowest first, each with its length; more than one if flattened."""

Labels = tuple[Label, ...]
Shape = tuple[int, ...]

CHANNELS = "C"
"""Letter of whatever holds no places."""


def labelled(order: str, shape: Sequence[int]) -> Labels:
    """Labels of axes each of which counts one thing.

    Args:
        order: a letter for each axis: N pictures, H rows, W columns, C anything else.
        shape: the axes' lengths.
    """
    return tuple(((letter, int(length)),) for letter, length in zip(order, shape, strict=True))


def pure(label: Label) -> str:
    """The one letter that an axis counts; "" where several were flattened."""
    letters = {letter for letter, _ in label}
    return letters.pop() if letters == {CHANNELS} or len(label) == 1 else ""


def reshaped(labels: Labels, shape: Shape) -> Labels | None:
    """Labels after a reshape; None where rows, columns or pictures are cut into pieces.

    Args:
        labels: of the axes before.
        shape: the lengths afterwards.
    """
    left = [part for label in labels for part in label]
    result: list[Label] = []
    for length in shape:
        label = _taken(left, length)
        if label is None:
            return None
        result.append(label)
    if any(size != 1 for _, size in left):
        return None
    return tuple(result)


def _taken(left: list[tuple[str, int]], length: int) -> Label | None:
    """The next parts that make up one axis of a length; they are removed from the list."""
    if length == 1:
        return (left.pop(0),) if left and left[0][1] == 1 else ((CHANNELS, 1),)
    taken: list[tuple[str, int]] = []
    while math.prod(size for _, size in taken) < length:
        before = math.prod(size for _, size in taken)
        if not left or not before or length % before:
            return None
        letter, size = left.pop(0)
        missing = length // before
        if size > missing:
            if letter != CHANNELS or size % missing:
                return None
            left.insert(0, (letter, size // missing))
            size = missing
        taken.append((letter, size))
    if math.prod(size for _, size in taken) != length:
        return None
    long = tuple(part for part in taken if part[1] != 1 or part[0] == "N")  # pictures, of which there is one here
    return ((CHANNELS, length),) if all(letter == CHANNELS for letter, _ in long) else long


def broadcast(tensors: Sequence[tuple[Shape, Labels | None]], shape: Shape) -> Labels | None:
    """Labels of a value by value computation; None where its tensors disagree.

    A tensor of which nothing is known may have a part in it if it is one value for all places, as gates of channels
    are.

    Args:
        tensors: shape and labels of each.
        shape: of the result.
    """
    result: dict[int, Label] = {}
    unknown: set[int] = set()
    for own, labels in tensors:
        for axis, length in enumerate(own, len(shape) - len(own)):
            if labels is None:
                unknown |= {axis} if length > 1 else set()
            elif length == shape[axis]:
                label = labels[axis - len(shape)]
                if length > 1 and result.get(axis, label) != label:
                    return None
                result[axis] = label if pure(result.get(axis, label)) in {"C", pure(label)} else result[axis]
    doubtful = any(labels is None for _, labels in tensors)
    if doubtful and (not result or any(pure(result.get(axis, ())) != CHANNELS for axis in unknown)):
        return None
    return tuple(result.get(axis, ((CHANNELS, length),)) for axis, length in enumerate(shape))
