"""Faults of one address; another address may still have the file."""

from __future__ import annotations


class TransferError(Exception):
    """An address did not give the file; the text is the reason without the address."""


class TooSlowError(TransferError):
    """An address sends next to nothing, and would do so again."""


class WrongFileError(TransferError):
    """An address gave something else than the file."""
