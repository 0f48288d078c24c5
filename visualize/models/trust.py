"""Trust: whether the user lets the code of a model run that is fetched from the web."""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_granted = contextvars.ContextVar("granted", default=False)


def grant() -> None:
    """Give trust from now on, in this context."""
    _granted.set(True)


def withdraw() -> None:
    """Take trust back from now on."""
    _granted.set(False)


def given() -> bool:
    """Whether trust is given."""
    return _granted.get()


@contextlib.contextmanager
def trusting(*, yes: bool) -> Iterator[None]:
    """Give trust within the block if ``yes`` says so; trust that was given before stays."""
    token = _granted.set(yes or given())
    try:
        yield
    finally:
        _granted.reset(token)
