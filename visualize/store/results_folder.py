"""The folder of kept results in the cache: bounded in size, and safe in a place that others can write to."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from visualize.download import links
from visualize.download.cache import cache_root
from visualize.download.cache_listing import Kept
from visualize.files import safe, sweep
from visualize.methods.errors import InputError, system_words
from visualize.store.result_file import Stored, is_one, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEEP = "VIZ_KEEP"
ROOM = "results"
UNFINISHED = "unfinished"
"""Folder of the checkpoints of scans that were not finished, beside those of the methods."""
_USUAL = 2_000_000_000  # bytes
_LARGEST = 4  # one result takes at most this part of the room
_SPARE = 0.9  # of the room, to which the oldest give way
_LOOKED = 50  # results that are written between two looks at all
_ENDING = ".npz"
_NAME = re.compile(r"[0-9a-f]{64}\.npz")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_STALE = 86_400  # seconds after which a file that was being written is given up


def room() -> int:
    """Bytes that kept results may take: what VIZ_KEEP says, or 2 GB; 0 keeps nothing.

    Raises:
        InputError: VIZ_KEEP is no size.
    """
    said = os.environ.get(KEEP, "").strip()
    if not said:
        return _USUAL
    size = _SIZE.fullmatch(said)
    if size is None:
        raise InputError(f"{KEEP} is {said!r}, which is no size; write 500MB, 2GB, or 0 to keep nothing")
    return int(float(size[1]) * _UNITS[size[2].lower()])


class ResultsFolder:
    """Results of all methods by their address, the least recently used of which give way.

    Args:
        most: bytes that they may take.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._root = cache_root() / ROOM
        self._written = 0
        self._total = 0  # bytes, as far as this process knows

    def holds(self, method: str, key: str) -> bool:
        """Whether a result lies there, be it damaged or not.

        Args:
            method: its method's name.
            key: 64 hexadecimal digits.
        """
        path = self._path(method, key)
        return not self._is_link(path) and is_one(path)

    def read(self, method: str, key: str) -> Stored | None:
        """A kept result; None where there is none, or none to be believed.

        Args:
            method: its method's name.
            key: 64 hexadecimal digits.

        Raises:
            InputError: it is damaged; it is gone then.
        """
        path = self._path(method, key)
        if self._is_link(path) or not is_one(path):
            return None
        try:
            stored = read(path)
        except OSError:
            return None
        except InputError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        with contextlib.suppress(OSError):
            os.utime(path)  # it was used now
        return stored

    def write(self, method: str, key: str, stored: Stored) -> None:
        """Keep a result, unless it is large beside the room for all.

        Raises:
            InputError: a link lies in the folder's place.
            OSError: it cannot be written.
        """
        if sum(array.nbytes for array in stored.arrays) > self._most / _LARGEST:
            return
        path = self._path(method, key)
        for folder in (self._root, path.parent):
            links.make_folder(folder)
        write(path, stored)
        self._total += path.stat().st_size
        if self._written % _LOOKED == 0 or self._total > self._most:
            self._make_room()
        self._written += 1

    def remove(self, method: str, key: str) -> None:
        """Remove a kept result, if there is one."""
        path = self._path(method, key)
        if not self._is_link(path) and is_one(path):
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, method: str, key: str) -> Path:
        return self._root / safe(method) / f"{key}{_ENDING}"

    def _is_link(self, path: Path) -> bool:
        return self._root.is_symlink() or path.parent.is_symlink()

    def _make_room(self) -> None:
        """Remove the results that were not used for longest until the others fit, and what was left half-written."""
        held = sorted(_files(self._root), key=lambda item: item[1].st_mtime_ns)
        total = sum(state.st_size for _, state in held)
        if total > self._most:
            for path, state in held:
                if total <= _SPARE * self._most:
                    break
                if is_one(path):
                    path.unlink(missing_ok=True)
                    total -= state.st_size
        self._total = total
        for folder in _folders(self._root):
            sweep(folder, older=_STALE)


def kept_results() -> tuple[Kept, ...]:
    """Kept results, a thing for each method, called ``results/METHOD``; sorted by name."""
    kinds = []
    for folder in _folders(cache_root() / ROOM):
        sizes = [state.st_size for path, state in _in_folder(folder) if is_one(path)]
        if sizes:
            kind = "unfinished scans" if folder.name == UNFINISHED else "kept results"
            kinds.append(Kept(f"{ROOM}/{folder.name}", folder, sum(sizes), kind, count=len(sizes)))
    return tuple(kinds)


def clear(kind: Kept) -> int:
    """Remove the kept results of a method, and its folder if nothing else lies in it.

    Args:
        kind: a thing that :func:`kept_results` gave.

    Returns:
        how many files stay, for they are not of this program's making, or another user's.

    Raises:
        InputError: one cannot be removed.
    """
    stays = 0
    for path, _ in _in_folder(kind.path):
        if is_one(path):
            try:
                path.unlink(missing_ok=True)
            except OSError as fault:
                raise InputError(f"cannot remove {path}: {system_words(fault)}") from fault
        else:
            stays += 1
    with contextlib.suppress(OSError):  # something else lies there
        kind.path.rmdir()
    return stays


def _folders(root: Path) -> Iterator[Path]:
    """Folders of the methods; none of them a link."""
    if root.is_symlink():
        return
    with contextlib.suppress(OSError):
        yield from sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())


def _files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for folder in _folders(root):
        yield from _in_folder(folder)


def _in_folder(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Files of a folder that are called as results are, with what the system knows of them."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with contextlib.suppress(OSError):  # it went away
                    yield folder / entry.name, entry.stat(follow_symlinks=False)
