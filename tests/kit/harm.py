"""Things that lie where a file is expected."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def away(path: Path) -> None:
    """Remove a file, a link or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def pipe(path: Path) -> None:
    """Put a named pipe there, which whoever opens it waits for."""
    away(path)
    os.mkfifo(path)


def folder(path: Path) -> None:
    """Put an empty folder there."""
    away(path)
    path.mkdir()


def link(path: Path, to: str | Path) -> None:
    """Put a link there."""
    away(path)
    path.symlink_to(to)


def into(path: Path, *inner: Path) -> None:
    """Make a folder there and move files and folders into it."""
    path.mkdir()
    for item in inner:
        item.rename(path / item.name)


def away_all(folder: Path, pattern: str) -> None:
    """Remove whatever below a folder is called so."""
    for path in list(folder.glob(pattern)):
        away(path)
