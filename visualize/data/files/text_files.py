"""Text and JSON in UTF-8, read whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

_COMMENT = re.compile(r"\s#\s.*")


def read_lines(path: Path) -> list[str]:
    """The lines of a text in UTF-8, with or without a byte order mark.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(
            f"{printable(str(path))} cannot be read: {getattr(fault, 'strerror', None) or fault}"
        ) from fault


def read_json(path: Path) -> Any:  # noqa: ANN401 (whatever the file holds)
    """The content of a JSON file.

    Raises:
        InputError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as fault:
        raise InputError(
            f"{printable(str(path))} cannot be read: {getattr(fault, 'strerror', None) or fault}"
        ) from fault


def content_lines(path: Path) -> tuple[list[tuple[int, str]], int]:
    """The lines of a text that say something, each with its number from 1, and how many hold a comment alone.

    Blank lines, and those that begin with ``#`` or ``//``, are left out, and so is a comment behind a blank and ``#``.

    Raises:
        InputError: it cannot be read.
    """
    lines, comments = [], 0
    for number, text in enumerate(read_lines(path), start=1):
        said = text.strip()
        if said.startswith(("#", "//")):
            comments += 1
        elif said:
            lines.append((number, _COMMENT.sub("", said)))
    return lines, comments
