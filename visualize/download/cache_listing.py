"""The contents of the cache folder, and how to get its room back without touching anything else."""

from __future__ import annotations

import glob
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from methods.errors import InputError, suggest
from visualize.download.cache import RECORD, cache_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


ALL, PARTIAL = "all", "partial"
INDEXES = "indexes"
_LOCK = ".lock"
_REST = (".part", ".part.tag", ".bad")  # what is left of a download that broke off, or was of another file
_FOLDERS = {"models": "model file", "data": "probe set", INDEXES: "index"}


@dataclass(frozen=True)
class Kept:
    """A thing in the cache: a file, an index or an unpacked probe set, with the leftovers beside it.

    Args:
        name: of the file or folder.
        path: where it is, or would be.
        size: bytes on disk, its leftovers included.
        kind: "model file", "probe set" or "index", with "(incomplete)" where only a part of it is there.
        leftover: how many of the bytes are halves of downloads, files with a wrong hash, or half unpacked archives.
    """

    name: str
    path: Path
    size: int
    kind: str
    leftover: int = 0


def kept() -> tuple[Kept, ...]:
    """Everything that downloads left in the cache, sorted by name.

    A download leaves a lock beside what it fetches: what has none was not put there by this program, and is left out.
    """
    items = []
    for folder, kind in _FOLDERS.items():
        for lock in sorted((cache_root() / folder).glob(f"*{_LOCK}")):
            path = lock.with_name(lock.name.removesuffix(_LOCK))
            left = sum(map(_size, _rest(path)))
            if _there(path):
                items.append(Kept(path.name, path, _size(path) + left, kind, left))
            elif left:
                items.append(Kept(path.name, path, left, f"{kind} (incomplete)", left))
    return tuple(sorted(items, key=lambda item: item.name))


def chosen(names: Sequence[str], items: Sequence[Kept]) -> tuple[Kept, ...]:
    """The things that a removal by these names would take.

    Args:
        names: names of things in the cache; or "all"; or "partial" for the leftovers of every thing.
        items: the things in the cache, as :func:`kept` gave them.

    Returns:
        the things, each with the bytes that removing would free.

    Raises:
        InputError: the cache holds nothing of one of these names.
    """
    if ALL in names:
        return tuple(items)
    known = {item.name: item for item in items}
    for name in names:
        if name not in known and name != PARTIAL:
            raise InputError(
                f"the cache {cache_root()} holds no {name!r}{suggest(name, known)}; viz cache lists what is there"
            )
    left = [replace(item, size=item.leftover) for item in items if item.leftover and item.name not in names]
    return (*(known[name] for name in dict.fromkeys(names) if name != PARTIAL), *(left if PARTIAL in names else ()))


def remove(wanted: Sequence[Kept], *, everything: bool) -> None:
    """Remove things from the cache, as :func:`chosen` gave them.

    Args:
        wanted: the things to remove; one whose size is that of its leftovers loses only these.
        everything: also remove the records of files' hashes.

    Raises:
        InputError: a thing is being downloaded, or cannot be removed.
    """
    for item in wanted:
        _remove(item, record=everything)


def _remove(item: Kept, *, record: bool) -> None:
    """Remove a thing and its leftovers, while no download of it is going on."""
    from filelock import FileLock, Timeout

    path, whole = item.path, item.size > item.leftover or record
    lock = path.with_name(path.name + _LOCK)
    records = [path.with_name(path.name + RECORD)] if record else []
    try:
        with FileLock(str(lock), timeout=0):
            for part in (*([path] if whole else []), *_rest(path), *records):
                if part.is_dir() and not part.is_symlink():
                    shutil.rmtree(part)
                else:
                    part.unlink(missing_ok=True)
        if not _there(path):
            lock.unlink(missing_ok=True)
    except Timeout as fault:
        raise InputError(f"{path.name} is being downloaded; wait for that, or end it") from fault
    except OSError as fault:
        raise InputError(f"cannot remove {path}: {fault.strerror or fault}") from fault


def _rest(path: Path) -> list[Path]:
    """Leftovers beside a thing; unpacking that was killed leaves a hidden folder called after it."""
    beside = [path.with_name(path.name + ending) for ending in _REST]
    hidden = sorted(path.parent.glob(f".{glob.escape(path.name)}-*"))
    return [part for part in (*beside, *hidden) if _there(part)]


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; links count as what they are."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(_size_of_folder(str(path)))


def _size_of_folder(folder: str) -> list[int]:
    """Lengths of all files in a folder, bytes.

    Probe sets have a quarter of a million files, so that each is looked at once, and without a Path.
    """
    return [
        os.lstat(os.path.join(inner, name)).st_size  # noqa: PTH118 (without a Path, for speed)
        for inner, _, names in os.walk(folder)
        for name in names
    ]
