"""Units that a classifier leans on: a logit taken apart, exactly, where features are averages over all positions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.provenance import Json
    from visualize.methods.result import UnitName
    from visualize.transfers.part import Answer

MOST = 5
"""Units that are named for each class."""


@dataclass(frozen=True, eq=False)
class LeantOn:
    """One unit, as a classifier of a class uses it.

    Args:
        unit: its number, from 0.
        weight: of the unit in the class's logit.
        part: what the unit adds to the logit in the mean over the class's test pictures.
        beyond: by how much that is more than over the other test pictures.
        file: the test picture of the class in which it adds most.
        name: by a dissection at hand; None without one.
        picture: that test picture, small.

    Example:
        >>> LeantOn(79, 2.0, 0.4, 0.3, "street/1.jpg").headline
        'unit 79, +0.300'
    """

    unit: int
    weight: float
    part: float
    beyond: float
    file: str
    name: UnitName | None = None
    picture: Picture | None = field(default=None, repr=False)

    @property
    def headline(self) -> str:
        """Number, name and how much it tells the class from the others."""
        named = "" if self.name is None else f" ({self.name.headline})"
        less = "less of " if self.weight < 0 else ""
        return f"{less}unit {self.unit}{named}, {self.beyond:+.3f}"

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        name = self.name
        label: Json = None if name is None else {"label": name.label, "category": name.category, "iou": name.iou}
        return {
            "unit": self.unit,
            "weight": self.weight,
            "part": self.part,
            "beyond_others": self.beyond,
            "file": self.file,
            "name": label,
        }


@dataclass(frozen=True, eq=False)
class Leaning:
    """The mean logit of a class's test pictures, taken apart: ``logit`` = ``offset`` + the parts of all units.

    Args:
        offset: that every picture gets.
        logit: in the mean over the class's test pictures.
        others: in the mean over the other test pictures.
        units: those whose parts differ most between the two, the largest first.
        rest: what the units that are not listed add to ``logit``.

    Example:
        >>> import visualize as viz
        >>> worth = viz.transfer("scenes-alexnet", layers="fc7", count=60, twin=False, explain=True)
        >>> leaning = worth.networks[0].best.leanings["sky"]
        >>> abs(leaning.offset + sum(item.part for item in leaning.units) + leaning.rest - leaning.logit) < 1e-9
        True
    """

    offset: float
    logit: float
    others: float
    units: tuple[LeantOn, ...]
    rest: float

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return {
            "offset": self.offset,
            "logit": self.logit,
            "logit_of_others": self.others,
            "units": [item.document() for item in self.units],
            "rest": self.rest,
        }


def leanings(
    answer: Answer, labels: NDArray[np.int8], classes: Sequence[str], show: Callable[[int], tuple[str, Picture | None]]
) -> dict[str, Leaning]:
    """Take the logits of a linear classifier apart, by its class.

    Args:
        answer: of a linear classifier, on one feature for each unit.
        labels: test pictures x classes: 1 of the class, 0 not.
        classes: names of the classes.
        show: name and small picture of a test picture, by its row.
    """
    weights, offsets, rows = answer.weights, answer.offsets, answer.tested
    if weights is None or offsets is None or rows is None:
        return {}
    result = {}
    for place, name in enumerate(classes):
        there, absent = labels[:, place] == 1, labels[:, place] == 0
        if not there.any() or not absent.any():
            continue
        parts = weights[place] * rows
        own, others = parts[there].mean(0), parts[absent].mean(0)
        order = np.argsort(-(own - others), kind="stable")[:MOST]
        members = np.flatnonzero(there)
        units = []
        for unit in order.tolist():
            file, picture = show(int(members[np.argmax(parts[there, unit])]))
            beyond = float(own[unit] - others[unit])
            units.append(LeantOn(unit, float(weights[place, unit]), float(own[unit]), beyond, file, picture=picture))
        result[name] = Leaning(
            float(offsets[place]),
            float(own.sum() + offsets[place]),
            float(others.sum() + offsets[place]),
            tuple(units),
            float(own.sum() - own[order].sum()),
        )
    return result


def named(held: Mapping[str, Leaning], names: Callable[[int], UnitName]) -> dict[str, Leaning]:
    """Leanings whose units have names."""
    return {
        label: replace(item, units=tuple(replace(unit, name=names(unit.unit)) for unit in item.units))
        for label, item in held.items()
    }
