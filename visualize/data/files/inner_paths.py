"""Paths that stay within a folder: what an index or a link says is doubted.

There is one rule for links, for every command and layout: the folder that is named may be a link, and so may the
folders that lie right in it (a set's ``images`` on another disk). A link that is met deeper, or that is a file, has to
stay in the set.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_PLAIN = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)


def climbs(path: str) -> bool:
    """Whether a path of an index could lead out of the folder it starts from, on any system."""
    if _PLAIN.fullmatch(path):  # nearly all are, and there are hundreds of thousands
        return False
    parts = {*PurePosixPath(path).parts, *PureWindowsPath(path).parts}
    return PurePosixPath(path).is_absolute() or bool(PureWindowsPath(path).anchor) or ".." in parts or "\0" in path


def inside(root: Path, path: str) -> Path:
    """The file or folder at a path below a set's folder.

    Args:
        root: the set's folder.
        path: below it, with forward slashes.

    Raises:
        InputError: it is there, and a link that leads out of the set.
    """
    file, (top, deeper, _) = root / path, path.partition("/")
    folder = root / top if deeper else root
    if leads_out(file, folder) and leads_out(file, root) and file.exists() and (deeper or not file.is_dir()):
        raise InputError(f"{printable(str(file))} is a link that leads out of {folder}; copy the file there")
    return file


def folders(base: Path, root: Path, *, hidden: bool = False) -> Iterator[tuple[str, list[str], set[str]]]:
    """Folders below one of a set, itself first, with the names of the files in them, and which of these are links.

    Links are followed within the set, and each folder is entered once, so that links that lead back end the search.

    Args:
        base: where to begin.
        root: the set's folder: ``base`` or a folder above it.
        hidden: enter hidden folders too.

    Raises:
        InputError: a folder is a link that leads out of the set.
        OSError: a folder cannot be listed.
    """
    seen: set[tuple[int, int]] = set()
    above = len(str(root).rstrip(os.sep)) + 1
    for folder, inner, files in os.walk(base, followlinks=True, onerror=_stop):
        status = os.stat(folder)  # noqa: PTH116 (text rather than paths: there may be a hundred thousand)
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            links = {entry.name for entry in entries if entry.is_symlink()}
        inner[:] = sorted(name for name in inner if hidden or not name.startswith("."))
        for name in links.intersection(inner):
            inside(root, f"{folder}{os.sep}{name}"[above:].replace(os.sep, "/"))
        yield folder, files, links


def _stop(fault: OSError) -> None:
    """Raise the fault of a folder that cannot be listed, which the walk would otherwise pass over."""
    raise fault


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path below a folder leaves it by way of a link."""
    inner, whole = str(path), _real(str(folder))
    real = os.path.realpath(inner) if path.is_symlink() else f"{_real(str(path.parent))}{os.sep}{path.name}"
    return real != whole and not real.startswith(whole.rstrip(os.sep) + os.sep)


@functools.lru_cache(4096)
def _real(folder: str) -> str:
    """The folder's path without links; remembered, as folders do not move while a set is read, and files are many."""
    return os.path.realpath(folder)
