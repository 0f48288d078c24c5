"""Labels of a tensor's axes: which parts of the picture each of them counts, through reshaping and broadcasting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHANNELS, TOKENS = "C", "T"
"""Letters of whatever holds no places, and of tokens some of which are no patches."""
_PLACES = ("H", "W")


class Part(NamedTuple):
    """Something that an axis counts, alone or together with other parts.

    Rows that are cut into windows are two parts: which window (its step is the windows' height), and which row in it.

    Args:
        letter: N pictures, H rows, W columns, C anything else, T tokens that are not all patches.
        size: how many there are.
        step: rows or columns from one to the next.
        whole: rows or columns of the map that they are part of.
        shift: rows or columns by which the map was rolled.
        patches: of tokens, the parts that those count that are patches.
        front: tokens in front of the patches.
    """

    letter: str
    size: int
    step: int = 1
    whole: int = 0
    shift: int = 0
    patches: tuple[Part, ...] = ()
    front: int = 0


Label = tuple[Part, ...]
"""Parts that one axis counts, the slowest first; more than one if it was flattened."""

Labels = tuple[Label, ...]
Shape = tuple[int, ...]


def counting(letter: str, size: int) -> Label:
    """Label of an axis that counts one thing, the whole of it."""
    return (Part(letter, size, whole=size if letter in _PLACES else 0),)


def labelled(order: str, shape: Sequence[int]) -> Labels:
    """Labels of axes each of which counts one thing.

    Args:
        order: a letter for each axis: N pictures, H rows, W columns, C anything else.
        shape: the axes' lengths.
    """
    return tuple(counting(letter, int(length)) for letter, length in zip(order, shape, strict=True))


def length(parts: Iterable[Part]) -> int:
    """Length of an axis that counts these parts."""
    return math.prod(part.size for part in parts)


def pure(label: Label) -> str:
    """The one letter that an axis counts; "" where several were flattened, or where it counts but a part of the map."""
    letters = {part.letter for part in label}
    if letters == {CHANNELS}:
        return CHANNELS
    if len(label) != 1 or letters == {TOKENS}:
        return ""
    (part,) = label
    return part.letter if part.letter not in _PLACES or (part.size == part.whole and not part.shift) else ""


def complete(parts: Sequence[Part]) -> bool:
    """Whether parts count every row and every column of a map once, and nothing else."""
    return all(_steps(parts, letter) == 1 for letter in _PLACES) and all(part.letter in _PLACES for part in parts)


def reduced(labels: Labels) -> Labels:
    """Labels of a map whose innermost rows or columns were taken together: what is left counts a coarser map."""
    every = [part for label in labels for part in label]
    steps = {letter: _steps(every, letter) for letter in _PLACES}

    def coarser(part: Part) -> Part:
        step = steps.get(part.letter, 0)
        return part._replace(step=part.step // step, whole=part.whole // step) if step > 1 and not part.shift else part

    return tuple(tuple(map(coarser, label)) for label in labels)


def _steps(parts: Sequence[Part], letter: str) -> int:
    """The step of the innermost of a letter's parts, if they go on from it without a gap to the whole; 0 if not."""
    own = sorted((part for part in parts if part.letter == letter), key=lambda part: part.step)
    if not own or any((part.whole, part.shift) != (own[0].whole, 0) for part in own):
        return 0
    step = own[0].step
    for part in own:
        if part.step != step:
            return 0
        step *= part.size
    return own[0].step if step == own[0].whole else 0


def reshaped(labels: Labels, shape: Shape) -> Labels | None:
    """Labels after a reshape; None where pictures or tokens are cut into pieces.

    Args:
        labels: of the axes before.
        shape: the lengths afterwards.
    """
    left = [part for label in labels for part in label]
    result: list[Label] = []
    for size in shape:
        label = _taken(left, size)
        if label is None:
            return None
        result.append(label)
    if any(part.size != 1 for part in left):
        return None
    return tuple(result)


def _taken(left: list[Part], size: int) -> Label | None:
    """The next parts that make up one axis of a length; they are removed from the list."""
    if size == 1:
        return (left.pop(0),) if left and left[0].size == 1 else counting(CHANNELS, 1)
    taken: list[Part] = []
    while length(taken) < size:
        before = length(taken)
        if not left or not before or size % before:
            return None
        part = left.pop(0)
        missing = size // before
        if part.size > missing:
            if part.letter in {"N", TOKENS} or part.size % missing:
                return None
            inner = part.size // missing
            left.insert(0, part._replace(size=inner))
            part = part._replace(size=missing, step=part.step * inner if part.letter in _PLACES else 1)
        taken.append(part)
    if length(taken) != size:
        return None
    long = [part for part in taken if part.size != 1 or part.letter == "N"]  # pictures, of which there is one here
    return counting(CHANNELS, size) if all(part.letter == CHANNELS for part in long) else _merged(long)


def _merged(parts: Sequence[Part]) -> Label:
    """Parts of one letter that go on from one another as one part again."""
    result: list[Part] = []
    for part in parts:
        last = result[-1] if result else None
        alike = last is not None and (last.letter, last.whole, last.shift) == (part.letter, part.whole, part.shift)
        if last is not None and alike and part.letter == CHANNELS:
            result[-1] = Part(CHANNELS, last.size * part.size)
        elif last is not None and alike and part.letter in _PLACES and last.step == part.step * part.size:
            result[-1] = part._replace(size=last.size * part.size)
        else:
            result.append(part)
    return tuple(result)


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
        for axis, size in enumerate(own, len(shape) - len(own)):
            if labels is None:
                unknown |= {axis} if size > 1 else set()
            elif size == shape[axis]:
                label = labels[axis - len(shape)]
                if size > 1 and result.get(axis, label) != label:
                    return None
                result[axis] = label if pure(result.get(axis, label)) in {CHANNELS, pure(label)} else result[axis]
    doubtful = any(labels is None for _, labels in tensors)
    if doubtful and (not result or any(pure(result.get(axis, ())) != CHANNELS for axis in unknown)):
        return None
    return tuple(result.get(axis, counting(CHANNELS, size)) for axis, size in enumerate(shape))
