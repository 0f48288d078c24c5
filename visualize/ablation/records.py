"""Record of an ablation: how well the network tells each class, with all units and without some."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (fields are looked at)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.ablation.rates import Rates, by_chance, interval
from visualize.methods.provenance import versions_in_use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.provenance import Json
    from visualize.methods.result import UnitName

_LISTED = 10  # units of a class, and classes of a unit, in JSON


@dataclass(frozen=True)
class Change:
    """Change that the removal of one unit makes to one class, on the half that is reported on.

    Args:
        unit: the unit's number.
        name: concept that a dissection finds in it, with its IoU; "" where none is at hand.
        label: the class.
        pictures: of the class.
        recall: share of them that is called so, with all units and without this one, 0..1.
        specificity: share of the other pictures that are not called so, likewise.
        lost: pictures of the class that are called so with the unit alone.
        gained: pictures of the class that are called so without it alone.
        ranked: fall of the balanced accuracy on the other half, by which the unit was chosen.
        itself: classes are the network's own answers, so that pictures can be lost and none gained.
    """

    unit: int
    name: str
    label: str
    pictures: int
    recall: tuple[float, float]
    specificity: tuple[float, float]
    lost: int
    gained: int
    ranked: float
    itself: bool = False

    @property
    def balanced(self) -> tuple[float, float]:
        """Balanced accuracy with all units and without this one."""
        before, after = ((a + b) / 2 for a, b in zip(self.recall, self.specificity, strict=True))
        return before, after

    @property
    def fall(self) -> float:
        """How much balanced accuracy is lost; below zero where it is gained."""
        before, after = self.balanced
        return before - after

    @property
    def chance(self) -> float | None:
        """Probability of such a change of the recall by chance (McNemar's exact test).

        None where the network's own answers are the truth: as nothing can be gained, every change is a loss.
        """
        return None if self.itself else by_chance(self.lost, self.gained)

    @property
    def headline(self) -> str:
        """Recall in words, such as ``"bedroom 91 -> 64 %"``."""
        return f"{self.label} {100 * self.recall[0]:.0f} -> {100 * self.recall[1]:.0f} %"

    def document(self) -> dict[str, Json]:
        """The change for JSON."""
        return {
            "unit": self.unit,
            "name": self.name or None,
            "class": self.label,
            "pictures": self.pictures,
            "recall": list(self.recall),
            "true_negative_rate": list(self.specificity),
            "balanced_accuracy": list(self.balanced),
            "lost": self.lost,
            "gained": self.gained,
            "by_chance": self.chance,
            "fall_on_the_other_half": self.ranked,
        }


@dataclass(frozen=True, eq=False)
class Curves:
    """Balanced accuracy of each class by how many units are removed at once, on the half that is reported on.

    Args:
        sizes: numbers of units.
        without: rates without the so many most important units of a class, sizes x classes.
        alone: rates with these units alone, all others removed.
    """

    sizes: tuple[int, ...]
    without: Rates
    alone: Rates

    def document(self, place: int, seed: int) -> list[Json]:
        """A class's numbers for JSON, a record for each size."""
        ends = {name: interval(rates, seed) for name, rates in (("without", self.without), ("alone", self.alone))}
        return [
            {
                "units": size,
                **{
                    name: {
                        "recall": float(rates.recall[row, place]),
                        "true_negative_rate": float(rates.specificity[row, place]),
                        "balanced_accuracy": float(rates.balanced[row, place]),
                        "interval": [float(end[row, place]) for end in ends[name]],
                    }
                    for name, rates in (("without", self.without), ("alone", self.alone))
                },
            }
            for row, size in enumerate(self.sizes)
        ]


@dataclass(frozen=True, eq=False)
class AblationRecord:
    """Rates of every class with all units of one layer, and without some.

    Args:
        model: the network's name.
        weights_sha256: of its weights.
        layer: the layer's name.
        units: numbers of the units that were removed one at a time.
        data: name of the pictures.
        labels: "given", or "network" for its own answers.
        truth: sentence on where the labels come from.
        by: what stands in the place of a removed unit's activation: "zero" or "mean".
        classes: names of the classes that were measured.
        pictures: how many importance was ranked on, and how many are reported on.
        split: sentence on how they were split.
        before: rates with all units, on the half that is reported on.
        after: rates without each unit, units x classes.
        changes: (lost, gained): pictures of a class that are called so with the unit alone, and without it alone, units
            x classes.
        falls: of balanced accuracy, units x classes, on the half that importance was ranked on.
        order: classes x units: places in ``units``, the most important first, by the other half.
        curves: without, and with nothing but, the most important units.
        names: of the units, by a dissection at hand, with the folder it lies in; empty where there is none.
        seed: of the halves.
        notes: sentences on how the data were understood, and on the network.
        versions: of the libraries that numbers depend on.
    """

    model: str
    weights_sha256: str
    layer: str
    units: tuple[int, ...]
    data: str
    labels: str
    truth: str
    by: str
    classes: tuple[str, ...]
    pictures: tuple[int, int]
    split: str
    before: Rates
    after: Rates
    changes: tuple[NDArray[np.int64], NDArray[np.int64]]
    falls: NDArray[np.float64]
    order: NDArray[np.intp]
    curves: Curves
    names: Mapping[int, UnitName] = field(default_factory=dict)
    seed: int = 0
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=versions_in_use)

    def change(self, unit: int, label: str) -> Change:
        """Change that the removal of a unit makes to a class.

        Args:
            unit: its number.
            label: the class's name.

        Raises:
            ValueError: the unit was not removed, or the class not measured.
        """
        return self._change(self.units.index(unit), self.classes.index(label))

    def _change(self, row: int, place: int) -> Change:
        unit, (lost, gained) = self.units[row], self.changes
        return Change(
            unit,
            self.named(unit),
            self.classes[place],
            int(self.before.positives[place]),
            (float(self.before.recall[place]), float(self.after.recall[row, place])),
            (float(self.before.specificity[place]), float(self.after.specificity[row, place])),
            int(lost[row, place]),
            int(gained[row, place]),
            float(self.falls[row, place]),
            self.labels == "network",
        )

    def named(self, unit: int) -> str:
        """Concept that a dissection at hand finds in a unit, with its IoU; "" where there is none."""
        name = self.names.get(unit)
        return name.headline if name is not None and name.detector else ""

    def needed(self, label: str, most: int = _LISTED) -> list[Change]:
        """The units that a class needs most, by the other half: those whose removal costs it accuracy there.

        Args:
            label: the class's name.
            most: how many.
        """
        place = self.classes.index(label)
        rows = [int(row) for row in self.order[place][:most] if self.falls[row, place] > 0]
        return [self._change(row, place) for row in rows]

    def served(self, unit: int, most: int = _LISTED) -> list[Change]:
        """The classes that a unit serves most, by the other half: those that its removal costs accuracy there.

        Args:
            unit: its number.
            most: how many.
        """
        row = self.units.index(unit)
        places = np.argsort(-self.falls[row], kind="stable")[:most]
        return [self._change(row, int(place)) for place in places if self.falls[row, place] > 0]

    @property
    def strongest(self) -> list[Change]:
        """For each unit that serves a class, the one that it serves most; the largest fall on the other half first."""
        firsts = [served[0] for unit in self.units if (served := self.served(unit, 1))]
        return sorted(firsts, key=lambda item: -item.ranked)

    def rows(self) -> list[dict[str, Json]]:
        """A row for each unit and class of which a picture changes, as ``pandas.DataFrame`` takes them."""
        lost, gained = self.changes
        some = np.argwhere((lost + gained > 0) | (self.falls != 0))
        changes = (self._change(int(row), int(place)) for row, place in some)
        return [
            {
                "unit": item.unit,
                "name": item.name,
                "class": item.label,
                "pictures": item.pictures,
                "recall": item.recall[0],
                "recall_without": item.recall[1],
                "true_negative_rate": item.specificity[0],
                "true_negative_rate_without": item.specificity[1],
                "balanced_accuracy": item.balanced[0],
                "balanced_accuracy_without": item.balanced[1],
                "lost": item.lost,
                "gained": item.gained,
                "by_chance": item.chance,
                "fall_on_the_other_half": item.ranked,
            }
            for item in changes
        ]

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return {
            "model": self.model,
            "weights_sha256": self.weights_sha256,
            "layer": self.layer,
            "data": self.data,
            "labels": self.labels,
            "truth": self.truth,
            "by": self.by,
            "pictures": {"ranked_on": self.pictures[0], "reported_on": self.pictures[1]},
            "split": self.split,
            "seed": self.seed,
            "classes": [self._class(place) for place in range(len(self.classes))],
            "units": [
                {
                    "unit": unit,
                    "name": self.named(unit) or None,
                    "serves": [item.document() for item in self.served(unit)],
                }
                for unit in self.units
            ],
            "notes": list(self.notes),
            "versions": dict(self.versions),
        }

    def _class(self, place: int) -> dict[str, Json]:
        label = self.classes[place]
        return {
            "class": label,
            "pictures": int(self.before.positives[place]),
            "recall": float(self.before.recall[place]),
            "true_negative_rate": float(self.before.specificity[place]),
            "balanced_accuracy": float(self.before.balanced[place]),
            "needs": [item.document() for item in self.needed(label)],
            "removed": self.curves.document(place, self.seed),
        }
