"""Text and JSON in UTF-8, read whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from visualize.intake import json_text
from visualize.intake.regular_files import read_bytes
from visualize.intake.utf8 import lines_of
from visualize.methods.errors import InputError, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 40 << 20
"""Bytes that a text of names may have."""

_LONGEST = 10_000  # letters of a line
_COMMENT = re.compile(r"\s#\s.*")


def read_lines(path: Path) -> list[str]:
    """The lines of a text in UTF-8, with or without a byte order mark.

    Raises:
        InputError: it cannot be read, or has too many lines.
    """
    try:
        data = read_bytes(path, most=MOST_BYTES)
    except OSError as fault:
        raise InputError(f"{printable(str(path))} cannot be read: {system_words(fault)}") from fault
    return lines_of(data, str(path))


def read_json(path: Path) -> Any:  # noqa: ANN401 (whatever the file holds)
    """The content of a JSON file.

    Raises:
        InputError: it cannot be read, is no JSON, or is too large or too deep.
    """
    return json_text.load(path)


def content_lines(path: Path) -> tuple[list[tuple[int, str]], int]:
    """The lines of a text that say something, each with its number from 1, and how many hold a comment alone.

    Blank lines, and those that begin with ``#`` or ``//``, are left out, and so is a comment behind a blank and ``#``.

    Raises:
        InputError: it cannot be read.
    """
    lines, comments = [], 0
    for number, text in enumerate(read_lines(path), start=1):
        said = text.strip()
        if len(said) > _LONGEST:
            raise InputError(f"{printable(str(path))}, line {number}: {len(said):,} letters are no name")
        if said.startswith(("#", "//")):
            comments += 1
        elif said:
            lines.append((number, _COMMENT.sub("", said)))
    return lines, comments


def unquoted(text: str) -> str:
    """A name without blanks around it and without the quotes that some programs put there."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
