"""How an optimiser's step size falls."""

from __future__ import annotations

import math


def half_cosine(done: float, last: float) -> float:
    """The part that is left of a step size that falls along half a cosine, slowly at first and at the end.

    Args:
        done: the part of the steps that are done, 0..1.
        last: what is left at the end, of the step size at the start.

    Returns:
        1 at the start, ``last`` at the end.

    Example:
        >>> half_cosine(0.0, 0.1), half_cosine(0.5, 0.1)
        (1.0, 0.55)
    """
    return last + (1 - last) / 2 * (1 + math.cos(math.pi * done))
