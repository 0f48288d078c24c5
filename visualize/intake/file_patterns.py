"""Files that a pattern names, looked for in bounded time: ``/*/*/*/*`` would be a walk over every disk."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_WILD = "*?["
_MOST = 100_000  # names that are looked at


def is_pattern(text: str) -> bool:
    """Whether a text has letters that stand for others.

    Example:
        >>> is_pattern("epoch-*.pth"), is_pattern("epoch-1.pth")
        (True, False)
    """
    return any(letter in text for letter in _WILD)


def matching(pattern: str, *, most: int = _MOST) -> list[str]:
    """Files and folders that a pattern of the shell names, in the order of their names.

    ``*``, ``?`` and ``[abc]`` stand for letters of one name; names that begin with a point are matched by patterns that
    begin with one. ``~`` is the home folder.

    Args:
        pattern: a path with such letters in any of its names.
        most: names of files and folders that are looked at.

    Raises:
        InputError: there are more to look at.
    """
    first, *names = Path(pattern).expanduser().parts
    if is_pattern(first):
        first, names = "", [first, *names]
    held, looked = [first], 0
    for name in names:
        several = []
        for folder in held:
            if not is_pattern(name):
                several += [path] if os.path.lexists(path := os.path.join(folder, name)) else []  # noqa: PTH118
                continue
            for entry in _names(folder):
                looked += 1
                if looked > most:
                    raise InputError(
                        f"{printable(pattern)[:200]} makes more than {most:,} names to look at; name the folder"
                    )
                if fnmatch.fnmatchcase(entry, name) and entry.startswith(".") <= name.startswith("."):
                    several.append(os.path.join(folder, entry))  # noqa: PTH118
        held = several
    return sorted(held)


def _names(folder: str) -> Iterator[str]:
    """Names in a folder one by one; none where it cannot be read."""
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                yield entry.name
    except OSError:
        return
