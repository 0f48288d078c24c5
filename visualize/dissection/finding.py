"""Units that fit a concept, out of the full tables of dissections: every unit of every layer, the best first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from visualize.dissection.at_hand import Finished, finished, given
from visualize.dissection.concept_names import fitting, plain
from visualize.dissection.results import read_scores
from visualize.methods.dissection import limits
from visualize.methods.errors import InputError, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.dissection.concept_names import Concept
    from visualize.methods.dissection.scores import LayerScores
    from visualize.methods.provenance import Json

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well one unit fits one concept.

    Args:
        model: the network's name.
        layer: the layer's name.
        unit: the unit's number, from 0.
        category: the concept's category.
        concept: the concept's name.
        iou: intersection over union of the unit's mask and the concept, in 0..1.
        rank: the unit's place among all units that were looked at for this concept, from 1.
        label: the unit's own label, the concept that fits it best of all; empty if its mask meets none.
        label_category: the category of its own label.
        label_iou: the IoU with its own label.
        own: whether the concept is the unit's own label.
        detector: whether the IoU is above the dissection's cut.
        ceiling: largest IoU that a mask as large as the unit's can have with the concept.
        chance: IoU that a mask as large as the unit's has when it lies anywhere; None if the table does not say how
            large the label maps are, as older ones do not.
        out_of_reach: whether no unit of the layer can pass the cut, for the concept's size alone; None if the table
            does not say.
        cut: the IoU above which a unit is a detector.
        quantile: the part of all positions that a unit's mask covers.
        data: the probe set's name.
        folder: the dissection's folder.
        interval: lower and upper end of the IoU's 95 % interval; None where that was not measured.

    Example:
        >>> sizes = {"ceiling": 0.2, "chance": 0.004, "out_of_reach": False, "cut": 0.04, "quantile": 0.005}
        >>> own = {"label": "car", "label_category": "object", "label_iou": 0.06, "own": True, "detector": True}
        >>> car = {"category": "object", "concept": "car", "iou": 0.06, "rank": 1}
        >>> Fit(model="net", layer="conv5", unit=79, data="scenes", folder="out", **car, **own, **sizes).name
        'conv5:79'
    """

    model: str
    layer: str
    unit: int
    category: str
    concept: str
    iou: float
    rank: int
    label: str
    label_category: str
    label_iou: float
    own: bool
    detector: bool
    ceiling: float
    chance: float | None
    out_of_reach: bool | None
    cut: float
    quantile: float
    data: str
    folder: str
    interval: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """The unit with its layer, as ``viz unit --unit`` takes it."""
        return f"{self.layer}:{self.unit}"

    def document(self) -> dict[str, Json]:
        """The record for JSON; ``set`` is the probe set's name, ``low`` and ``high`` are the interval's ends."""
        held = dict(vars(self))
        held["set"] = held.pop("data")
        held["low"], held["high"] = held.pop("interval") or (None, None)
        return held


def find(
    concept: str,
    *folders: str | Path,
    layer: str | Sequence[str] = ALL,
    top: int = 5,
    model: str | Sequence[str] | None = None,
    data: str | None = None,
) -> list[Fit]:
    """Rank every unit of every layer by its IoU with a concept, from the full tables of dissections.

    A unit counts whatever its own label is. A name that stands for concepts of several categories gives a ranking for
    each, one after the other.

    Args:
        concept: its name: capitals and plurals do not matter, and ``"object:street"`` says the category too.
        folders: dissections, or folders that hold them; by default those in ``viz-out``, in the working folder and in
            the folders in it. Of several with the same weights, set and settings the newest counts.
        layer: names of layers; all by default.
        top: units for each concept.
        model: names of models; all by default.
        data: a probe set, by its name or by where it lies; all by default.

    Returns:
        the best first; of equal IoUs the order is that of the dissections, layers and units.

    Raises:
        InputError: there is no dissection, layer, model or concept of that name; the message names close ones.
    """
    if top < 1:
        raise InputError(f"top is 1 or more, not {top}")
    held = _dissections(folders, _several(model), data)
    tables = _tables(held, _several(layer))
    known = [(item.category, item.name) for _, scores in tables for item in scores.concepts]
    return [fit for wanted in _meant(concept, known) for fit in ranked(tables, wanted)[:top]]


def ranked(tables: Sequence[tuple[Finished, LayerScores]], concept: Concept) -> list[Fit]:
    """Fits of all units that meet a concept, the best first.

    Args:
        tables: layers, each with the dissection that it is of.
        concept: category and name, the latter without Broden's letters.
    """
    fits = [fit for held, scores in tables for fit in _fits(held, scores, concept)]
    fits.sort(key=lambda fit: -fit.iou)
    return [replace(fit, rank=rank) for rank, fit in enumerate(fits, 1)]


def ious(scores: LayerScores, place: int) -> NDArray[np.float64]:
    """The IoU of every unit with the concept in one column of the table."""
    both = scores.intersection[:, place]
    union = scores.activation[:, scores.category[place]] + scores.truth[place] - both
    iou: NDArray[np.float64] = np.divide(both, union, out=np.zeros(union.shape), where=union > 0)
    return iou


def columns(scores: LayerScores) -> dict[Concept, int]:
    """The numbers of the table's columns by concept: category and name, the latter without Broden's letters."""
    places: dict[Concept, int] = {}
    for place, item in enumerate(scores.concepts):
        places.setdefault((item.category, plain(item.category, item.name)), place)
    return places


@dataclass(frozen=True, eq=False)
class Sizes:
    """Limits of the IoU with one concept, for each unit by the size of its own mask.

    Args:
        ceiling: largest IoU that the unit's mask can have with the concept.
        chance: IoU that it has when it lies anywhere; None if the table does not say how large the label maps are.
        out_of_reach: whether no unit of the layer can pass the cut; None if the table does not say.
    """

    ceiling: NDArray[np.float64]
    chance: NDArray[np.float64] | None
    out_of_reach: bool | None

    @classmethod
    def of(cls, scores: LayerScores, place: int, quantile: float, cut: float) -> Sizes:
        """Limits for the concept in one column of the table."""
        category = scores.category[place]
        masks, truth = scores.activation[:, category], scores.truth[place]
        area = 0 if scores.area is None else int(scores.area[category])
        whole = limits.limits(scores, quantile)
        return cls(
            limits.ceiling(masks, truth),
            limits.chance(masks / area, truth / area) if area else None,
            None if whole is None else bool(whole.out_of_reach(cut)[place]),
        )


def _fits(held: Finished, scores: LayerScores, concept: Concept) -> list[Fit]:
    place = columns(scores).get(concept)
    if place is None:
        return []
    fit, verdicts = ious(scores, place), scores.verdicts()
    sizes = Sizes.of(scores, place, held.quantile, held.cut)
    return [
        Fit(
            model=held.model, layer=scores.layer, unit=unit, category=concept[0], concept=concept[1],
            iou=float(fit[unit]), rank=0, label=plain(verdicts[unit].category, verdicts[unit].label),
            label_category=verdicts[unit].category, label_iou=verdicts[unit].iou,
            own=(verdicts[unit].category, verdicts[unit].label) == (concept[0], scores.concepts[place].name),
            detector=bool(fit[unit] > held.cut), ceiling=float(sizes.ceiling[unit]),
            chance=None if sizes.chance is None else float(sizes.chance[unit]), out_of_reach=sizes.out_of_reach,
            cut=held.cut, quantile=held.quantile, data=held.data, folder=str(held.folder),
            interval=None if scores.sure is None else scores.sure.interval(unit, place),
        )
        for unit in np.flatnonzero(fit > 0).tolist()
    ]  # fmt: skip


def _several(names: str | Sequence[str] | None) -> list[str]:
    """Names that are listed, also with commas; none stands for all."""
    items = [names] if isinstance(names, str) else list(names or [])
    listed = [part.strip() for item in items for part in item.split(",") if part.strip()]
    return [] if ALL in listed else listed


def _dissections(folders: Sequence[str | Path], models: Sequence[str], data: str | None) -> list[Finished]:
    """The dissections to look through: of units, and of these models and on this set."""
    held = [item for item in (given(folders) if folders else finished()) if not item.turned]
    if not held:
        raise InputError("no finished dissection is at hand; make one with viz dissect, or name the folder of one")
    for name in models:
        _require(name in {item.model for item in held}, f"of {name}", name, [item.model for item in held])
    held = [item for item in held if not models or item.model in models]
    if data is not None:
        known = [item.data for item in held]
        held = [item for item in held if item.is_on(data)]
        _require(bool(held), f"on {data}", data, known)
    return held


def _require(there: bool, what: str, name: str, known: Sequence[str]) -> None:  # noqa: FBT001 (a condition)
    names = list(dict.fromkeys(known))
    if not there:
        raise InputError(f"no dissection {what} is at hand{suggest(name, names)} (there is {', '.join(names)})")


def _tables(held: Sequence[Finished], layers: Sequence[str]) -> list[tuple[Finished, LayerScores]]:
    """The layers to look through, each with its dissection; of the same numbers made twice, those of the newer."""
    there = list(dict.fromkeys(name for item in held for name in item.layers))
    for name in layers:
        if name not in there:
            raise InputError(
                f"no dissection at hand has a layer {name!r}{suggest(name, there)} (it has {', '.join(there)})"
            )
    return [
        (item, read_scores(item.folder, name))
        for number, item in enumerate(held)
        for name in item.layers
        if (not layers or name in layers)
        and not any(name in newer.layers and newer.same_as(item) for newer in held[:number])
    ]


def _meant(concept: str, known: Sequence[Concept]) -> list[Concept]:
    """The concepts that are meant, without Broden's letters, so that those of different sets are one."""
    return list(dict.fromkeys((category, plain(category, name)) for category, name in fitting(concept, known)))
