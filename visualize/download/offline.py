"""Forbidding downloads: with ``VIZ_OFFLINE=1`` nothing is asked for elsewhere, whatever is missing."""

from __future__ import annotations

import os

from visualize.methods.errors import InputError

OFFLINE = "VIZ_OFFLINE"
FORBIDS = "VIZ_OFFLINE forbids downloads"
"""Words of every refusal."""

_NO = frozenset({"", "0", "no", "off", "false"})


def is_offline() -> bool:
    """Whether ``VIZ_OFFLINE`` forbids downloads: it is set, and not to 0, no, off or false."""
    return os.environ.get(OFFLINE, "").strip().lower() not in _NO


def require_online(what: str, instead: str) -> None:
    """Refuse what would be asked for elsewhere, where that is forbidden.

    Args:
        what: is asked for, with the reason why that needs the network; the beginning of the message.
        instead: what to do, in the imperative.

    Raises:
        InputError: ``VIZ_OFFLINE`` is set.

    Example:
        >>> require_online("s3://bucket/pictures lies elsewhere", "copy it here")  # says nothing: it is not set
    """
    if is_offline():
        raise InputError(f"{what}, and {FORBIDS}; {instead}")
