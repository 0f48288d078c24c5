"""From labels of axes to their order: which axis holds units, and which token sees which patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.network.axes import Axes, Grid
from visualize.methods.network.layout.labels import CHANNELS, complete, counting, length, pure, reduced
from visualize.methods.network.layout.reading import HEADS, PAIRS, WINDOWS
from visualize.methods.network.layout.tokens import patches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layout.labels import Label, Labels

_PLACES = {"H", "W", "T"}


def arrangement(labels: Labels, size: tuple[int, int]) -> Axes | None:
    """The order of axes of these labels, or the reason why there is no map; None where labels do not tell.

    Args:
        labels: of the axes of an output.
        size: (height, width) of the input.
    """
    labels = _with_pictures(labels)
    letters = [{part.letter for part in label} for label in labels]
    if sum(letter == {"N"} for letter in letters) != 1 or any("N" in letter and len(letter) > 1 for letter in letters):
        return None
    units = [CHANNELS in letter for letter in letters]
    labels = reduced(  # places that are part of the units, as in patches that are merged, are none
        tuple(counting(CHANNELS, length(label)) if unit else label for label, unit in zip(labels, units, strict=True))
    )
    order = _with_units([pure(label) or "T" for label in labels], labels)
    if sum(patches(label) is not None for label in labels) > 1:
        return Axes(reason=PAIRS)
    placed = [label for label, letter in zip(labels, order, strict=True) if letter in _PLACES]
    if not placed or not (_has_map(order) or _whole(placed)):
        return None
    if order.count("C") > 1:
        return Axes(reason=HEADS)
    if _has_map(order):
        return Axes("".join(order))
    grid = _grid(placed[0], size) if len(placed) == 1 else None
    return Axes(reason=WINDOWS) if grid is None else Axes("".join(order), grid)


def _with_pictures(labels: Labels) -> Labels:
    """Labels whose first axis, of length 1, counts pictures, where reshapes mistook another such axis for theirs."""
    lost = all(part.letter != "N" for label in labels for part in label)
    return (counting("N", 1), *labels[1:]) if lost and labels[0] == counting(CHANNELS, 1) else labels


def _has_map(order: Sequence[str]) -> bool:
    """Whether one axis counts rows, and one columns."""
    return sorted(letter for letter in order if letter in _PLACES) == ["H", "W"]


def _whole(placed: Sequence[Label]) -> bool:
    """Whether axes hold every place of a map, each once."""
    return complete([part for label in placed for part in label]) or (len(placed) == 1 and bool(patches(placed[0])))


def _with_units(order: list[str], labels: Labels) -> list[str]:
    """The letters, with 1 for an axis of length 1 that holds no units because another one does."""
    several = order.count("C") > 1
    long = any(letter == "C" and length(label) > 1 for letter, label in zip(order, labels, strict=True))
    first = order.index("C") if several and not long else -1
    return [
        "1" if letter == "C" and several and length(label) == 1 and place != first else letter
        for place, (letter, label) in enumerate(zip(order, labels, strict=True))
    ]


def _grid(label: Label, size: tuple[int, int]) -> Grid | None:
    """The grid of tokens that go row by row or column by column; None where they do neither, as in windows."""
    tokens = patches(label)
    order = "".join(part.letter for part in tokens.patches) if tokens else ""
    if tokens is None or order not in {"HW", "WH"}:
        return None
    count = {part.letter: part.size for part in tokens.patches}
    back = tokens.size - tokens.front - length(tokens.patches)
    return Grid((count["H"], count["W"]), size, tokens.front, back, down=order == "WH")
