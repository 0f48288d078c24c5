"""Pictures explained a batch at a time, what a reader of the maps must know, and the record of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from visualize.methods.attribution.gradient import Explained, keeping
from visualize.methods.attribution.result import AttributionResult
from visualize.methods.errors import InputError
from visualize.methods.pictures.batch_size import side_by_side
from visualize.methods.pictures.scan import not_finite
from visualize.methods.pictures.selection import SelectedPictures, unexcited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from visualize.methods.attribution.gradient import Positions
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.rectifiers.rules import Rule
    from visualize.methods.provenance import Provenance
    from visualize.methods.unit import Unit

    OfInputs = Callable[[Probe, Tensor, Unit, Positions | None], Explained]
    """Explains some prepared pictures, at positions that are given or found."""


def explain(
    of_inputs: OfInputs,
    probe: Probe,
    pictures: Tensor,
    unit: Unit,
    positions: Positions | Sequence[tuple[int, int]] | None = None,
    *,
    batch: int,
) -> Explained:
    """Explain pictures, some at a time.

    Args:
        of_inputs: explains one batch of prepared pictures.
        probe: the network.
        pictures: N x 3 x H x W, RGB in 0..1, of any size that the network takes.
        unit: under its layer's own name.
        positions: one (row, column) of the unit's map for each picture; by default the unit's own position, or where it
            is most active on the picture.
        batch: pictures in one run of the network.

    Raises:
        InputError: there is no picture.
    """
    if not len(pictures):
        raise InputError("there is no picture to explain; give at least one")
    if positions is None and unit.position is not None:
        positions = [unit.position] * len(pictures)
    at = None if positions is None else torch.as_tensor(positions, dtype=torch.long).reshape(-1, 2)

    def explained(first: int, last: int) -> Explained:
        with torch.no_grad():
            inputs = probe.prepared(pictures[first:last])
        rows = slice(first, None if last == len(pictures) else last)  # too many positions are refused with the last
        return of_inputs(probe, inputs, unit, None if at is None else at[rows])

    batches = [part for _, _, part in side_by_side(len(pictures), batch, explained, probe.device)]
    # joining even one batch would copy it, which shows beside the network's own work
    joined = Explained(*map(torch.cat, zip(*batches, strict=True))) if len(batches) > 1 else batches[0]
    return joined._replace(attribution=joined.attribution.flip(1)) if probe.prepare.order == "BGR" else joined


def record(
    there: Explained, unit: Unit, probe: Probe, selected: SelectedPictures, provenance: Provenance, *, colours: bool
) -> AttributionResult:
    """Record of a unit's explanations, on the CPU, with notes on maps that show nothing.

    Args:
        there: the explanations, on the network's device.
        unit: the unit that they explain.
        probe: the network.
        selected: the pictures.
        provenance: the settings, seed and model behind the record.
        colours: the maps are drawn in colours around grey; else by their strength.

    Raises:
        InputError: an activation or a gradient is not finite.
    """
    explained = Explained(*(values.cpu() for values in there))
    activations = explained.activations.to(torch.promote_types(explained.activations.dtype, torch.float32))
    _require_finite(explained, selected, unit)
    return AttributionResult(
        unit=unit,
        provenance=provenance,
        notes=(*selected.notes, *unexcited(selected.activations), *_blank(explained)),
        images=selected.images,
        preparation=probe.prepare,
        field=probe.layer(unit.layer).field,
        colours=colours,
        indices=selected.indices,
        activations=tuple(activations.tolist()),
        positions=tuple((row, column) for row, column in explained.positions.tolist()),
        attribution=explained.attribution.float().contiguous(),
        broken=selected.broken,
    )


def reservations(probe: Probe, layer: str, rule: Rule | None) -> Sequence[str]:
    """Notes on any explanation of a layer's units: which rectifiers the rule did not reach."""
    if rule is None:
        return ()
    kept = keeping(probe, probe.prepared(torch.zeros(1, 3, *probe.prepare.size)), layer, rule)
    message = f"are out of the rule's reach and keep their own gradient: {', '.join(kept)}"
    return [f"operations on the way to {layer} {message}"] if kept else []


def _require_finite(explained: Explained, selected: SelectedPictures, unit: Unit) -> None:
    good = explained.activations.isfinite() & explained.attribution.flatten(1).isfinite().all(1)
    if not bool(good.all()):
        file = selected.images.file(selected.indices[int((~good).nonzero()[0])])
        raise not_finite(unit.layer, file, "an activation or a gradient")


def _blank(explained: Explained) -> list[str]:
    """Notes on maps that show nothing."""
    blank = ~explained.attribution.flatten(1).any(1)
    off = blank & (explained.activations == 0)
    notes = []
    for many, what in (
        (int(off.sum()), "the unit is off (its activation is 0)"),
        (int((blank & ~off).sum()), "nothing of its signal comes back to the picture"),
    ):
        if many:
            notes.append(f"on {many} of {len(blank)} pictures {what}: the map is blank")
    return notes
