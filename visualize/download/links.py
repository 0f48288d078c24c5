"""Files in folders that others can write to: nothing is written, read or removed through a link that lies there."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from visualize.files import require_no_link
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Made = Callable[[str, os.stat_result], bool]


_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_BY_NUMBER = os.open in os.supports_dir_fd  # elsewhere folders cannot be held open while something in them is removed
_DEEPEST = 64  # folders within folders that a removal enters


def make_folder(folder: Path) -> None:
    """Make a folder, with those on the way to it.

    Raises:
        InputError: a link lies in its place.
        OSError: it cannot be made.
    """
    require_no_link(folder, instead="remove it, or set VIZ_CACHE to another folder")
    folder.mkdir(parents=True, exist_ok=True)


def check(path: Path) -> None:
    """Refuse to write where something else than a file of one name lies.

    Raises:
        InputError: a link lies there, a file that has a second name elsewhere, a pipe or a device.
        OSError: it cannot be looked at.
    """
    try:
        state = path.lstat()
    except FileNotFoundError:
        return
    _check(path, state)


def open_file(path: Path, *, append: bool) -> BinaryIO:
    """Open a file for writing, which is made if it is not there.

    Args:
        path: of the file.
        append: write behind what it holds; otherwise that is dropped.

    Raises:
        InputError: a link lies there, a file that has a second name elsewhere, a pipe or a device.
        OSError: it cannot be written.
    """
    check(path)  # says why, where the system would say that there are too many levels of links
    with _held(path.parent) as (folder, prefix):
        number = os.open(f"{prefix}{path.name}", os.O_WRONLY | os.O_CREAT | _NO_LINK, 0o666, dir_fd=folder)
    file = os.fdopen(number, "wb")
    try:
        _check(path, os.fstat(number))
        file.seek(0, os.SEEK_END if append else os.SEEK_SET)
        if not append:
            file.truncate()
    except BaseException:
        file.close()
        raise
    return file


def read(path: Path, most: int) -> bytes:
    """The content of a small file; nothing where there is none, where it is no plain file, or where it is longer.

    Args:
        path: of the file.
        most: the bytes that it may have.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _NO_LINK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b""
            content = file.read(most + 1)
    except OSError:
        return b""
    return content if len(content) <= most else b""


def remove(path: Path, made: Made) -> int:
    """Remove a file or a folder, as far as it was made by this program.

    Args:
        path: of the file or folder, in a folder that is no link.
        made: whether this program made something: its path below the folder that ``path`` lies in, with forward
            slashes, and what the system knows of it.

    Returns:
        how many files and folders stay, for they were not made by it; 0 where nothing is there.

    Raises:
        OSError: something cannot be removed.
    """
    with _held(path.parent) as (folder, prefix):
        try:
            return _removed(f"{prefix}{path.name}", path.name, folder, made, 0)
        except FileNotFoundError:
            return 0


def _removed(name: str, below: str, folder: int | None, made: Made, depth: int) -> int:
    state = os.stat(name, dir_fd=folder, follow_symlinks=False)
    ours = made(below, state)
    if not stat.S_ISDIR(state.st_mode):
        if ours:
            os.unlink(name, dir_fd=folder)
        return int(not ours)
    if depth == _DEEPEST:
        return 1
    inner = os.open(name, _FOLDER, dir_fd=folder) if _BY_NUMBER else None
    try:
        prefix = "" if _BY_NUMBER else f"{name}{os.sep}"
        left = sum(
            _removed(f"{prefix}{entry}", f"{below}/{entry}", inner, made, depth + 1)
            for entry in os.listdir(name if inner is None else inner)  # noqa: PTH208 (an open folder has no path)
        )
    finally:
        if inner is not None:
            os.close(inner)
    if ours and not left:
        os.rmdir(name, dir_fd=folder)
    return left + (not ours)


def _check(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        what = "is a link" if stat.S_ISLNK(state.st_mode) else "is no plain file"
        what = "is the second name of another file" if stat.S_ISREG(state.st_mode) else what
        raise InputError(f"{path} {what}, and nothing is written through it; remove it")


@contextmanager
def _held(folder: Path) -> Iterator[tuple[int | None, str]]:
    """The number of an open folder that is no link, and what goes before names in it.

    Systems that know no such numbers have None, and the folder's path before the names.
    """
    if not _BY_NUMBER:
        yield None, f"{folder}{os.sep}"
        return
    number = os.open(folder, _FOLDER)
    try:
        yield number, ""
    finally:
        os.close(number)
