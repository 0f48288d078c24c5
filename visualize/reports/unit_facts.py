"""Facts of units: what a dissection says of each, and how strongly it answers."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.dissection import read_scores
from visualize.methods.concept_words import spoken
from visualize.methods.unit import Unit
from visualize.reports.records import Activity, Fit, UnitFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.cards.dissection_labels import Names
    from visualize.methods.dissection.scores import LayerScores
    from visualize.methods.network.probe import Probe
    from visualize.reports.wording import Wording

_BEST = 10  # concepts of each unit
_SAID = frozenset({"label", "category", "iou", "folder", "set", "quantile", "cut", "detector"})  # elsewhere on the page
_CALLED = {
    "ceiling": "largest IoU for its size",
    "chance": "IoU by chance",
    "out of reach": "size alone rules a detector out",
    "low": "lower end of the 95 % interval",
    "high": "its upper end",
    "kept": "share of draws that keep the name",
    "margin": "IoU ahead of the next concept",
    "second": "next concept",
    "second category": "its category",
}
"""What facts are called on a page, by the name that JSON has for them."""


@dataclass(frozen=True, eq=False)
class Facts:
    """Gives the facts of a layer's units.

    Args:
        probe: the network.
        layer: the layer's name.
        names: of the units, by a dissection; None without one.
        activity: histograms of the units' activations.
        wording: takes paths out of words.
    """

    probe: Probe
    layer: str
    names: Names | None
    activity: Sequence[Activity] | None
    wording: Wording

    def of(self, unit: int) -> UnitFacts:
        """Facts of a unit."""
        classes = self.probe.classes
        facts = UnitFacts(
            unit=unit,
            class_name=classes[unit] if len(classes) == self.probe.layer(self.layer).units else "",
            activity=None if self.activity is None else self.activity[unit],
        )
        if self.names is None:
            return facts
        named = self.names.named(Unit(self.layer, unit))
        told = {name: value for name, value in named.facts().items() if name not in _SAID}
        return UnitFacts(
            unit=unit,
            class_name=facts.class_name,
            activity=facts.activity,
            fits=self._fits(unit),
            threshold=float(self._scores.thresholds[unit]),
            interval=named.name.interval,
            facts=tuple((_CALLED.get(name, name), value) for name, value in self.wording.facts(told)),
            lines=self.wording.lines(named.notes[1:]),  # the first says where the dissection lies
        )

    @functools.cached_property
    def _scores(self) -> LayerScores:
        return read_scores(self.names.held.folder, self.layer)  # type: ignore[union-attr] # asked for with names alone

    @functools.cached_property
    def _ious(self) -> NDArray[np.float64]:
        """Units x concepts; 0 for concepts that are too rare to be a unit's best."""
        allowed: NDArray[np.float64] = np.where(self._scores.truth >= self._scores.minimum_area, self._scores.iou, 0.0)
        return allowed

    def _is_own(self, unit: int, place: int) -> bool:
        """Whether a unit bears the name of a concept: of several that fit it equally well, it has one."""
        name, concept = self.names.named(Unit(self.layer, unit)).name, self._scores.concepts[place]  # type: ignore[union-attr]
        return (name.category, name.label) == (concept.category, concept.name)

    def _fits(self, unit: int) -> tuple[Fit, ...]:
        """Concepts that a unit fits best: ten, or as many as are above the cut."""
        row, cut = self._ious[unit], 0.0 if self.names is None else self.names.held.cut
        many = max(_BEST, int((row > cut).sum()))
        places = [place for place in np.argsort(-row, kind="stable")[:many].tolist() if row[place] > 0]
        places.sort(key=lambda place: (-row[place], not self._is_own(unit, place)))
        concepts = [(self._scores.concepts[place], float(row[place])) for place in places]
        return tuple(
            Fit(category=concept.category, name=spoken(concept.category, concept.name), iou=iou)
            for concept, iou in concepts
        )
