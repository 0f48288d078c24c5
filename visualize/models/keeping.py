"""What the cache folder holds, and how to get its room back without touching anything else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from methods.errors import InputError, suggest
from visualize.models.cache import RECORD, cache_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ALL = "all"
_LOCK = ".lock"
_REST = (".part", ".part.tag", ".bad")  # what is left of a download that broke off, or was of another file
_FOLDERS = {"models": "model file", "data": "probe set"}


@dataclass(frozen=True)
class Kept:
    """One thing in the cache: a file or an unpacked probe set, with what belongs to it.

    Args:
        name: of the file or folder.
        path: where it is, or would be.
        size: bytes on disk, of all that belongs to it.
        kind: "model file", "probe set", or either with "(incomplete)".
    """

    name: str
    path: Path
    size: int
    kind: str


def kept() -> tuple[Kept, ...]:
    """Everything that downloads left in the cache, sorted by name.

    A download leaves a lock beside what it fetches: what has none was not put there by this program, and is left out.
    """
    found = []
    for folder, kind in _FOLDERS.items():
        for lock in sorted((cache_root() / folder).glob(f"*{_LOCK}")):
            path = lock.with_name(lock.name.removesuffix(_LOCK))
            parts = [part for part in (path, *_rest(path)) if _there(part)]
            if parts:
                state = kind if _there(path) else f"{kind} (incomplete)"
                found.append(Kept(path.name, path, sum(map(_size, parts)), state))
    return tuple(sorted(found, key=lambda one: one.name))


def remove(names: Sequence[str], found: Sequence[Kept]) -> tuple[Kept, ...]:
    """Remove things from the cache; the record of a file's hash stays, unless everything goes.

    Args:
        names: of them, or "all".
        found: what there is, as :func:`kept` gave it.

    Returns:
        what was removed.

    Raises:
        InputError: one of them is not there, or cannot be removed; nothing is removed if a name is wrong.
    """
    known = {one.name: one for one in found}
    wanted = list(found) if ALL in names else []
    for name in () if ALL in names else names:
        if name not in known:
            raise InputError(
                f"the cache {cache_root()} holds no {name!r}{suggest(name, known)}; viz cache lists what is there"
            )
        wanted.append(known[name])
    for one in wanted:
        _remove(one.path, record=ALL in names)
    return tuple(wanted)


def _remove(path: Path, *, record: bool) -> None:
    """Remove a thing and what belongs to it, while no download of it is going on."""
    from filelock import FileLock, Timeout

    lock = path.with_name(path.name + _LOCK)
    try:
        with FileLock(str(lock), timeout=0):
            for part in (path, *_rest(path), *([path.with_name(path.name + RECORD)] if record else [])):
                if part.is_dir() and not part.is_symlink():
                    shutil.rmtree(part)
                else:
                    part.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
    except Timeout as fault:
        raise InputError(f"{path.name} is being downloaded; wait for that, or end it") from fault
    except OSError as fault:
        raise InputError(f"cannot remove {path}: {fault.strerror or fault}") from fault


def _rest(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in _REST]


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(part.lstat().st_size for part in path.rglob("*") if not part.is_dir())
