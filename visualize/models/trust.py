"""Whether the user lets a model's own code run: asked of everyone who names one that is fetched as code."""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_granted = contextvars.ContextVar("granted", default=False)


def grant() -> None:
    """From now on, in this context."""
    _granted.set(True)


def withdraw() -> None:
    """From now on not any more."""
    _granted.set(False)


def given() -> bool:
    """Whether it was granted."""
    return _granted.get()


@contextlib.contextmanager
def trusting(*, yes: bool) -> Iterator[None]:
    """Within the block trust is given if ``yes``, or was already."""
    token = _granted.set(yes or given())
    try:
        yield
    finally:
        _granted.reset(token)
