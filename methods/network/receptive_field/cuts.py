"""Slices and margins in a network's graph: where its maps are cut, and where they are widened."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import fx

    from visualize.methods.network.run.graph import Trace


@dataclass(frozen=True)
class Cut:
    """Part of an axis that is kept, or its margin; a number that the graph does not hold is None.

    Args:
        start: position from on which it is kept, negative where it is widened.
        step: from one position that is kept to the next.
        ends: whether its end is another one, too.
    """

    start: int | None = 0
    step: int | None = 1
    ends: bool | None = False


_AXES = 4  # of maps


def cuts(node: fx.Node, *, last: bool) -> tuple[Cut, Cut] | None:
    """How a node cuts or widens rows and columns of maps; None where it does not.

    Args:
        node: an operation.
        last: whether the channels are the last axis of the maps.
    """
    row = 1 if last else 2
    if node.target is operator.getitem:
        return _sliced(node.args[1], row)
    if node.target is F.pad:
        stated = given(node, "input", "pad", "mode")
        return None if stated.get("mode") == "circular" else _padded(stated["pad"], row)
    if node.target in {torch.narrow, "narrow"}:
        stated = given(node, "input", "dim", "start", "length")
        axis, start = stated["dim"], _number(stated["start"])
        return _places([Cut(start, ends=True) if place == axis % _AXES else Cut() for place in range(_AXES)], row)
    return None


def parts(trace: Trace) -> frozenset[str]:
    """Module runs of maps that the network cuts out of others: what they see must not be cut out of the picture before.

    Args:
        trace: the network.
    """
    within: set[fx.Node] = set()
    for node in trace.graph.nodes:
        cutting = node.target is operator.getitem or node.target in {torch.narrow, "narrow"}
        if not within.isdisjoint(node.all_input_nodes) or (
            cutting and any(cuts(node, last=last) is not None for last in (False, True))
        ):
            within.add(node)
    return frozenset(name for name, node in trace.nodes.items() if node in within)


def given(node: fx.Node, *names: str) -> dict[str, Any]:
    """Arguments of an operation by their names.

    Args:
        node: the operation.
        names: of its arguments, in order.
    """
    return dict(zip(names, node.args, strict=False)) | node.kwargs


def _number(value: Any) -> int | None:  # noqa: ANN401 (a number, or a node)
    return value if isinstance(value, int) else None


def _sliced(index: Any, row: int) -> tuple[Cut, Cut] | None:  # noqa: ANN401 (whatever stands in square brackets)
    index = index if isinstance(index, tuple) else (index,)
    if any(not isinstance(item, slice) and item is not Ellipsis for item in index) or index.count(Ellipsis) > 1:
        return None  # units or pictures are chosen, or axes made
    place = index.index(Ellipsis) if Ellipsis in index else len(index)
    missing = _AXES - len(index) + (Ellipsis in index)
    return _places([*map(_cut, index[:place]), *[Cut()] * missing, *map(_cut, index[place + 1 :])], row)


def _cut(item: slice) -> Cut:
    start = _number(0 if item.start is None else item.start)
    ends = item.stop is not None if item.stop is None or isinstance(item.stop, int) else None
    if start is not None and start < 0:  # counted from an end that is not known
        start = None
    return Cut(start, _number(1 if item.step is None else item.step), ends)


def _padded(widths: Any, row: int) -> tuple[Cut, Cut] | None:  # noqa: ANN401 (numbers, or a node)
    if not isinstance(widths, list | tuple):
        return Cut(None), Cut(None)
    margins = [*zip(map(_number, widths[::2]), map(_number, widths[1::2]), strict=True)]
    cuts = [
        Cut(None if front is None else -front, ends=None if back is None else back != 0)
        for front, back in reversed(margins)
    ]
    return _places([Cut()] * (_AXES - len(cuts)) + cuts, row)


def _places(axes: Sequence[Cut], row: int) -> tuple[Cut, Cut] | None:
    """Cuts of rows and of columns, if either is cut."""
    cut = (axes[row], axes[row + 1]) if len(axes) == _AXES else None
    return None if cut == (Cut(), Cut()) else cut
