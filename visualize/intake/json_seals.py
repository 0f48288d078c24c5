"""Checksums within records of JSON, by which a flipped bit or a hand that went in between is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

SEAL = "sha256"
"""Entry of a record that holds the SHA-256 of all others."""


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content of a record with its own checksum, to be written as JSON."""
    return {**content, SEAL: checksum(json.loads(json.dumps(content)))}  # as it will be read: keys are texts there


def unsealed(content: object, source: str, *, needed: bool = True) -> dict[str, Any]:
    """Content of a record without its checksum, which is verified.

    Args:
        content: whatever JSON held.
        source: where it comes from, for the error.
        needed: refuse a record without a checksum; otherwise it is believed, as one that somebody wrote by hand.

    Raises:
        InputError: it is no record, or not what was written.
    """
    if not isinstance(content, dict):
        raise InputError(f"{printable(source)} does not hold a record")
    held = dict(content)
    if not needed and SEAL not in held:
        return held
    if held.pop(SEAL, None) != checksum(held):
        raise InputError(f"{printable(source)} is damaged, or was changed since it was written")
    return held


def checksum(content: Mapping[str, Any]) -> str:
    """SHA-256 of a record, whatever the order of its entries."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
