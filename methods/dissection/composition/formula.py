"""Formulas over concepts, read from left to right: ((car OR bus) AND NOT sky)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


class Operator(StrEnum):
    """How a formula takes in one concept more (Mu and Andreas 2020, section 3).

    Example:
        >>> Operator("and not") is Operator.AND_NOT
        True
    """

    AND = "and"
    OR = "or"
    AND_NOT = "and not"


@dataclass(frozen=True)
class Formula:
    """Concepts that are joined one after the other, each with all that stands before it.

    Args:
        first: the column of the first concept, from 0.
        rest: pairs of an operator and the column of the concept that it joins.

    Example:
        >>> formula = Formula(0, ((Operator.OR, 2), (Operator.AND_NOT, 1)))
        >>> formula.words(["car", "sky", "bus"].__getitem__)
        '(car OR bus) AND NOT sky'
        >>> formula.length
        3
    """

    first: int
    rest: tuple[tuple[Operator, int], ...] = ()

    @property
    def length(self) -> int:
        """How many concepts it names."""
        return 1 + len(self.rest)

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns of its concepts, in the order in which they stand."""
        return (self.first, *(column for _, column in self.rest))

    def joined(self, operator: Operator, column: int) -> Formula:
        """The formula that takes in one concept more."""
        return Formula(self.first, (*self.rest, (operator, column)))

    def where(self, concept: Callable[[int], NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """The places at which it holds.

        Args:
            concept: gives, for a column, where that concept is; arrays of one shape.
        """
        held = concept(self.first).copy()
        for operator, column in self.rest:
            other = concept(column)
            if operator is Operator.AND:
                held &= other
            elif operator is Operator.OR:
                held |= other
            else:
                held &= ~other
        return held

    def words(self, name: Callable[[int], str]) -> str:
        """The formula as one reads it: brackets where OR and AND meet.

        Args:
            name: gives the name of the concept of a column.
        """
        text, loose = name(self.first), False
        for place, (operator, column) in enumerate(self.rest):
            either = operator is Operator.OR
            if place and either != loose:
                text = f"({text})"
            text, loose = f"{text} {operator.upper()} {name(column)}", either
        return text


@dataclass(frozen=True)
class Composed:
    """The best formula for a unit, and how well it fits.

    Args:
        formula: the formula.
        intersection: pixels that the formula and the unit's mask share.
        truth: pixels at which the formula holds.
        activation: pixels of the unit's mask.
        optimal: whether it is proven that no formula of at most the length asked for fits better.
        single: the column of the one concept that fits best by itself.
        single_iou: the IoU with that, over the same pixels.

    Example:
        >>> best = Composed(Formula(0), 30, 50, 40, optimal=True, single=0, single_iou=0.5)
        >>> best.iou
        0.5
    """

    formula: Formula
    intersection: int
    truth: int
    activation: int
    optimal: bool
    single: int
    single_iou: float

    @property
    def iou(self) -> float:
        """Intersection over union, 0..1; 0 where both are empty."""
        union = self.activation + self.truth - self.intersection
        return self.intersection / union if union else 0.0
