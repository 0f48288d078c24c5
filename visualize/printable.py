"""Text from data, as text that can be shown: names of files, labels, messages."""

from __future__ import annotations

import os

_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def printable(name: str) -> str:
    """A file's name as text that every terminal and JSON can hold, also where the file system is not in UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def clean(text: str) -> str:
    r"""A text in which nothing can move the cursor, colour what follows, start a line, or turn the order of letters.

    All that goes to a terminal passes through here: labels, names and paths come from anywhere. Blanks of any kind,
    ends of lines too, become spaces; other characters that are not printable, such as escapes, marks of direction and
    halves of surrogate pairs, become U+FFFD.

    Example:
        >>> clean("coffee\tshop\x1b[31m \N{LEFT-TO-RIGHT OVERRIDE}")
        'coffee shop�[31m �'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else _UNKNOWN for letter in text)
