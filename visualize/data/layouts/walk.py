"""Finding files in folders whose exact arrangement is not known."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.data.files.endings import kind, stem
from visualize.data.files.inner_paths import folders, leads_out
from visualize.data.files.passed_over import PassedOver
from visualize.methods.errors import InputError, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


_FOLDERS = 5000  # that are looked through before a search gives up
_kept = threading.local()


def walk(root: Path, *, depth: int) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Folders with the names of their folders and files, sorted, from the top downwards, hidden ones left out.

    Raises:
        InputError: a folder cannot be listed.
    """
    waiting, looked = [(root, 0)], 0
    while waiting and looked < _FOLDERS:
        folder, level = waiting.pop(0)
        looked += 1
        inner, files = _listing(folder)
        yield folder, inner, files
        if level < depth:
            waiting += [(folder / name, level + 1) for name in inner if not level or not leads_out(folder / name, root)]


@contextmanager
def listed_once() -> Iterator[None]:
    """Within the block each folder is listed once, however often this thread walks through it."""
    _kept.listings = {}
    try:
        yield
    finally:
        _kept.listings = None


def _listing(folder: Path) -> tuple[list[str], list[str]]:
    """Names of the folders and of the files in a folder."""
    known: dict[Path, tuple[list[str], list[str]]] | None = getattr(_kept, "listings", None)
    listing = known.get(folder) if known is not None else None
    if listing is None:
        listing = _list(folder)
        if known is not None:
            known[folder] = listing
    return listing


def _list(folder: Path) -> tuple[list[str], list[str]]:
    try:
        entries = sorted((entry for entry in os.scandir(folder) if not entry.name.startswith(".")), key=_name)
    except OSError as fault:
        raise InputError(f"the folder {printable(str(folder))} cannot be read: {system_words(fault)}") from fault
    inner = [entry.name for entry in entries if _is_folder(entry)]
    known = set(inner)
    return inner, [entry.name for entry in entries if entry.name not in known]


def folder_of(name: str, root: Path, *, depth: int = 3, other: Path | None = None) -> Path | None:
    """The first folder below ``root`` that holds a file of that name; ``other`` is passed over, None is no folder."""
    return next(
        (folder for folder, _, _ in walk(root, depth=depth) if folder != other and (folder / name).is_file()), None
    )


def pictures_below(root: Path, folder: str, passed: PassedOver | None = None) -> dict[str, str]:
    """Pictures in a folder: path below it without the ending -> path below ``root``.

    Args:
        root: the set's folder.
        folder: the path of the folder below it.
        passed: takes note of what is left out.

    Raises:
        InputError: a folder cannot be listed, or is a link that leads out of the set.
    """
    pictures: dict[str, str] = {}
    base, passed = root / folder, PassedOver() if passed is None else passed
    for inner, name in _files(base, root):
        taken = kind(inner, name)
        if taken is not None:
            path = Path(inner, name)
            below = path.relative_to(root).as_posix()
            if taken == "passed over":
                passed.files.append(below)
            elif pictures.setdefault(stem(path.relative_to(base).as_posix()), below) != below:
                passed.doubles.append(below)
    return dict(sorted(pictures.items(), key=lambda item: item[0].split("/")))


def every_picture(root: Path, passed: PassedOver | None = None) -> list[str]:
    """Paths below a folder of all that is taken for a picture, sorted, those of the same name among them.

    Args:
        root: the folder.
        passed: takes note of what is left out.

    Raises:
        InputError: a folder cannot be listed, or is a link that leads out of it.
    """
    passed = PassedOver() if passed is None else passed
    paths: list[str] = []
    for inner, name in _files(root, root, hidden=False):
        taken = kind(inner, name)
        if taken is not None:
            below = Path(inner, name).relative_to(root).as_posix()
            (passed.files if taken == "passed over" else paths).append(below)
    return sorted(paths, key=lambda path: path.split("/"))


def files_below(root: Path, folder: str, ending: str) -> list[str]:
    """Paths below ``root`` of the files in a folder whose names end so, in lower or upper case, sorted.

    Args:
        root: the set's folder.
        folder: the path of the folder below it; "" for the set's own.
        ending: such as ``".json"``.

    Raises:
        InputError: a folder cannot be listed, or is a link that leads out of the set.
    """
    paths = [
        Path(inner, name).relative_to(root).as_posix()
        for inner, name in _files(root / folder, root)
        if name.lower().endswith(ending) and not name.startswith(".")
    ]
    return sorted(paths, key=lambda path: path.split("/"))


def _files(base: Path, root: Path, *, hidden: bool = True) -> Iterator[tuple[str, str]]:
    """Folder and name of each file below one, the names of a folder sorted."""
    try:
        for folder, names, _ in folders(base, root, hidden=hidden):
            yield from ((folder, name) for name in sorted(names))
    except OSError as fault:
        raise InputError(
            f"the folder {printable(str(fault.filename))} cannot be read: {system_words(fault)}"
        ) from fault


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name
