"""Frozen records about one unit, which every method returns."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from visualize.methods.concept_words import spoken
from visualize.methods.errors import InputError
from visualize.methods.plain_state import plain_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.drawing.legend import Key
    from visualize.methods.drawing.panel import Panel
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.provenance import Json, Provenance
    from visualize.methods.unit import Target, Unit

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class UnitName:
    """The concept that a measurement finds a unit to overlap most.

    Args:
        label: the concept; "" if the unit's mask meets none.
        category: the concept's category, such as ``"object"``.
        iou: intersection over union of the unit's mask and the concept, in 0..1.
        cut: the IoU above which a unit counts as a detector, in 0..1.
        interval: lower and upper end of the IoU's 95 % interval; None where that was not measured.

    Example:
        >>> UnitName(label="car", category="object", iou=0.13, cut=0.04).headline
        'car, IoU 0.13'
        >>> UnitName(label="car", category="object", iou=0.13, cut=0.04, interval=(0.104, 0.16)).headline
        'car, IoU 0.13 (95 %: 0.104 to 0.160)'
    """

    label: str
    category: str
    iou: float
    cut: float
    interval: tuple[float, float] | None = None

    @property
    def detector(self) -> bool:
        """Whether the unit detects the concept."""
        return bool(self.label) and self.iou > self.cut

    @property
    def headline(self) -> str:
        """Name and fit in words, such as ``"car, IoU 0.13 (95 %: 0.104 to 0.160)"``, with the 95 % interval.

        Of a unit that is no detector it is the nearest concept's.
        """
        if not self.label:
            return "no concept: its mask meets none"
        name_and_fit = f"{spoken(self.category, self.label)}, IoU {_beside(self.iou, self.cut)}{within(self.interval)}"
        return name_and_fit if self.detector else f"no detector; nearest: {name_and_fit}"


def within(interval: tuple[float, float] | None) -> str:
    """A 95 % interval as it follows its number: ``" (95 %: 0.104 to 0.160)"``; empty where there is none."""
    return "" if interval is None else f" (95 %: {interval[0]:#.3g} to {interval[1]:#.3g})"


_COMPUTED = ("panels", "aligned", "facts", "lines", "arrays", "beside", "with_concept", "named_ends", "export")


def _beside(iou: float, cut: float) -> str:
    """An IoU in three digits that count, or as many as tell on which side of the cut it lies."""
    texts = (f"{iou:.{digits}g}" for digits in range(3, 18))
    return next((text for text in texts if (float(text) > cut) == (iou > cut)), repr(iou))


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """Frozen record of what one method found out about one unit; its tensors lie on the CPU.

    ``panels``, ``facts`` and ``arrays`` are all that a method must write. The others say how its results go together
    with those of other methods on a card, and do nothing unless they are written.

    Class variables:
        per_picture: keys of ``arrays`` that hold one picture for each photograph that was looked at, n x 3 x H x W.
        in_lines: keys of ``facts`` that ``lines`` tells, so that plain text does not say them twice.

    Args:
        unit: what was looked at.
        provenance: the settings, seed, model and libraries behind it.
        notes: sentences that a reader of the numbers must know ("the unit could not be moved").

    Example:
        >>> from visualize.methods import GradientAscent, Probe
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.Conv2d(3, 4, 5)))
        >>> (result,) = GradientAscent(steps=2, size=(16, 16))(probe, probe.unit("0:3"))
        >>> result.unit, result.provenance.method, sorted(result.arrays())
        (Unit(layer='0', index=3, position=None), 'ascent', ['activations', 'curve', 'pictures'])
    """

    per_picture: ClassVar[frozenset[str]] = frozenset()
    in_lines: ClassVar[frozenset[str]] = frozenset()

    unit: Target
    provenance: Provenance
    notes: tuple[str, ...] = ()

    def __init_subclass__(cls, **given: Any) -> None:  # noqa: ANN401 (as :class:`object`'s)
        super().__init_subclass__(**given)
        for name in _COMPUTED:
            if name in vars(cls):  # whatever of torch's is in force where a result is drawn
                setattr(cls, name, plain_state()(vars(cls)[name]))
        if "__repr__" not in vars(cls):  # a dataclass makes one that prints every number
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """Kind, unit, model and the shapes of the arrays, in one line."""
        shapes = {
            item.name: " x ".join(map(str, value.shape))
            for item in dataclasses.fields(self)
            if hasattr(value := getattr(self, item.name), "shape")
        }
        held = "".join(f", {name}: {shape}" for name, shape in shapes.items())
        of = self.provenance
        return f"<{type(self).__name__} of {self.unit} in {of.model.name} by {of.method}{held}>"

    @property
    def subject(self) -> str | None:
        """Words for what was looked at, where that is not the unit alone."""
        return None

    @property
    def shows(self) -> str | None:
        """One sentence for a figure's reader, where its method's own does not fit."""
        return None

    @property
    def legend(self) -> tuple[Key, ...]:
        """Lines, frames and colours in its pictures that need explaining; by default none."""
        return ()

    @abstractmethod
    def panels(self) -> tuple[Panel, ...]:
        """Pictures to draw; at least one."""

    def aligned(self) -> tuple[Panel, ...]:
        """Pictures to draw under photographs that a figure shows already: each panel says of which it is."""
        return self.panels()

    @abstractmethod
    def facts(self) -> dict[str, Json]:
        """The numbers, ready for JSON."""

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """The numbers as a table of pandas: a row for each picture; :func:`visualize.methods.frames.rows` says how.

        Raises:
            InputError: pandas is not installed.
        """
        from visualize.methods.frames import frame, rows

        return frame(rows(self.facts()))

    def lines(self) -> tuple[str, ...]:
        """Lines for readers of plain text besides the single numbers of ``facts``; by default none."""
        return ()

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The raw arrays by documented keys, for ``.npz``."""

    @property
    def chosen(self) -> tuple[int, ...] | None:
        """The pictures of the set that excite the unit most, best first, for methods that explain pictures."""
        return None

    @property
    def strongest(self) -> float | None:
        """The unit's largest activation on the photographs of a set, where they were looked through."""
        return None

    @property
    def named(self) -> UnitName | None:
        """Name of the unit, where the method measures that."""
        return None

    def beside(self, others: Mapping[str, Result]) -> Self:  # noqa: ARG002 (for those that have something to say)
        """Result with what it has to say once other results of the unit are known; by default unchanged.

        Args:
            others: all results of the unit by their method's name, this one among them.
        """
        return self

    def with_concept(self, name: str, masks: Callable[[Preparation, Sequence[str]], Sequence[Mask]]) -> Self:  # noqa: ARG002 (likewise)
        """Result whose pictures show where the unit's concept is labelled; by default unchanged.

        Args:
            name: the concept's.
            masks: gives, for a preparation and the names of pictures, where the concept is in each: rows x columns of
                any size. It may raise :class:`KeyError` for a picture that has no labels, which leaves the result as
                it is.
        """
        return self

    def named_ends(self, name: Callable[[Unit], UnitName | None]) -> Self:  # noqa: ARG002 (likewise)
        """Result that names the other units that it speaks of; by default unchanged.

        Args:
            name: gives the concept that a unit overlaps most by a dissection at hand; None where there is none.
        """
        return self

    def export(self, name: str, ending: str) -> bytes:  # noqa: ARG002 (for those that have files of their own)
        """The content of one of the method's :attr:`~visualize.methods.method.Method.exports`.

        Args:
            name: of the export.
            ending: of the file's name, such as ``".webp"``.

        Raises:
            InputError: the result has no such file.
        """
        raise InputError(f"{self.provenance.method} writes no {name}; leave out --{name}")

    def _repr_png_(self) -> bytes:
        from visualize.methods.drawing.row import png, row

        return png(row(self.panels(), legend=self.legend))
