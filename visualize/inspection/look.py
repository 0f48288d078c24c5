"""One way of looking at a unit, by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.inspection.card import Card

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.result import Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Look(Card):
    """What one method found out about one unit: a :class:`Card` with one result. It displays itself in a notebook."""

    @property
    def method(self) -> str:
        """The method's name."""
        return next(iter(self.results))

    @property
    def result(self) -> Result:
        """What it found."""
        return self.results[self.method]

    @property
    def stem(self) -> str:
        """What its files are called, without the ending."""
        return f"{super().stem}-{self.method}"

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The raw arrays of the result by their own keys, as the result's ``arrays`` says.

        ``attribution`` and ``inversion`` of one picture that was named are 3 x H x W, of others n x 3 x H x W.
        """
        before = len(f"{self.method}.")
        return {key[before:]: array for key, array in super().arrays.items()}
