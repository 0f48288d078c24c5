"""Regular files alone, opened without waiting: no pipe, device or socket stands in for one, and none is too large."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


@contextmanager
def opened(path: Path, *, most: int | None = None) -> Iterator[BufferedReader]:
    """Open a regular file for reading.

    Args:
        path: the file; links are followed.
        most: bytes that it may have; None for any number.

    Raises:
        InputError: the path is no regular file, or the file is longer.
        OSError: it is not there, or cannot be read.
    """
    number = os.open(path, os.O_RDONLY | _AT_ONCE)
    try:
        _check(os.fstat(number), path, most)
    except InputError:
        os.close(number)
        raise
    with os.fdopen(number, "rb") as file:
        yield file


def read_bytes(path: Path, *, most: int) -> bytes:
    """Every byte of a regular file.

    Args:
        path: the file.
        most: bytes that it may have.

    Raises:
        InputError: it is no regular file, or longer.
        OSError: it is not there, or cannot be read.
    """
    with opened(path, most=most) as file:
        return file.read(most)


def require_regular(path: str | Path, *, most: int | None = None) -> None:
    """Refuse what is no regular file, for libraries that open a path themselves.

    Raises:
        InputError: the path is no regular file, or the file has more than ``most`` bytes.
        OSError: it is not there.
    """
    _check(os.stat(path), path, most)  # noqa: PTH116 (text or path, and called for every picture)


def _check(state: os.stat_result, path: str | Path, most: int | None) -> None:
    if not stat.S_ISREG(state.st_mode):
        kind = _KINDS.get(stat.S_IFMT(state.st_mode), "something else")
        raise InputError(f"{printable(str(path))} is {kind}; a file is expected there")
    if most is not None and state.st_size > most:
        raise InputError(
            f"{printable(str(path))} has {state.st_size:,} bytes; at most {most:,} of such a file are read"
        )
