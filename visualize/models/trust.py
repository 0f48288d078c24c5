"""Trust: whether the user lets code run that comes with a model: of torch.hub, or in a TorchScript file."""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError

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


def require(would: str) -> None:
    """Refuse what runs code, unless trust is given; nothing of it may have run yet.

    Args:
        would: names the model, and says what it would run.

    Raises:
        InputError: trust is not given.
    """
    if not given():
        raise InputError(
            f"{would}, with all that you may do on this machine; if you trust it, say so with --trust (trust=True in "
            f"Python)"
        )


@contextlib.contextmanager
def trusting(*, yes: bool) -> Iterator[None]:
    """Give trust within the block if ``yes`` says so; trust that was given before stays."""
    token = _granted.set(yes or given())
    try:
        yield
    finally:
        _granted.reset(token)
