"""One stream of random numbers, the same on every machine, from which everything in a scene is drawn."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


T = TypeVar("T")

_BLOCK = 1024  # numbers drawn at a time: one call of numpy for many of ours


class Dice:
    """A stream of random decisions.

    Args:
        entropy: whole numbers from 0; the same numbers give the same decisions.
    """

    def __init__(self, *entropy: int) -> None:
        generator = np.random.Generator(np.random.PCG64(list(entropy)))
        blocks = (generator.random(_BLOCK)[::-1].tolist() for _ in count())
        self.unit: Callable[[], float] = chain.from_iterable(blocks).__next__
        """The next number in [0, 1). No method of ours: it is called hundreds of times a scene."""

    def between(self, low: float, high: float) -> float:
        """A random number in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """A random whole number from low to high, both included."""
        return low + int((high - low + 1) * self.unit())

    def chance(self, probability: float) -> bool:
        """True as often as ``probability`` says."""
        return self.unit() < probability

    def pick(self, options: Sequence[T]) -> T:
        """An option drawn at random, all equally likely."""
        return options[int(len(options) * self.unit())]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in a random order."""
        keyed = sorted((self.unit(), place) for place in range(len(options)))
        return [options[place] for _, place in keyed]
