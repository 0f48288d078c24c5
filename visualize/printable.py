"""Names of files as text."""

from __future__ import annotations

import os


def printable(name: str) -> str:
    """A file's name as text that every terminal and JSON can hold, also where the file system is not in UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")
