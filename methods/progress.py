"""How a method tells its caller how far it has come."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told how far a method has come."""

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` equal pieces of work are finished."""


def silent(done: int, total: int) -> None:
    """The progress that nobody watches."""
