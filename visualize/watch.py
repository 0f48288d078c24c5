"""Progress of named pieces of work, as the command line and notebooks show it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from visualize.methods.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from visualize.methods.progress import Progress


class Watch(Protocol):
    """Shows how far a piece of work has come."""

    def __call__(self, title: str) -> AbstractContextManager[Progress]:
        """Begin a piece of work; it ends when the context does."""


@contextmanager
def unwatched(title: str) -> Iterator[Progress]:  # noqa: ARG001 (a Watch that shows nothing)
    """Show nothing of a piece of work."""
    yield silent
