"""The layer of a network's own output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from visualize.methods.errors import UnitError
from visualize.methods.network.axes import as_maps
from visualize.methods.network.layer import Layer
from visualize.methods.network.run.run_names import LOGITS, WHOLE

if TYPE_CHECKING:
    from visualize.methods.network.examination.examination import Examination
    from visualize.methods.network.layer_table import LayerTable


def own_output(examination: Examination, table: LayerTable, size: tuple[int, int]) -> Layer:
    """The layer that gives a network's own output, or one of the name ``"logits"`` where no layer gives that tensor.

    Args:
        examination: of the network.
        table: the network's layers.
        size: rows and columns of its input.

    Raises:
        UnitError: the network has no output whose units can be told.
    """
    output = examination.output
    if output is None:
        raise UnitError(f"the network has no output to call {LOGITS!r}: {examination.answer}")
    known = next((run for run in output.runs if run in table.layers), None)
    if known is not None:
        return table[known]
    axes = table.axes(WHOLE)
    maps = as_maps(torch.empty(output.shape, device="meta"), axes, size)
    if maps is None:
        raise _unitless(output.shape, axes.reason)
    units, rows, columns = maps.shape[1:]
    return Layer(LOGITS, (), output.kind, units, (rows, columns), None)


def _unitless(shape: tuple[int, ...], reason: str) -> UnitError:
    """The error of a network whose own output has no axis of units, and why none of its axes is known to be one."""
    if len(shape) == 1:
        return UnitError(
            "the network's output is a single number for each picture, as argmax and squeeze leave it, and no row of "
            "units; name a layer, or have the network give N x 1"
        )
    return UnitError(
        f"the network's output is {' x '.join(map(str, shape))} for one picture, in which no axis is known to be its "
        f"units: {reason or 'its places are not known'}; name a layer, or wrap the network in a module that gives one "
        f"row of units"
    )
