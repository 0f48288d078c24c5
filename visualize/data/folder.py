"""Probe sets that are folders: any folder of pictures, or one in Broden's format."""

from __future__ import annotations

import csv
import os
import random
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from methods.preparation import Preparation

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
INDEX = "index.csv"
PICTURES = "images"


@dataclass(frozen=True)
class Folder:
    """Pictures in a folder, in a fixed order.

    Args:
        name: what to call the set.
        root: the folder that ``paths`` start from.
        paths: of the pictures, below ``root``.
    """

    name: str
    root: Path
    paths: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def file(self, index: int) -> str:
        """The path of a picture below the folder, with forward slashes."""
        return _printable(self.paths[index])

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        from visualize.data.reading import read_picture

        return read_picture(self.root / self.paths[index], preparation, name=self.file(index))


def open_folder(where: str | Path, *, count: int | None = None, seed: int = 0) -> Folder:
    """Open a folder of pictures, or one in Broden's format.

    A folder is in Broden's format when it has an ``index.csv`` with a column ``image``: its pictures are then
    ``images/<image>`` in the order of that file. Any other folder is searched recursively, links followed, hidden files
    left out, and its pictures are sorted by path.

    Args:
        where: the folder.
        count: how many pictures to draw at random (in the folder's order); None takes all.
        seed: of the draw.

    Raises:
        InputError: there is no such folder, it holds no pictures, or its index cannot be used.
    """
    if not str(where).strip():
        raise InputError("the name of the folder of pictures is empty; give a folder, or scenes for the built-in ones")
    root = Path(where).expanduser()
    if not root.is_dir():
        problem = "is a file" if root.exists() else "does not exist"
        raise InputError(f"{root} {problem}; give a folder of pictures, or scenes for the built-in ones")
    listed = _broden(root)
    paths = _found(root) if listed is None else listed
    if not paths:
        raise InputError(
            f"no pictures in {root} ({', '.join(sorted(ending[1:] for ending in ENDINGS))} are looked for)"
        )
    base = root if listed is None else root / PICTURES
    return Folder(_printable(root.resolve().name or str(root)), base, tuple(draw(paths, count, seed)))


def draw(paths: Sequence[str], count: int | None, seed: int) -> Sequence[str]:
    """``count`` of the paths, drawn without replacement and kept in their order."""
    if count is None or count >= len(paths):
        return paths
    if count < 1:
        raise InputError(f"a probe set of {count} pictures cannot be scanned; ask for 1 or more")
    chosen = random.Random(seed).sample(range(len(paths)), count)  # noqa: S311 (a sample of pictures, not a secret)
    return [paths[index] for index in sorted(chosen)]


def _found(root: Path) -> list[str]:
    """The pictures below a folder, sorted by path."""
    try:
        return sorted(_walk(root), key=lambda path: path.split("/"))
    except OSError as fault:
        raise InputError(f"the folder {fault.filename or root} cannot be read: {fault.strerror}") from fault


def _walk(root: Path) -> Iterator[str]:
    """Pictures below a folder; every folder is entered once, so that links that lead back end the search."""
    seen: set[tuple[int, int]] = set()
    for folder, inner, files in os.walk(root, followlinks=True, onerror=_stop):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in files:
            if not name.startswith(".") and PurePosixPath(name).suffix.lower() in ENDINGS:
                yield (Path(folder) / name).relative_to(root).as_posix()


def _broden(root: Path) -> list[str] | None:
    """The pictures that Broden's index lists, below ``images``; None if the folder has no such index."""
    index = root / INDEX
    if not index.is_file():
        return None
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if "image" not in (rows.fieldnames or ()):
                return None
            listed = [_inside(row["image"], index, number) for number, row in enumerate(rows, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError(f"{index} cannot be read: {fault}") from fault
    if not (root / PICTURES).is_dir():
        raise InputError(f"{root} has Broden's {INDEX} but no folder {PICTURES} beside it")
    return listed


def _inside(image: str | None, index: Path, line: int) -> str:
    """A path of the index, if it stays in the folder."""
    if not image:
        raise InputError(f"{index}, line {line}: the column image is empty")
    path = PurePosixPath(image)
    if path.is_absolute() or PureWindowsPath(image).drive or ".." in {*path.parts, *PureWindowsPath(image).parts}:
        raise InputError(f"{index}, line {line}: {_printable(image)} leads out of the folder {PICTURES}")
    return image


def _stop(fault: OSError) -> None:
    """A folder that cannot be listed is said, not left out."""
    raise fault


def _printable(name: str) -> str:
    """A file's name as text that every terminal and JSON can hold, also where the file system is not in UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")
