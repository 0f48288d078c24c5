"""From counts to names: IoU, the best concept of each unit, and both ways of counting detectors."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.agreement import PICTURES, SCORES, named_score, rank_p
from visualize.methods.dissection.certainty import Bootstrap, Certainty
from visualize.methods.errors import InputError, suggest
from visualize.methods.frames import frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.dissection.tally import Tally, Truth
    from visualize.methods.pictures.labelled import Concept

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Best:
    """The concept of one category that a unit's mask overlaps most.

    Args:
        label: the concept's name; empty where the mask meets no concept of the category at all.
        truth: label-map pixels of the concept.
        activation: pixels of the unit's mask in the pictures that are annotated in the category.
        intersection: pixels that concept and mask share.
        iou: intersection over union, 0..1.
    """

    label: str
    truth: float
    activation: float
    intersection: float
    iou: float


@dataclass(frozen=True)
class Verdict:
    """The name of one unit: the concept that fits best, overall and in each category.

    Args:
        unit: the number of the unit, from 0.
        category: the category of the concept that fits best; empty where none does.
        bests: for every category, the concept of it that fits best.
        certainty: how sure the name is; None where that was not measured, or there is no name.
    """

    unit: int
    category: str
    bests: Mapping[str, Best]
    certainty: Certainty | None = None

    @property
    def label(self) -> str:
        """The name of the concept that fits best; empty where none does."""
        return self.bests[self.category].label if self.category else ""

    @property
    def iou(self) -> float:
        """The IoU with the concept that fits best, 0..1; 0 where none does."""
        return self.bests[self.category].iou if self.category else 0.0


@dataclass(frozen=True)
class Count:
    """How many units are detectors, and of how many different concepts.

    Args:
        detectors: units (or, counted once per category, pairs of a unit and a category) above the cut.
        concepts: the different concepts among them.
        by_category: category -> (detectors, different concepts), in the table's order.
    """

    detectors: int
    concepts: int
    by_category: Mapping[str, tuple[int, int]]


def count(verdicts: Sequence[Verdict], categories: Sequence[str], cut: float, *, once_per_category: bool) -> Count:
    """Count detectors: units whose concept has an IoU above ``cut``.

    Args:
        verdicts: one for each unit.
        categories: names of categories, in the order wanted.
        cut: the IoU that a detector exceeds; 0.04 in Bau et al. 2017.
        once_per_category: False counts every unit for its best concept alone (the talk's "118 of 256 units", 72
            concepts); True counts it in every category in which it has a concept above the cut (the paper's "unique
            detectors").
    """
    pairs = [
        (name, verdict.bests[name].label)
        for verdict in verdicts
        for name in (categories if once_per_category else [verdict.category])
        if name in verdict.bests and verdict.bests[name].label and verdict.bests[name].iou > cut
    ]
    each = {name: [label for category, label in pairs if category == name] for name in categories}
    return Count(
        len(pairs),
        len(set(pairs)),
        MappingProxyType({name: (len(labels), len(set(labels))) for name, labels in each.items()}),
    )


@dataclass(frozen=True)
class LayerScores:
    """The dissection of one layer.

    Args:
        layer: the name of the layer.
        concepts: the columns of the table.
        categories: the names of the categories, in the probe set's order.
        thresholds: the threshold of every unit.
        intersection: units x concepts, label-map pixels that masks and concepts share.
        activation: units x categories, pixels of the masks in the pictures annotated in each.
        truth: label-map pixels of each concept.
        annotated: how many pictures are annotated in each category.
        minimum_area: concepts of fewer pixels are never a unit's best.
        top_indices: units x count, the pictures that excite each unit most, best first; -1 for none.
        top_peaks: units x count, the unit's largest activation on each of these pictures.
        area: label-map pixels of the pictures that are annotated in each category; None if they were not counted.
        pixels: label-map pixels of all pictures.
        sure: how sure the names are; None if that was not measured.
        score: by which of :data:`~visualize.methods.dissection.agreement.SCORES` units are named, of pixels or, behind
            ``"picture-"``, of whole pictures.
        both_pictures: units x concepts, pictures in which the mask covers something and the concept occurs; None if
            they were not counted.
        mask_pictures: units x categories, annotated pictures in which the mask covers something; likewise.
        concept_pictures: pictures in which each concept occurs; likewise.
    """

    layer: str
    concepts: tuple[Concept, ...]
    categories: tuple[str, ...]
    thresholds: NDArray[Any]
    intersection: Ints
    activation: Ints
    truth: Ints
    annotated: Ints
    minimum_area: int
    top_indices: Ints
    top_peaks: NDArray[Any]
    area: Ints | None = None
    pixels: int = 0
    sure: Bootstrap | None = None
    score: str = "iou"
    both_pictures: Ints | None = None
    mask_pictures: Ints | None = None
    concept_pictures: Ints | None = None

    def __repr__(self) -> str:
        """Layer, units, concepts and categories, in one line."""
        return (
            f"<{type(self).__name__} of {self.layer}: {self.units} units, {len(self.concepts)} concepts "
            f"({', '.join(self.categories)})>"
        )

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """The table as one of pandas: a row for each unit, with its best concept and its IoU with every concept.

        Columns: unit (from 0), label, category, iou, threshold, those of a :class:`Certainty` if it was measured, and
        ``category:name`` for each concept.

        Raises:
            InputError: pandas is not installed.
        """
        names = [f"{concept.category}:{concept.name}" for concept in self.concepts]
        return frame(
            [
                {
                    "unit": verdict.unit,
                    "label": verdict.label,
                    "category": verdict.category,
                    "iou": verdict.iou,
                    "threshold": float(self.thresholds[verdict.unit]),
                    **({} if verdict.certainty is None else verdict.certainty.facts()),
                    **dict(zip(names, row, strict=True)),
                }
                for verdict, row in zip(self.verdicts(), self.iou.tolist(), strict=True)
            ]
        )

    @property
    def units(self) -> int:
        """How many units the layer has."""
        return len(self.thresholds)

    @property
    def category(self) -> Ints:
        """The number of each concept's category."""
        return np.array([self.categories.index(concept.category) for concept in self.concepts])

    @property
    def iou(self) -> NDArray[np.float64]:
        """Units x concepts, 0..1 (Bau et al. 2017, equation 2); 0 for a concept that never occurs."""
        union = self.activation[:, self.category] + self.truth - self.intersection
        iou: NDArray[np.float64] = np.divide(self.intersection, union, out=np.zeros(union.shape), where=union > 0)
        return iou

    @property
    def may_name(self) -> NDArray[np.bool_]:
        """For each concept whether it may be a unit's best: it is as large as the least area that was asked for."""
        return self.truth >= self.minimum_area

    @property
    def naming(self) -> NDArray[np.float64]:
        """Units x concepts, the score of what may be a unit's best and 0 of what may not."""
        return np.where(self.may_name & (self.intersection > 0), self.scored(self.score), 0.0)

    def scored(self, name: str) -> NDArray[np.float64]:
        """Units x concepts, one of :data:`~visualize.methods.dissection.agreement.SCORES`.

        Args:
            name: of the score, for that of pixels; behind ``"picture-"`` that of whole pictures.

        Raises:
            InputError: there is no such score, or the table does not say how many pixels are labelled, as older ones do
                not, or in how many pictures there is something.
        """
        score = named_score(name)
        if score is None:
            raise InputError(f"there is no score {name!r}{suggest(name, SCORES)}; choose one of {', '.join(SCORES)}")
        return self.iou if name == "iou" else score.function(*self._counts(pictures=name.startswith(PICTURES)))

    def rank_p(self, *, pictures: bool = False) -> NDArray[np.float64]:
        """Units x concepts, one-sided p-values of Mann and Whitney's test beside the scores ``"auroc"``.

        See :func:`~visualize.methods.dissection.agreement.rank_p`.

        Args:
            pictures: those of ``"picture-auroc"``, of whole pictures in place of pixels.

        Raises:
            InputError: as :meth:`scored` does.
        """
        return rank_p(*self._counts(pictures=pictures))

    def _counts(self, *, pictures: bool) -> tuple[Ints, Ints, Ints, Ints]:
        """Pixels, or pictures: shared by mask and concept, of each, and all; in shapes that go together."""
        category = self.category
        if not pictures:
            if self.area is None:
                raise InputError(f"this table of {self.layer} does not say how many pixels are labelled; dissect again")
            return self.intersection, self.activation[:, category], self.truth, self.area[category]
        if self.both_pictures is None or self.mask_pictures is None or self.concept_pictures is None:
            raise InputError(f"this table of {self.layer} has no counts of pictures; dissect with --score picture-f1")
        return self.both_pictures, self.mask_pictures[:, category], self.concept_pictures, self.annotated[category]

    @property
    def order(self) -> Ints:
        """The concepts in the order in which the first of equals is best: by category, then by column."""
        return np.argsort(self.category, kind="stable")

    @property
    def best(self) -> tuple[Ints, Ints]:
        """The columns of each unit's best concept and of its second best; -1 for none."""
        naming, order = self.naming, self.order
        ranked = order.take(np.argsort(-naming.take(order, 1), 1, kind="stable")[:, :2])
        ranked = np.where(np.take_along_axis(naming, ranked, 1) > 0, ranked, -1)
        second = ranked[:, 1] if ranked.shape[1] > 1 else np.full(len(ranked), -1)
        return ranked[:, 0], second

    def verdicts(self) -> list[Verdict]:
        """Verdicts on all units; of concepts with equal IoU, the one with the lower number is best."""
        iou, category = self.iou, self.category
        allowed, sure = self.naming, self._certainties()
        bests: list[dict[str, Best]] = [{} for _ in range(self.units)]
        for number, name in enumerate(self.categories):
            columns = np.flatnonzero(category == number)
            if not len(columns):
                for unit, best in enumerate(bests):
                    best[name] = self._none(unit, number)
                continue
            places = columns[allowed[:, columns].argmax(1)]
            for unit, (place, best) in enumerate(zip(places.tolist(), bests, strict=True)):
                good = allowed[unit, place] > 0
                best[name] = self._best(unit, number, place, iou) if good else self._none(unit, number)
        names = ["" if first < 0 else self.concepts[first].category for first in self.best[0].tolist()]
        return [
            Verdict(unit, name, MappingProxyType(best), sure.get(unit))
            for unit, (name, best) in enumerate(zip(names, bests, strict=True))
        ]

    def _certainties(self) -> dict[int, Certainty]:
        """How sure the units' names are, of those that have one."""
        if self.sure is None:
            return {}
        naming, result = self.naming, {}
        for unit, (first, second) in enumerate(zip(*(places.tolist() for places in self.best), strict=True)):
            interval = self.sure.interval(unit, first)
            if interval is None:
                continue
            next_best = None if second < 0 else self.concepts[second]
            result[unit] = Certainty(
                low=interval[0],
                high=interval[1],
                kept=float(self.sure.kept[unit]),
                margin=float(naming[unit, first] - (naming[unit, second] if next_best else 0.0)),
                second=next_best.name if next_best else "",
                second_category=next_best.category if next_best else "",
            )
        return result

    def _best(self, unit: int, category: int, concept: int, iou: NDArray[np.float64]) -> Best:
        return Best(
            self.concepts[concept].name,
            int(self.truth[concept]),
            int(self.activation[unit, category]),
            int(self.intersection[unit, concept]),
            float(iou[unit, concept]),
        )

    def _none(self, unit: int, category: int) -> Best:
        return Best("", 0, int(self.activation[unit, category]), 0, 0.0)


def scores(
    layer: str,
    tally: Tally,
    truth: Truth,
    *,
    thresholds: NDArray[Any],
    minimum_area: int,
    top: tuple[Ints, NDArray[Any]],
) -> LayerScores:
    """Scores of a layer, from its finished counts.

    Args:
        layer: the name of the layer.
        tally: the counts of the layer's units.
        truth: the counts of the probe set.
        thresholds: the thresholds of the layer's units.
        minimum_area: see :class:`~visualize.methods.dissection.settings.Settings`.
        top: indices and peaks of the top images, each units x count.
    """
    vocabulary = tally.vocabulary
    return LayerScores(
        layer,
        vocabulary.concepts,
        vocabulary.categories,
        thresholds,
        tally.intersection,
        tally.activation,
        truth.concepts,
        truth.pictures,
        minimum_area,
        top[0],
        top[1],
        truth.categories,
    )
