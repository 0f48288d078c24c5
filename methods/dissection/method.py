"""Network Dissection as a way of looking at units: what each one is called, and how sure that is."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from methods.dissection.pipeline import Dissected, dissect, masks
from methods.dissection.result import DissectionResult
from methods.dissection.settings import Settings
from methods.errors import InputError
from methods.method import Method, Needs
from methods.pictures.labelled import Labelled
from methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from methods.dissection.scores import LayerScores, Verdict
    from methods.network.preprocessing import Preparation
    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.progress import Progress
    from methods.provenance import Provenance


@dataclass(frozen=True, kw_only=True)
class Dissection(Method, Settings):
    """What concept a unit's activation overlaps most, over a whole labelled probe set.

    Bau, Zhou, Khosla, Oliva and Torralba 2017, "Network Dissection", section 2. T is exceeded at 0.5 % of all positions
    and pictures; the mask of a unit is where its map, scaled up bilinearly, lies above T; a concept's score is the IoU
    of masks and labels over the pictures that are annotated in its category (equation 2). The threshold is the exact
    order statistic, and one run of the network over the set serves all units of all layers asked for. A unit's own
    position is not looked at: a concept is told by the whole map.

    Raises:
        InputError: a value that makes no sense.
    """

    name: ClassVar[str] = "dissect"
    title: ClassVar[str] = "Network Dissection"
    shows: ClassVar[str] = "Where it fires (yellow) on its best photographs, and its concept as labelled there (blue)."
    needs: ClassVar[Needs] = Needs.LABELLED
    by_default: ClassVar[bool] = False

    advice: ClassVar[str] = (
        "A card shows where the unit's concept is labelled. Tables of whole layers come from `viz dissect`."
    )
    examples: ClassVar[tuple[str, ...]] = ("unit --methods top,dissect",)

    def __post_init__(self) -> None:
        Settings.__post_init__(self)

    @property
    def settings(self) -> Settings:
        """The same settings for the functions of this package."""
        return Settings(**{item.name: getattr(self, item.name) for item in dataclasses.fields(Settings)})

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[DissectionResult]:
        """Dissect the units' layers once for all of them.

        Raises:
            InputError: the probe set has no labels, or what :func:`~methods.dissection.pipeline.dissect` raises.
        """
        if not isinstance(images, Labelled):
            name = "it" if images is None else images.name
            raise InputError(f"dissection needs labelled pictures, and {name} has no labels; give a labelled probe set")
        began = time.perf_counter()
        single = [unit for unit in units if isinstance(unit, Unit)]
        layers = list(dict.fromkeys(unit.layer for unit in single))
        found = dissect(probe, layers, images, self.settings, progress=progress)
        masked = {
            layer: self._masks(found, layer, [unit for unit in single if unit.layer == layer]) for layer in layers
        }
        verdicts = {layer: one.verdicts() for layer, one in found.layers.items()}
        seconds = (time.perf_counter() - began) / len(single)
        provenance = self.provenance(probe, seconds)
        return [
            self._result(
                unit, found, verdicts[unit.layer][unit.index], masked[unit.layer], (images, probe.prepare), provenance
            )
            for unit in single
        ]

    def _masks(self, found: Dissected, layer: str, units: Sequence[Unit]) -> dict[tuple[int, int], NDArray[np.bool_]]:
        top = found.layers[layer].top_indices
        pairs = {(unit.index, int(index)) for unit in units for index in top[unit.index] if index >= 0}
        return masks(found.store, layer, found.evaluators[layer], sorted(pairs))

    def _result(
        self,
        unit: Unit,
        found: Dissected,
        verdict: Verdict,
        masked: dict[tuple[int, int], NDArray[np.bool_]],
        seen: tuple[Labelled, Preparation],
        provenance: Provenance,
    ) -> DissectionResult:
        layer: LayerScores = found.layers[unit.layer]
        indices = tuple(int(index) for index in layer.top_indices[unit.index] if index >= 0)
        return DissectionResult(
            unit=unit,
            provenance=provenance,
            notes=_notes(unit, layer, verdict, found),
            images=seen[0],
            preparation=seen[1],
            verdict=verdict,
            cut=self.cut,
            threshold=float(layer.thresholds[unit.index]),
            concepts=layer.concepts,
            iou=layer.iou[unit.index],
            intersection=layer.intersection[unit.index].copy(),
            truth=layer.truth,
            activation=layer.activation[unit.index].copy(),
            indices=indices,
            peaks=tuple(layer.top_peaks[unit.index, : len(indices)].tolist()),
            masks=np.stack([masked[unit.index, index] for index in indices]),
            scanned=found.scanned,
            broken=found.broken,
        )


def _notes(unit: Unit, layer: LayerScores, verdict: Verdict, found: Dissected) -> tuple[str, ...]:
    notes = []
    if found.broken:
        notes.append(f"{len(found.broken)} pictures or label maps of the set could not be read and were skipped")
    if not layer.activation[unit.index].any():
        notes.append("the unit never rises above its threshold in an annotated picture, so its mask is empty")
    elif not verdict.label:
        notes.append("the unit's mask meets no labelled concept")
    if unit.position is not None:
        notes.append("a concept is told by the unit's whole map, not by one position of it")
    return tuple(notes)
