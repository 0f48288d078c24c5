"""Units that people named as their report knows them: networks, layers, and names by a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.annotation.records import Key
    from visualize.reports.site import Site

_BEST = 10  # concepts of a unit


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A unit as its report knows it.

    Args:
        model: the network's name.
        layer: the layer's name in the network.
        unit: its number.
        data: name of the probe set.
        dissected: whether the layer was measured.
        label: the concept that fits best; "" if none does.
        category: of it.
        iou: with it, 0..1.
        detector: whether that is above the cut.
        cut: the IoU above which a unit is a detector.
        others: further concepts that fit, by IoU, ten in all at the most.
    """

    model: str
    layer: str
    unit: int
    data: str = ""
    dissected: bool = False
    label: str = ""
    category: str = ""
    iou: float = 0.0
    detector: bool = False
    cut: float = 0.04
    others: tuple[str, ...] = ()


def measured(site: Site) -> Mapping[Key, Measured]:
    """Units of a report, by the name of their layer's folder and their number."""
    return {
        (layer.folder.name, unit.number): Measured(
            model=layer.facts.model,
            layer=layer.facts.layer,
            unit=unit.number,
            data=layer.facts.data,
            dissected=layer.facts.dissected,
            label=unit.label,
            category=unit.category,
            iou=unit.iou,
            detector=unit.detector,
            cut=layer.facts.cut,
            others=tuple(fit.name for fit in unit.facts.fits[1:_BEST]),
        )
        for layer in site.layers
        for unit in layer.units
    }
