"""Facts of a unit, which stand at the head of its card."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.errors import UnitError
from visualize.methods.unit import Sum, Target, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.probe import Probe


@dataclass(frozen=True, kw_only=True)
class About:
    """Facts that a figure states of a unit besides the results. Sizes are (rows, columns).

    Args:
        model: the model's name.
        layer: the layer's name.
        unit: the unit as it is written: ``"conv5:79"``, ``"conv5:79@6,6"``, ``"conv5:79+conv5:12"``, or ``"79"``.
        alias: another name of the layer.
        units: how many the layer has.
        map_size: positions of the layer's map; (1, 1) or None for a layer without one.
        input_size: the size of the network's input, pixels.
        field: the receptive field's size, pixels; None if it is not known.
        stride: pixels between the centres of neighbouring receptive fields.
        name: the name of the class that the unit stands for.
        subject: what is looked at, in words, where that is not the unit: then the facts of its layer are left out.
        label: a headline that another method found, such as ``"car, IoU 0.13"``.
        people: the name that people gave, such as ``"lamp (object, 2 of 3 people)"``.
        hints: what the reader can do next, such as ``"Add photographs: --images FOLDER"``.
        notes: sentences for the foot of the card.

    Example:
        >>> from visualize.figures import About
        >>> about = About(model="alexnet", layer="conv5", unit="conv5:79@6,4", units=256, map_size=(13, 13))
        >>> about.heading
        'conv5 · unit 79 at row 6, column 4'
        >>> dict(about.facts)["Units"]
        '256, counted from 0'
    """

    model: str
    layer: str
    unit: str
    alias: str | None = None
    units: int | None = None
    map_size: tuple[int, int] | None = None
    input_size: tuple[int, int] | None = None
    field: tuple[int, int] | None = None
    stride: tuple[float, float] | None = None
    name: str | None = None
    subject: str | None = None
    label: str | None = None
    people: str | None = None
    hints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        probe: Probe,
        target: Target,
        *,
        label: str | None = None,
        hints: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> About:
        """Facts that a probe knows of a unit, or of the first of a sum of units.

        A unit of a layer with one unit for each class bears its class's name.

        Args:
            probe: the network.
            target: the unit, or a sum of units.
            label: a headline that another method found.
            hints: what the reader can do next.
            notes: sentences for the foot of the card.

        Raises:
            UnitError: the network has no such layer.
        """
        asked = parts(target)[0].layer
        layer = probe.layer(asked)
        names = [name for name in (*layer.aliases, layer.name) if name != asked]
        field = layer.field
        return cls(
            model=probe.identity.name,
            layer=asked,
            unit=str(target),
            alias=names[0] if names else None,
            units=layer.units,
            map_size=layer.map_size,
            input_size=probe.prepare.size,
            field=field.size if field else None,
            stride=field.stride if field else None,
            name=_class(probe, target, layer.units),
            label=label,
            hints=tuple(hints),
            notes=tuple(notes),
        )

    @property
    def heading(self) -> str:
        """The unit in words: ``"conv5 · unit 79"``, ``"fc8 · unit 76 · car"``."""
        if self.subject is not None:
            return self.subject
        target = self._target()
        if target is None:
            return f"{self.layer} · unit {self.unit}"
        if isinstance(target, Sum):
            return " + ".join(map(str, target.units))
        at = "" if target.position is None else f" at row {target.position[0]}, column {target.position[1]}"
        named = f" · {self.name}" if self.name else ""
        return f"{target.layer} · unit {target.index}{at}{named}"

    @property
    def short(self) -> str:
        """The unit as briefly as a sheet of one layer's units can say it: ``"79"``, ``"79@6,6"``."""
        target = self._target()
        if target is None or isinstance(target, Sum):
            return self.unit
        return str(dataclasses.replace(target, layer="")).removeprefix(":")

    def _target(self) -> Target | None:
        try:
            return Sum.parse(self.unit)
        except UnitError:
            return None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """(what, value) pairs for the quiet line of the header."""
        if self.subject is not None:
            return () if self.input_size is None else (("Input", f"{_size(self.input_size)} pixels"),)
        facts = [("Layer", self.layer + (f" ({self.alias})" if self.alias else ""))]
        if self.units is not None:
            facts.append(("Units", f"{self.units}, counted from 0"))
        if self.map_size is not None and self.map_size != (1, 1):
            facts.append(("Map", f"{_size(self.map_size)} positions"))
        if self.input_size is not None:
            facts.append(("Input", f"{_size(self.input_size)} pixels"))
        if self.field is not None:
            facts.append(("One position sees", self._sight()))
        if self.people is not None:
            facts.append(("Called by people", self.people))
        return tuple(facts)

    @property
    def sees_all(self) -> bool:
        """Whether one receptive field covers the whole input."""
        field, whole = self.field, self.input_size
        return bool(field and whole and field[0] >= whole[0] and field[1] >= whole[1])

    def _sight(self) -> str:
        if self.sees_all:
            return "the whole input"
        step = f", every {_size(self.stride, square=True)}" if self.stride and any(self.stride) else ""
        return f"{_size(self.field or (0, 0))} pixels{step}"


def _class(probe: Probe, target: Target, units: int) -> str | None:
    """The name of the class that a unit stands for."""
    if isinstance(target, Sum) or units != len(probe.classes):
        return None
    return probe.classes[target.index]


def _size(size: tuple[float, float], *, square: bool = False) -> str:
    """(rows, columns) as width x height; a square may be said by its side alone."""
    rows, columns = size
    return f"{rows:g}" if square and rows == columns else f"{columns:g} x {rows:g}"
