"""Record of what a network loses without one unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from visualize.methods.ablation.bars import Bar, bars
from visualize.methods.ablation.rates import by_chance
from visualize.methods.drawing.panel import Panel
from visualize.methods.result import Result

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from visualize.methods.provenance import Json

_DRAWN = 6  # classes


@dataclass(frozen=True, kw_only=True)
class AblationResult(Result):
    """Loss of a network without one unit, class by class, on the half of the pictures that is reported on.

    Args:
        labels: "given", or "network" for its own answers.
        classes: names of the classes that were measured.
        pictures: of each class.
        before: classes x (recall, true negative rate) with all units, 0..1.
        after: the same without the unit.
        ranked: fall of each class's balanced accuracy on the other half.
        lost: pictures of each class that are called so with the unit alone.
        gained: pictures of each class that are called so without it alone.
        reported: pictures of the half.
        set_name: the probe set's.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from visualize.methods import Ablation, Preparation, Probe, Stack
        >>> network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())  # is it red, or green?
        >>> network[0].weight.data = torch.eye(3)[:2, :, None, None]
        >>> network[0].bias.data = torch.tensor([0, 0.1])
        >>> pictures = [np.full((8, 8, 3), colour, np.uint8) for colour in [(255, 0, 0), (0, 255, 0)] * 20]
        >>> probe = Probe(network, prepare=Preparation((8, 8)), classes=("red", "green"))
        >>> (result,) = Ablation()(probe, probe.unit("0:0"), Stack(pictures))
        >>> result.headline, result.serves
        ('without it: red 100 -> 0 %', ('red', 'green'))
    """

    in_lines: ClassVar[frozenset[str]] = frozenset({"headline"})

    labels: str
    classes: tuple[str, ...]
    pictures: NDArray[np.int64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    ranked: NDArray[np.float64]
    lost: NDArray[np.int64]
    gained: NDArray[np.int64]
    reported: int
    set_name: str

    @property
    def _order(self) -> list[int]:
        """Places of classes, the one that the unit serves most first, by the other half."""
        return [int(place) for place in np.argsort(-self.ranked, kind="stable")]

    @property
    def serves(self) -> tuple[str, ...]:
        """Classes whose accuracy falls without the unit on the other half, the one that it serves most first."""
        return tuple(self.classes[place] for place in self._order if self.ranked[place] > 0)

    @property
    def headline(self) -> str:
        """The class that the unit serves most, with its recall with and without the unit."""
        if not self.classes:
            return "without it: not measured, for no class has enough pictures"
        if not self.serves:
            return "without it: no class is told worse on the half that classes are chosen on"
        return f"without it: {self._words(self._order[0])}"

    def _words(self, place: int) -> str:
        return f"{self.classes[place]} {100 * self.before[place, 0]:.0f} -> {100 * self.after[place, 0]:.0f} %"

    def panels(self) -> tuple[Panel, ...]:
        """One diagram: recall of each class with the unit and without it, those that it serves most first."""
        shown = [
            Bar(self.classes[place], float(self.before[place, 0]), float(self.after[place, 0]), self._beside(place))
            for place in self._order[:_DRAWN]
        ]
        return (Panel(bars(shown, self.headline), "", wide=True),)

    def _beside(self, place: int) -> str:
        lost, gained, pictures = self.lost[place], self.gained[place], self.pictures[place]
        if lost and gained:
            return f"{lost} lost, {gained} gained"  # with their number there is no room for both
        return f"{lost + gained} of {pictures} {'gained' if gained else 'lost'}" if lost + gained else f"of {pictures}"

    def facts(self) -> dict[str, Json]:
        """Headline, labels, set, serves, and of each class pictures, rates with and without, and the like."""
        classes: list[Json] = [
            {
                "class": self.classes[place],
                "pictures": int(self.pictures[place]),
                "recall": [float(self.before[place, 0]), float(self.after[place, 0])],
                "true_negative_rate": [float(self.before[place, 1]), float(self.after[place, 1])],
                "balanced_accuracy": [float(self.before[place].mean()), float(self.after[place].mean())],
                "lost": int(self.lost[place]),
                "gained": int(self.gained[place]),
                "by_chance": self._chance(place),
                "fall_on_the_other_half": float(self.ranked[place]),
            }
            for place in self._order
        ]
        return {
            "headline": self.headline,
            "labels": self.labels,
            "set": self.set_name,
            "reported_on": self.reported,
            "serves": list(self.serves),
            "classes": classes,
        }

    def _chance(self, place: int) -> float | None:
        """McNemar's exact test; by the network's own answers nothing can be gained, and it tells nothing."""
        return None if self.labels == "network" else by_chance(int(self.lost[place]), int(self.gained[place]))

    def lines(self) -> tuple[str, ...]:
        """The headline, and each class of which a picture changes."""
        changed = [place for place in self._order if self.lost[place] + self.gained[place] > 0]
        return (self.headline, *(f"{self._words(place)} ({self._beside(place)})" for place in changed[:_DRAWN]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by class, in the order of ``classes``: pictures, before, after, ranked, lost, gained."""
        return {
            "pictures": self.pictures,
            "before": self.before,
            "after": self.after,
            "ranked": self.ranked,
            "lost": self.lost,
            "gained": self.gained,
        }
