"""Labels of sequences whose tokens are not all patches: class tokens put beside patches, and taken away again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.network.layout.labels import CHANNELS, TOKENS, Part, complete, counting, length, pure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layout.labels import Label, Labels, Shape

Piece = tuple[int, "Labels | None"]
"""Length of a tensor along the axis along which it is joined, and its labels; () where nothing of it is computed from
the picture."""


def patches(label: Label) -> Part | None:
    """The tokens that an axis counts, if it counts every patch of a map."""
    if len(label) == 1 and label[0].letter == TOKENS:
        return label[0]
    return Part(TOKENS, length(label), patches=label) if complete(label) else None


def extended(label: Label, front: int, back: int) -> Label | None:
    """Label of tokens with more in front of them and behind them, or with fewer where a number is negative.

    Returns:
        None where patches would be taken away but not all of them.
    """
    tokens = patches(label)
    if tokens is None:
        return None
    count = length(tokens.patches)
    size, before = tokens.size + front + back, tokens.front + front
    if before >= size or before + count <= 0:
        return counting(CHANNELS, size)
    if before < 0 or before + count > size:
        return None
    return tokens.patches if size == count else (tokens._replace(size=size, front=before),)


def joined(pieces: Sequence[Piece], axis: int, shape: Shape) -> Labels | None:
    """Labels of tensors joined along an axis: channels with channels, or tokens with others that are no patches."""
    known = [labels for _, labels in pieces if labels != ()]
    if any(labels is None or len(labels) != len(shape) for labels in known):
        return None
    every = [labels for labels in known if labels is not None]
    if any(labels[:axis] + labels[axis + 1 :] != every[0][:axis] + every[0][axis + 1 :] for labels in every):
        return None
    letters = {pure(labels[axis]) for labels in every}
    if letters <= {CHANNELS} or letters <= {"N"}:
        return _put(every[0], axis, counting(letters.pop(), shape[axis]))
    holding = [place for place, (_, labels) in enumerate(pieces) if labels and pure(labels[axis]) != CHANNELS]
    if len(holding) != 1:
        return None
    sizes = [size for size, _ in pieces]
    front, back = sum(sizes[: holding[0]]), sum(sizes[holding[0] + 1 :])
    held = pieces[holding[0]][1]
    label = extended(held[axis], front, back) if held else None
    return None if held is None or label is None else _put(held, axis, label)


def cut(labels: Labels, axis: int, first: int, size: int) -> Labels | None:
    """Labels of so many indices along an axis that holds channels, pictures or tokens."""
    label = labels[axis]
    if pure(label) in {CHANNELS, "N"}:
        return _put(labels, axis, counting(pure(label), size))
    part = extended(label, -first, first + size - length(label))
    return None if part is None else _put(labels, axis, part)


def _put(labels: Labels, axis: int, label: Label) -> Labels:
    return (*labels[:axis], label, *labels[axis + 1 :])
