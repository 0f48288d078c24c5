"""Record of one unit's dissection: its concepts with their IoUs, and masks to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.concept_words import spoken
from visualize.methods.dissection.limits import ceiling, chance
from visualize.methods.drawing.highlight import CONCEPT, OUTLINE, enlarged, highlight, outlined
from visualize.methods.drawing.legend import Key, lined
from visualize.methods.drawing.panel import Panel, figure
from visualize.methods.result import Result, UnitName

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from visualize.methods.dissection.certainty import Certainty
    from visualize.methods.dissection.composition.formula import Composed
    from visualize.methods.dissection.composition.ranges import Range
    from visualize.methods.dissection.scores import Verdict
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept, Labelled
    from visualize.methods.provenance import Json

_COLOURS = (CONCEPT, (255, 110, 199), (110, 230, 90), (255, 150, 60), (190, 140, 255))  # of a formula's concepts, RGB


@dataclass(frozen=True, kw_only=True)
class DissectionResult(Result):
    """How well one unit's mask matches every concept of a labelled probe set.

    Args:
        images: the probe set.
        preparation: how its pictures became the network's input.
        verdict: the best concept, overall and of each category.
        cut: the IoU above which the unit is a detector.
        threshold: the activation that the mask lies above.
        concepts: the concepts that the arrays below list, in their order.
        iou: the IoU with each concept, 0..1.
        intersection: label-map pixels that mask and concept share.
        truth: pixels of each concept.
        activation: category -> pixels of the mask in the pictures that are annotated in it.
        indices: the places in the set of the pictures that excite the unit most, best first.
        peaks: the unit's largest activation on each of these.
        masks: count x rows x columns, the unit's mask on each of these at the resolution of the label maps.
        scanned: how many pictures the network has seen.
        broken: the names of the pictures and labels that could not be read.
        area: label-map pixels of the pictures that are annotated in the best concept's category.
        composed: the best formula of several concepts; None where none was asked for, or none meets the mask.
        ranges: the unit's ranges of activation, lowest first, each with its formula; empty where none were asked for.

    Example:
        >>> from visualize.methods import Dissection, Preparation, Probe
        >>> from visualize.methods.testing.subjects import LabelledNoise
        >>> from torch import nn
        >>> pictures, labels = np.zeros((4, 20, 28, 3), np.uint8), np.zeros((10, 14), int)
        >>> pictures[:, 4:12, 6:20, 0], labels[2:6, 3:10] = 255, 1  # "car", the set's first concept, is red
        >>> labelled = LabelledNoise(list(pictures), [{"object": [labels]}] * 4)
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(2)), prepare=Preparation((20, 28)))
        >>> (result,) = Dissection(quantile=0.2)(probe, probe.unit("0:0"), labelled)
        >>> result.label, result.category, result.score, result.detector
        ('car', 'object', 1.0, True)
        >>> result.ceiling, round(result.chance, 3)  # mask and concept are of one size, a fifth of the label maps
        (1.0, 0.111)
        >>> bool((result.masks[0] == result.concept_mask(0)).all())
        True
        >>> result.panels()[0].caption.splitlines()
        ['1.00, car on 100% of the mask', 'noise/0']
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
    area: int = 0
    composed: Composed | None = None
    ranges: tuple[Range, ...] = ()

    @property
    def ceiling(self) -> float:
        """Largest IoU that a mask of the unit's size can have with its best concept, 0..1; 0 where there is none."""
        best = self.verdict.bests.get(self.category)
        return 0.0 if best is None else float(ceiling(best.activation, best.truth))

    @property
    def chance(self) -> float:
        """IoU that the two have when they lie anywhere, each without regard to the other; 0 where there is none."""
        best = self.verdict.bests.get(self.category)
        if best is None or not self.area:
            return 0.0
        return float(chance(best.activation / self.area, best.truth / self.area))

    @property
    def named(self) -> UnitName:
        """The best concept, as a name for the unit."""
        sure = self.verdict.certainty
        interval = None if sure is None else (sure.low, sure.high)
        return UnitName(label=self.label, category=self.category, iou=self.score, cut=self.cut, interval=interval)

    @property
    def certainty(self) -> Certainty | None:
        """How sure the name is; None where that was not measured, or there is no name."""
        return self.verdict.certainty

    @property
    def label(self) -> str:
        """The concept that fits best; empty where the mask meets none."""
        return self.verdict.label

    @property
    def category(self) -> str:
        """The category of the best concept; empty where the mask meets none."""
        return self.verdict.category

    @property
    def score(self) -> float:
        """The IoU with the best concept, 0..1."""
        return self.verdict.iou

    @property
    def detector(self) -> bool:
        """Whether the unit is a detector: its IoU with the best concept is above the cut."""
        return self.score > self.cut

    @property
    def _spoken(self) -> str:
        return spoken(self.category, self.label)

    @property
    def formula(self) -> str:
        """The best formula of several concepts in words, such as ``"(water OR sky) AND NOT boat"``; or empty."""
        return "" if self.composed is None else self.composed.formula.words(self._name)

    @property
    def told_ranges(self) -> tuple[str, ...]:
        """Words on each range of activation, and the formula that fits it best."""
        total = sum(item.positions for item in self.ranges)
        return tuple(
            f"{item.told(total)}: "
            + ("no concept" if item.best is None else f"{item.best.formula.words(self._name)}, IoU {item.best.iou:.3g}")
            for item in self.ranges
        )

    def _name(self, column: int) -> str:
        return spoken(self.concepts[column].category, self.concepts[column].name)

    def concept_mask(self, place: int) -> NDArray[np.bool_]:
        """Where the best concept is labelled on top image ``place``: rows x columns of the label map."""
        pairs = ((concept.category, concept.name) for concept in self.concepts)
        column = next((column for column, pair in enumerate(pairs) if pair == (self.category, self.label)), None)
        return np.zeros(self.masks.shape[1:], np.bool_) if column is None else self.labelled(place, column)

    def labelled(self, place: int, column: int) -> NDArray[np.bool_]:
        """Where a concept of ``concepts`` is labelled on top image ``place``: rows x columns of the label map."""
        mask = np.zeros(self.masks.shape[1:], np.bool_)
        for maps in self.images.labels(self.indices[place], self.preparation).values():
            for label_map in maps:
                mask |= np.asarray(label_map) == self.concepts[column].number
        return mask

    @property
    def _parts(self) -> dict[int, tuple[int, int, int]]:
        """Columns of the formula's concepts, each with the colour of its outline; none without a formula."""
        columns = dict.fromkeys(() if self.composed is None else self.composed.formula.columns)
        return dict(zip(columns, _COLOURS, strict=False))

    @property
    def shows(self) -> str | None:
        """Sentence for a figure's reader where several concepts are outlined."""
        return "Where it fires (yellow) on its best photographs, and its formula's concepts." if self._parts else None

    @property
    def legend(self) -> tuple[Key, ...]:
        """The lines in the pictures."""
        fires = lined(OUTLINE, "where the unit fires: its activation is above its threshold")
        if parts := self._parts:
            named = [lined(colour, f"where {self._name(column)} is labelled") for column, colour in parts.items()]
            return (fires, *named)
        return (fires, lined(CONCEPT, f"where {self._spoken} is labelled")) if self.label else (fires,)

    def panels(self) -> tuple[Panel, ...]:
        """The top images: all paler where the unit does not fire, and the outline of its concept as labelled there.

        Of a formula each concept is outlined, in a colour of its own.
        """
        return tuple(self._panel(place) for place in range(len(self.indices)))

    def _panel(self, place: int) -> Panel:
        picture = self.images.load(self.indices[place], self.preparation)
        mask, file = self.masks[place], self.images.file(self.indices[place])
        shown = highlight(picture, enlarged(mask, picture))
        if self.composed is not None:
            for column, colour in self._parts.items():
                shown = outlined(shown, self.labelled(place, column), colour)
            held = self.composed.formula.where(lambda column: self.labelled(place, column))
            return Panel(shown, f"{figure(self.peaks[place])}, the formula on {_share(mask, held)} of the mask\n{file}")
        concept = self.concept_mask(place)
        words = f"{self._spoken} on {_share(mask, concept)} of the mask" if self.label else "no concept"
        return Panel(outlined(shown, concept), f"{figure(self.peaks[place])}, {words}\n{file}")

    def facts(self) -> dict[str, Json]:
        """Label, category, iou, its ceiling, chance and certainty, detector, threshold, bests by category and so on."""
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
            "ceiling": self.ceiling,
            "chance": self.chance,
            "detector": self.detector,
            "certainty": None if self.certainty is None else self.certainty.facts(),
            "formula": self._formula_facts(self.composed),
            "ranges": [
                {"low": item.low, "high": item.high, "positions": item.positions}
                | {"formula": self._formula_facts(item.best)}
                for item in self.ranges
            ],
            "threshold": self.threshold,
            "bests": bests,
            "images": images,
            "scanned": self.scanned,
            "broken": list(self.broken),
            "set": self.images.name,
        }

    def _formula_facts(self, best: Composed | None) -> Json:
        if best is None:
            return None
        return {
            "formula": best.formula.words(self._name),
            "iou": best.iou,
            "optimal": best.optimal,
            "single": self._name(best.single),
            "single_iou": best.single_iou,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The counts, and the masks of the top images.

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


def _share(mask: NDArray[np.bool_], concept: NDArray[np.bool_]) -> str:
    """How much of the unit's mask the concept covers."""
    return f"{int((mask & concept).sum()) / max(1, int(mask.sum())):.0%}"
