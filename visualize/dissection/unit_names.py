"""Names of units by the newest dissection at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.dissection.at_hand import finished
from visualize.methods.errors import InputError
from visualize.methods.result import UnitName

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.dissection.at_hand import Finished
    from visualize.methods.network.probe import Probe


def unit_names(probe: Probe, layer: str) -> tuple[Callable[[int], UnitName], str] | None:
    """Names of a layer's units, and the folder of the dissection that gave them.

    Args:
        probe: the network; dissections of other weights, and of random directions, are left aside.
        layer: its own name.

    Returns:
        None where no dissection is at hand.
    """
    from visualize.dissection import read_scores

    for held in finished(probe.identity.name):
        if not _is_of(held, probe, layer):
            continue
        try:
            verdicts = read_scores(held.folder, layer).verdicts()
        except InputError:
            continue  # damaged: it is as if it were not at hand
        cut = held.cut

        def name(unit: int) -> UnitName:
            verdict = verdicts[unit]  # noqa: B023 (the function is returned at once)
            return UnitName(label=verdict.label, category=verdict.category, iou=verdict.iou, cut=cut)  # noqa: B023

        return name, str(held.folder)
    return None


def _is_of(held: Finished, probe: Probe, layer: str) -> bool:
    same = held.content["weights_sha256"] == probe.identity.weights_sha256
    return same and not held.turned and layer in held.layers
