"""Paths that stay within a folder: what an index or a link says is doubted."""

from __future__ import annotations

import functools
import os
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_PLAIN = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)


def climbs(path: str) -> bool:
    """Whether a path of an index could lead out of the folder it starts from, on any system."""
    if _PLAIN.fullmatch(path):  # nearly all are, and there are hundreds of thousands
        return False
    parts = {*PurePosixPath(path).parts, *PureWindowsPath(path).parts}
    return PurePosixPath(path).is_absolute() or bool(PureWindowsPath(path).anchor) or ".." in parts or "\0" in path


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path below a folder leaves it by way of a link."""
    inner, whole = str(path), _real(str(folder))
    real = os.path.realpath(inner) if path.is_symlink() else f"{_real(str(path.parent))}{os.sep}{path.name}"
    return not real.startswith(whole.rstrip(os.sep) + os.sep)


@functools.lru_cache(4096)
def _real(folder: str) -> str:
    """The folder's path without links; remembered, as folders do not move while a set is read, and files are many."""
    return os.path.realpath(folder)
