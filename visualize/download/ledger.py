"""Records of what downloads made in the cache: what no record names is not this program's, and is never removed."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.download import cache, links
from visualize.files import whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


ROOMS = ("models", "data", "indexes")
RECORDS = "records"
PART, TAG, BAD, LOCK = ".part", ".part.tag", ".bad", ".lock"
_ENDING = ".json"
_MOST = 64 << 20  # bytes of a record: a set of a quarter of a million files has 20 MB
_FOLDER = (-1, 0)  # stands for length and time of a folder, which change with what is put into it


@dataclass(frozen=True)
class Record:
    """Files and folders that downloads made under one name in a folder of the cache.

    Example:
        >>> from pathlib import Path
        >>> Record(Path("cache/models/net.pth"), begun=("net.pth.part",)).names
        ('net.pth', 'net.pth.part')

    Args:
        path: of the file or folder.
        made: path below its folder, with forward slashes -> bytes and time of the last change (ns).
        begun: names, beside it, of what may be there in part.
    """

    path: Path
    made: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    begun: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names in its folder of all that was made or begun, its own first."""
        return tuple(dict.fromkeys((self.path.name, *(name for name in self.made if "/" not in name), *self.begun)))

    @property
    def size(self) -> int:
        """Bytes of the file, or of the files in the folder, as they were made."""
        name = self.path.name
        inner = f"{name}/"
        return sum(size for below, (size, _) in self.made.items() if size > 0 and (below + "/").startswith(inner))

    def holds(self, below: str, state: os.stat_result) -> bool:
        """Whether something is as it was made, or is begun; as :func:`visualize.download.links.remove` asks."""
        return below.split("/", maxsplit=1)[0] in self.begun or self.made.get(below) == _trace(state)

    def has(self, name: str) -> bool:
        """Whether what was made or begun under a name is there as it was made."""
        try:
            return self.holds(name, self.path.with_name(name).lstat())
        except OSError:
            return False

    @property
    def is_there(self) -> bool:
        """Whether the file or folder itself is there as it was made."""
        return self.has(self.path.name)


def record_of(path: Path) -> Record:
    """The record of a file or folder of the cache; an empty one where it was not made by a download."""
    try:
        held = json.loads(links.read(_place(path), _MOST))
        made = {str(below): (int(size), int(time)) for below, (size, time) in held["made"].items()}
        begun = tuple(name for name in map(str, held["begun"]) if _is_beside(name, path.name))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return Record(path)
    return Record(path, {below: item for below, item in made.items() if _is_of(below, path.name)}, begun)


def records() -> Iterator[Record]:
    """All records, sorted by name; none of a folder that is a link."""
    root = cache.cache_root()
    if (root / RECORDS).is_symlink():
        return
    for place in sorted((root / RECORDS).glob(f"*{_ENDING}")):
        room, _, name = place.name.removesuffix(_ENDING).partition(".")
        if room in ROOMS and name and not (root / room).is_symlink():
            yield record_of(root / room / name)


def begin(path: Path, *names: str) -> None:
    """Record what is about to be made, in part or for a while, beside a file or folder of the cache.

    Raises:
        OSError: the record cannot be written.
    """
    held = record_of(path)
    _write(Record(path, held.made, tuple(dict.fromkeys((*held.begun, *names)))))


def finish(path: Path, *, also: str = "") -> None:
    """Record a file or folder of the cache that is whole now; nothing of it is in part any more.

    Args:
        path: the file or folder.
        also: in place of it, the name of a file beside it that was made.

    Raises:
        OSError: it cannot be read, or the record not be written.
    """
    held = record_of(path)
    kept = {below: item for below, item in held.made.items() if "/" not in below and below != path.name}
    if also:
        state = path.with_name(also).lstat()
        _write(Record(path, {**held.made, also: _trace(state)}, held.begun))
    else:
        _write(Record(path, {**kept, **dict(_traces(path))}))


def tidy(path: Path, *, removed: bool) -> None:
    """Drop what is gone from the record of a file or folder of the cache, and a record of nothing.

    Args:
        path: the file or folder.
        removed: it was removed; what stays of a folder was not made by a download.

    Raises:
        OSError: the record cannot be written.
    """
    held = record_of(path)
    there = {name for name in held.names if held.has(name)} - ({path.name} if removed else set())
    made = {below: item for below, item in held.made.items() if below.split("/")[0] in there}
    begun = tuple(name for name in held.begun if name in there)
    if made or begun:
        _write(Record(path, made, begun))
    else:
        _place(path).unlink(missing_ok=True)


def set_aside(path: Path, thing: Path) -> str:
    """Give a file that is of no use the name FILE.bad; it is recorded if it was this program that made it.

    Args:
        path: the file.
        thing: the file of the cache that it was to be: itself, or the one that ``path`` is a part of.

    Returns:
        the new name.

    Raises:
        OSError: it cannot be renamed.
    """
    aside = thing.with_name(thing.name + BAD)
    ours = record_of(thing).holds(path.name, path.lstat())
    path.replace(aside)
    if ours:
        finish(thing, also=aside.name)
    return aside.name


@contextmanager
def alone(path: Path, *, patient: bool = True) -> Iterator[None]:
    """Keep other processes off a file or folder within the block; the lock goes with the process, however that ends.

    Args:
        path: the file or folder.
        patient: wait for another process that has it.

    Raises:
        InputError: a link lies where the lock should, or, if not patient, another process has it.
        OSError: the lock cannot be made.
    """
    from filelock import FileLock, Timeout

    links.make_folder(path.parent)
    lock = path.with_name(path.name + LOCK)
    links.check(lock)
    held = FileLock(str(lock), timeout=-1 if patient else 0)
    try:
        held.acquire()
    except Timeout as fault:
        raise InputError(f"{path.name} is being downloaded; wait for that, or end it") from fault
    try:
        yield
    finally:
        held.release()


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A new folder beside one that is to be made of what is put into it; gone after the block, or on record."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        begin(folder, Path(temporary).name)
        yield Path(temporary)


def _place(path: Path) -> Path:
    return cache.cache_root() / RECORDS / f"{path.parent.name}.{path.name}{_ENDING}"


def _write(record: Record) -> None:
    if record.path.parent.parent != cache.cache_root() or record.path.parent.name not in ROOMS:
        return
    place = _place(record.path)
    links.make_folder(place.parent)
    with whole(place) as file:
        file.write(json.dumps({"made": record.made, "begun": record.begun}).encode())


def _traces(path: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each file and folder of a tree with its trace; links are not entered."""
    yield path.name, _trace(path.lstat())
    top = len(str(path.parent)) + 1
    for folder, inner, files in os.walk(path):
        for name in (*inner, *files):
            whole_path = os.path.join(folder, name)  # noqa: PTH118 (there may be a quarter of a million)
            yield whole_path[top:].replace(os.sep, "/"), _trace(os.lstat(whole_path))


def _trace(state: os.stat_result) -> tuple[int, int]:
    return _FOLDER if stat.S_ISDIR(state.st_mode) else (state.st_size, state.st_mtime_ns)


def _is_beside(name: str, thing: str) -> bool:
    """Whether a name is one of those that this program gives to what lies beside a thing."""
    plain = "/" not in name and os.sep not in name
    beside = {f"{thing}{ending}" for ending in (PART, TAG, BAD, cache.RECORD)}
    return plain and (name in beside or name.startswith(f".{thing}-"))


def _is_of(below: str, thing: str) -> bool:
    return below == thing or below.startswith(f"{thing}/") or _is_beside(below, thing)
