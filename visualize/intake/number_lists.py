"""Long lists of numbers, such as outlines: checked and packed into arrays as a whole rather than one by one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from visualize.intake.fields import WrongValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.intake.fields import Reader

_KINDS = {int, float}


def numbers(*, most: int, bound: float) -> Reader[NDArray[np.float64]]:
    """A list of finite numbers, as an array of one axis.

    Args:
        most: numbers that it may have.
        bound: each of them lies between minus and plus this.
    """

    def read(value: object) -> NDArray[np.float64]:
        if not isinstance(value, list) or len(value) > most:
            raise WrongValueError(f"a list of at most {most:,} numbers", value)
        return _packed(value, bound)

    return read


def points(*, most: int, bound: float) -> Reader[NDArray[np.float64]]:
    """A list of points ``[x, y]``, as an array of n x 2.

    Args:
        most: points that it may have.
        bound: each coordinate lies between minus and plus this.
    """

    def read(value: object) -> NDArray[np.float64]:
        if not isinstance(value, list) or len(value) > most:
            raise WrongValueError(f"a list of at most {most:,} points", value)
        for place, item in enumerate(value):
            if not isinstance(item, list) or len(item) != 2:
                raise WrongValueError("two numbers", item).within(f"[{place}]")
        try:
            return _packed(list(itertools.chain.from_iterable(value)), bound).reshape(-1, 2)
        except WrongValueError as fault:
            fault.where = ""  # counted in numbers, not in points
            raise

    return read


def _packed(value: Sequence[object], bound: float) -> NDArray[np.float64]:
    """The numbers as an array.

    Raises:
        WrongValueError: one is none, or is not finite or out of range.
    """
    kinds = set(map(type, value))
    wrong: int | None
    if kinds <= _KINDS:
        try:
            array = np.array(value, np.float64)
        except OverflowError:
            array = np.array([_float(item) for item in value])
        within = np.abs(array) <= bound  # nor where it is not a number
        if within.all():
            return array
        wrong = int(np.argmin(within))
    else:
        wrong = next(place for place, item in enumerate(value) if type(item) not in _KINDS)
    raise WrongValueError(f"a number from {-bound:,.0f} to {bound:,.0f}", value[wrong]).within(f"[{wrong}]")


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return np.inf
