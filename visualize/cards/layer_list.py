"""The layers of a network, by the names that every command and call takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from visualize.keywords import spelled_out
from visualize.methods.errors import UnitError
from visualize.methods.frames import frame
from visualize.methods.network.blocks import folded
from visualize.methods.network.probe import LOGITS
from visualize.models.loading import load
from visualize.models.overrides import Stated
from visualize.models.structure import load_structure
from visualize.models.trust import trusting
from visualize.notebook import usual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layer import Layer, Unmapped
    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json
    from visualize.models.products import Given
    from visualize.watch import Watch

HEADS = ("layer", "aliases", "type", "blocks", "units", "map")
"""Heads of the table of blocks."""


@dataclass(frozen=True, repr=False)
class LayerList:
    """Layers of a network in the order in which they run; the list displays itself in a notebook.

    Args:
        model: the network's name.
        layers: those that have a map, the output among them.
        blocks: names of those that are the network's blocks, which ``--layer all`` means.
        unmapped: outputs whose places are no places of the picture, each with the reason.

    Example:
        >>> import visualize as viz
        >>> table = viz.layers("random/scenes-alexnet")
        >>> table.rows()[0]["layer"], table.rows()[0]["units"], len(table) == len(table.rows())
        ('conv1', 24, True)
    """

    model: str
    layers: tuple[Layer, ...]
    blocks: tuple[str, ...]
    unmapped: tuple[Unmapped, ...] = ()

    @classmethod
    def of(cls, probe: Probe) -> LayerList:
        """The layers of a network, with the name ``logits`` for its output unless another layer has it.

        Args:
            probe: the network.
        """
        layers = tuple(_with_logits(probe))
        blocks = tuple(layer.name for layer in layers if layer.name in probe.blocks)
        return cls(probe.identity.name, layers, blocks, tuple(probe.unmapped.values()))

    def __len__(self) -> int:
        return len(self.layers) + len(self.unmapped)

    def __repr__(self) -> str:
        """The table of the network's blocks, a line for those that differ in their number alone."""
        rows = [HEADS, *self.folded()]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
        lines = ["  ".join(text.ljust(wide) for text, wide in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, f"({len(self.blocks)} of {len(self)} layers; rows() has every one)"])

    def folded(self) -> list[tuple[str, ...]]:
        """Rows of the network's blocks, by :data:`HEADS`; those that differ in their number alone share one."""
        chosen = [layer for layer in self.layers if layer.name in self.blocks]
        return [_folded_row(run) for run in folded(chosen)]

    def rows(self) -> list[dict[str, Json]]:
        """A row for every layer, ready for JSON: what ``viz layers --json`` prints.

        Each has ``layer``, ``aliases``, ``type``, ``units``, ``map_size`` (rows and columns of positions), whether it
        is a ``block``, and ``receptive_field`` with its ``size``, ``stride`` and ``offset`` in pixels of the input
        (None where it is not known). Outputs without a map come last, with their ``shape`` and the ``reason``.
        """
        mapped = [_record(layer, block=layer.name in self.blocks) for layer in self.layers]
        return [*mapped, *map(_unmapped_record, self.unmapped)]

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """The rows as a table of pandas.

        Raises:
            InputError: pandas is not installed.
        """
        return frame(self.rows())

    def _repr_html_(self) -> str:
        """The table of the network's blocks for a notebook."""
        from visualize.pages.snippets import Grid, snippet

        told = f"{len(self.blocks)} of {len(self)} layers: the blocks; rows() and frame() have every one"
        return snippet(self.model, lines=[told], tables=[Grid(title="Blocks", heads=HEADS, rows=self.folded())])


@spelled_out(Stated)
def layers(
    model: str | Path | Given,
    *,
    weights: str | Path | None = None,
    trust: bool = False,
    watch: Watch | None = None,
    **stated: Unpack[Stated],
) -> LayerList:
    """List the layers of a network, as ``viz layers`` does.

    The weights of ``torchvision/NAME`` are not downloaded for that: its layers are the same whatever they are.

    Args:
        model: a model's name or a network, as for :func:`visualize.unit`.
        weights: a weights file instead of the model's own, or ``"FILE:KEY"``.
        trust: let the code run that comes with a model, as :func:`visualize.load` takes it.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        stated: facts of the network in place of those that are known of it: ``size``, ``mean``, ``std``, ``order``,
            ``prepare`` and ``classes``.

    Returns:
        the table, which displays itself in a notebook; ``rows()`` and ``frame()`` have every layer.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> from torch import nn
        >>> table = layers(nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU()), size=32)
        >>> [(row["layer"], row["units"], row["map_size"]) for row in table.rows()]
        [('0', 8, [28, 28]), ('1', 8, [28, 28])]
    """
    with trusting(yes=trust):
        if not isinstance(model, str | Path):
            return LayerList.of(load(model, weights=weights, **stated))
        with (watch or usual())(f"loading {model}") as progress:
            return LayerList.of(load_structure(model, weights=weights, progress=progress, **stated))


def _with_logits(probe: Probe) -> list[Layer]:
    """The layers, with the name that the output has in every network, unless it is another layer's alias."""
    listed = list(probe.layers.values())
    if any(LOGITS in layer.aliases for layer in listed):
        return listed
    try:
        output = probe.layer(LOGITS)
    except UnitError:
        return listed
    if output.name == LOGITS:
        return [*listed, output]
    return [
        replace(layer, aliases=(*layer.aliases, LOGITS)) if layer.name == output.name else layer for layer in listed
    ]


def _folded_row(run: Sequence[Layer]) -> tuple[str, ...]:
    """The row of blocks that differ in their number alone."""
    first, last = run[0], run[-1]
    if first is last:
        names, aliases = first.name, ", ".join(first.aliases)
    else:
        names = f"{first.name} .. {last.name}"
        aliases = f"{first.aliases[0]} .. {last.aliases[0]}" if first.aliases and last.aliases else ""
    return names, aliases, first.kind, str(len(run)), str(first.units), sides(first.map_size)


def _unmapped_record(item: Unmapped) -> dict[str, Json]:
    return {
        "layer": item.name,
        "aliases": [],
        "type": item.kind,
        "units": None,
        "map_size": None,
        "receptive_field": None,
        "block": False,
        "shape": list(item.shape),
        "reason": item.reason,
    }


def _record(layer: Layer, *, block: bool) -> dict[str, Json]:
    field = layer.field
    return {
        "layer": layer.name,
        "aliases": list(layer.aliases),
        "type": layer.kind,
        "units": layer.units,
        "map_size": list(layer.map_size),
        "block": block,
        "receptive_field": None
        if field is None
        else {"size": list(field.size), "stride": list(field.stride), "offset": list(field.offset)},
    }


def sides(size: tuple[float, float]) -> str:
    """A size in words: height x width."""
    return f"{size[0]:g} x {size[1]:g}"
