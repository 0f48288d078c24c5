"""Network Dissection as a way of looking at units: what each one is called, and how sure that is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PIL import Image

from methods.dissection.settings import Alignment, Rectifier, Settings
from methods.dissection.whole import Dissected, dissect, masks
from methods.drawing import highlight
from methods.errors import InputError
from methods.labelled import Labelled
from methods.method import Json, Method, Needs, Progress, Provenance, Result
from methods.panel import Panel, figure
from methods.unit import Target, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from methods.dissection.scores import LayerScores, Verdict
    from methods.images import Images
    from methods.labelled import Concept
    from methods.panel import Picture
    from methods.preparation import Preparation
    from methods.probe import Probe

_CONCEPT = (0, 190, 255)


@dataclass(frozen=True, kw_only=True)
class DissectionResult(Result):
    """How well one unit's mask matches every concept of a labelled probe set.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        verdict: the best concept, overall and of each category.
        cut: the IoU above which the unit is a detector.
        threshold: the activation that the mask lies above.
        concepts: what the arrays' columns speak of.
        iou: with each concept, 0..1.
        intersection: label-map pixels that mask and concept share.
        truth: pixels of each concept.
        activation: category -> pixels of the mask in the pictures that are annotated in it.
        indices: of the pictures that excite the unit most, best first.
        peaks: the largest activation on each.
        masks: count x rows x columns, the unit's mask on each at the resolution of the label maps.
        scanned: how many pictures the network has seen.
        broken: the names of those that could not be read.
    """

    images: Labelled
    preparation: Preparation
    verdict: Verdict
    cut: float
    threshold: float
    concepts: tuple[Concept, ...]
    iou: NDArray[np.float64]
    intersection: NDArray[np.int64]
    truth: NDArray[np.int64]
    activation: NDArray[np.int64]
    indices: tuple[int, ...]
    peaks: tuple[float, ...]
    masks: NDArray[np.bool_]
    scanned: int
    broken: tuple[str, ...]

    @property
    def label(self) -> str:
        """The concept that fits best; empty where the mask meets none."""
        return self.verdict.label

    @property
    def category(self) -> str:
        """Of that concept."""
        return self.verdict.category

    @property
    def score(self) -> float:
        """The IoU with that concept, 0..1."""
        return self.verdict.iou

    @property
    def detector(self) -> bool:
        """Whether it is above the cut."""
        return self.score > self.cut

    def concept_mask(self, place: int) -> NDArray[np.bool_]:
        """Where the best concept is labelled on top image ``place``: rows x columns of the label map."""
        found = np.zeros(self.masks.shape[1:], np.bool_)
        number = next(
            (one.number for one in self.concepts if (one.category, one.name) == (self.category, self.label)), 0
        )
        if number:
            for maps in self.images.labels(self.indices[place], self.preparation).values():
                for one in maps:
                    found |= np.asarray(one) == number
        return found

    def panels(self) -> tuple[Panel, ...]:
        """The top images: all dimmed where the unit does not fire, and the outline of its concept as labelled there."""
        return tuple(self._panel(place) for place in range(len(self.indices)))

    def _panel(self, place: int) -> Panel:
        picture = self.images.load(self.indices[place], self.preparation)
        mask, concept = self.masks[place], self.concept_mask(place)
        shown = highlight(picture, _enlarged(mask, picture))
        edge = _edge(_enlarged(concept, picture))
        shown[edge] = _CONCEPT
        file = self.images.file(self.indices[place])
        words = f"{self.label} on {_share(mask, concept)} of the mask" if self.label else "no concept"
        return Panel(shown, f"{figure(self.peaks[place])}, {words}\n{file}")

    def facts(self) -> dict[str, Json]:
        """Label, category, iou, detector, threshold, bests (by category), images, scanned, broken (names), set."""
        bests: dict[str, Json] = {
            name: {
                "label": best.label,
                "iou": best.iou,
                "intersection": best.intersection,
                "activation": best.activation,
                "truth": best.truth,
            }
            for name, best in self.verdict.bests.items()
        }
        images: list[Json] = [
            {"file": self.images.file(index), "activation": peak}
            for index, peak in zip(self.indices, self.peaks, strict=True)
        ]
        return {
            "label": self.label,
            "category": self.category,
            "iou": self.score,
            "detector": self.detector,
            "threshold": self.threshold,
            "bests": bests,
            "images": images,
            "scanned": self.scanned,
            "broken": list(self.broken),
            "set": self.images.name,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The counts.

        ``iou``, ``intersection``, ``truth`` and ``numbers`` by concept; ``activation`` by category; ``indices``,
        ``peaks`` and ``masks`` by top image.
        """
        return {
            "iou": self.iou,
            "intersection": self.intersection,
            "truth": self.truth,
            "numbers": np.array([concept.number for concept in self.concepts], np.int64),
            "activation": self.activation,
            "indices": np.array(self.indices, np.int64),
            "peaks": np.array(self.peaks, np.float64),
            "masks": self.masks,
        }


@dataclass(frozen=True, kw_only=True)
class Dissection(Method):
    """What concept a unit's activation overlaps most, over a whole labelled probe set.

    Bau, Zhou, Khosla, Oliva and Torralba 2017, "Network Dissection", section 2. T is exceeded at 0.5 % of all positions
    and pictures; the mask of a unit is where its map, scaled up bilinearly, lies above T; a concept's score is the IoU
    of masks and labels over the pictures that are annotated in its category (equation 2). The threshold is the exact
    order statistic, and one run of the network over the set serves all units of all layers asked for. A unit's own
    position is not looked at: a concept is told by the whole map.

    Args:
        quantile: see :class:`~methods.dissection.settings.Settings`, as all others.
        cut: likewise.
        alignment: likewise.
        categories: likewise.
        minimum_area: likewise.
        rectifier: likewise.
        rotate: likewise; ``seed`` is that of the rotation.
        count: top images shown.

    Raises:
        InputError: a value that makes no sense.
    """

    name: ClassVar[str] = "dissect"
    title: ClassVar[str] = "Network Dissection"
    shows: ClassVar[str] = "Where it fires (yellow) on its best photographs, and its concept as labelled there (blue)."
    needs: ClassVar[Needs] = Needs.LABELLED
    by_default: ClassVar[bool] = False

    quantile: float = 0.005
    cut: float = 0.04
    alignment: Alignment = "receptive-field"
    categories: tuple[str, ...] | None = None
    minimum_area: int = 0
    rectifier: Rectifier = "as-is"
    rotate: float = 0.0
    count: int = 9

    def __post_init__(self) -> None:
        _ = self.settings

    @property
    def settings(self) -> Settings:
        """The same settings for the functions of this package."""
        return Settings(
            quantile=self.quantile,
            cut=self.cut,
            alignment=self.alignment,
            categories=self.categories,
            minimum_area=self.minimum_area,
            rectifier=self.rectifier,
            rotate=self.rotate,
            seed=self.seed,
            count=self.count,
        )

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[DissectionResult]:
        """Dissect the units' layers once for all of them.

        Raises:
            InputError: the probe set has no labels, or what :func:`~methods.dissection.whole.dissect` raises.
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


def _enlarged(mask: NDArray[np.bool_], picture: Picture) -> NDArray[np.bool_]:
    """A mask at the size of the picture."""
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BILINEAR)) > 127


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a region that have a neighbour outside it."""
    padded = np.pad(mask, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner)


def _share(mask: NDArray[np.bool_], concept: NDArray[np.bool_]) -> str:
    """How much of the unit's mask the concept covers."""
    return f"{int((mask & concept).sum()) / max(1, int(mask.sum())):.0%}"
