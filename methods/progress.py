"""How a method tells its caller how far it has come."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told how far a method has come."""

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` equal pieces of work are finished."""


def silent(done: int, total: int) -> None:
    """The progress that nobody watches."""


def untold(done: int) -> None:
    """The count of what is done that nobody watches, where the whole is known to whoever would."""


def share(progress: Progress, before: int, pieces: int, total: int) -> Progress:
    """The progress of one part of a larger work.

    Args:
        progress: of the whole.
        before: pieces of the whole that are done when the part begins.
        pieces: of the whole that the part stands for, however it counts itself.
        total: pieces of the whole.

    Example:
        >>> second_half = share(lambda done, total: print(done, "of", total), 50, 50, 100)
        >>> second_half(3, 6)
        75 of 100
    """
    return lambda done, whole: progress(before + pieces * done // whole, total)
