"""What every method returns: a frozen record about one unit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from methods.drawing.row import png, row

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from methods.drawing.panel import Panel
    from methods.provenance import Json, Provenance
    from methods.unit import Target


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """What one method found out about one unit: a frozen record whose tensors lie on the CPU.

    Args:
        unit: what was looked at.
        provenance: the settings, seed, model and libraries behind it.
        notes: sentences that a reader of the numbers must know ("the unit could not be moved").
    """

    unit: Target
    provenance: Provenance
    notes: tuple[str, ...] = ()

    @property
    def subject(self) -> str | None:
        """What was looked at, in words, where that is not the unit alone."""
        return None

    @property
    def shows(self) -> str | None:
        """One sentence for a figure's reader, where its method's own does not fit."""
        return None

    @abstractmethod
    def panels(self) -> tuple[Panel, ...]:
        """What to draw; at least one panel."""

    def aligned(self) -> tuple[Panel, ...]:
        """What to draw under photographs that a figure shows already: each panel says of which it is."""
        return self.panels()

    @abstractmethod
    def facts(self) -> dict[str, Json]:
        """The numbers, ready for JSON."""

    def lines(self) -> tuple[str, ...]:
        """What of the numbers a reader of plain text must see besides the single ones of ``facts``; by default none."""
        return ()

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The raw arrays by documented keys, for ``.npz``."""

    def _repr_png_(self) -> bytes:
        return png(row(self.panels()))
