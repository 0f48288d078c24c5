"""Records of single units, out of a dissection of their layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.concept_words import spoken
from visualize.methods.dissection.pipeline import Dissected, masks
from visualize.methods.dissection.result import DissectionResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.dissection.composition.formula import Composed
    from visualize.methods.dissection.composition.ranges import Range
    from visualize.methods.dissection.scores import LayerScores, Verdict
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.provenance import Provenance
    from visualize.methods.unit import Unit


def records(
    dissected: Dissected,
    units: Sequence[Unit],
    images: Labelled,
    preparation: Preparation,
    provenance: Provenance,
    *,
    cut: float,
) -> list[DissectionResult]:
    """Record of each unit, as a dissection found it.

    Args:
        dissected: a dissection of the units' layers.
        units: the units that records are made of.
        images: the probe set.
        preparation: how its pictures became the network's input.
        provenance: the provenance that every record gets.
        cut: the IoU above which a unit is a detector.
    """
    layers = dict.fromkeys(unit.layer for unit in units)
    masked = {layer: _masks(dissected, layer, [unit for unit in units if unit.layer == layer]) for layer in layers}
    verdicts = {layer: scores.verdicts() for layer, scores in dissected.layers.items()}

    def record(unit: Unit) -> DissectionResult:
        layer, verdict = dissected.layers[unit.layer], verdicts[unit.layer][unit.index]
        indices = tuple(int(index) for index in layer.top_indices[unit.index] if index >= 0)
        return DissectionResult(
            unit=unit,
            provenance=provenance,
            notes=_notes(unit, layer, verdict, dissected),
            images=images,
            preparation=preparation,
            verdict=verdict,
            cut=cut,
            threshold=float(layer.thresholds[unit.index]),
            concepts=layer.concepts,
            iou=layer.iou[unit.index],
            intersection=layer.intersection[unit.index].copy(),
            truth=layer.truth,
            activation=layer.activation[unit.index].copy(),
            indices=indices,
            peaks=tuple(layer.top_peaks[unit.index, : len(indices)].tolist()),
            masks=np.stack([masked[unit.layer][unit.index, index] for index in indices]),
            scanned=dissected.scanned,
            broken=dissected.broken,
            area=_area(layer, verdict.category),
            composed=_composed(dissected, unit),
            ranges=_ranges(dissected, unit),
        )

    resamples = {name: 0 if scores.sure is None else scores.sure.resamples for name, scores in dissected.layers.items()}
    return [_with_formula(_told(record(unit), resamples[unit.layer])) for unit in units]


def _composed(dissected: Dissected, unit: Unit) -> Composed | None:
    """The unit's best formula, if formulas were asked for."""
    composition = dissected.composed.get(unit.layer)
    return None if composition is None else composition.best[unit.index]


def _ranges(dissected: Dissected, unit: Unit) -> tuple[Range, ...]:
    """The unit's ranges of activation, if any were asked for."""
    composition = dissected.composed.get(unit.layer)
    return composition.ranges[unit.index] if composition is not None and composition.ranges else ()


def _with_formula(result: DissectionResult) -> DissectionResult:
    """The record, with sentences on its best formula, and on those of its ranges of activation."""
    best = result.composed
    if best is None:
        return replace(result, notes=(*result.notes, *result.told_ranges))
    proven = "proven to be the best" if best.optimal else "the best that was found"
    said = f"of several concepts: {result.formula}, IoU {best.iou:.3g} ({proven} of its length)"
    return replace(result, notes=(*result.notes, said, *result.told_ranges))


def _masks(dissected: Dissected, layer: str, units: Sequence[Unit]) -> dict[tuple[int, int], NDArray[np.bool_]]:
    """The masks of some units of a layer on their top images."""
    top = dissected.layers[layer].top_indices
    pairs = {(unit.index, int(index)) for unit in units for index in top[unit.index] if index >= 0}
    return masks(dissected.store, layer, dissected.evaluators[layer], sorted(pairs))


def _told(result: DissectionResult, resamples: int) -> DissectionResult:
    """The record, with a sentence on how sure the name is, and one on the IoU that sizes alone allow."""
    if not result.label or not result.area:
        return result
    name = spoken(result.category, result.label)
    limits = f"reaches an IoU of {result.ceiling:.3g} with {name} at most, and has {result.chance:.3g} by chance"
    sure = () if result.certainty is None else (result.certainty.told(name, resamples),)
    return replace(result, notes=(*result.notes, *sure, f"a mask of this size {limits}"))


def _area(layer: LayerScores, category: str) -> int:
    """Label-map pixels of the pictures that are annotated in a category; 0 where they were not counted."""
    if layer.area is None or category not in layer.categories:
        return 0
    return int(layer.area[layer.categories.index(category)])


def _notes(unit: Unit, layer: LayerScores, verdict: Verdict, dissected: Dissected) -> tuple[str, ...]:
    notes = []
    if dissected.broken:
        notes.append(f"{len(dissected.broken)} pictures or label maps of the set could not be read and were skipped")
    if not layer.activation[unit.index].any():
        notes.append("the unit never rises above its threshold in an annotated picture, so its mask is empty")
    elif not verdict.label:
        notes.append("the unit's mask meets no labelled concept")
    if unit.position is not None:
        notes.append("a concept is told by the unit's whole map, not by one position of it")
    return tuple(notes)
