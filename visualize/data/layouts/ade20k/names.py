"""Names of ADE20K's classes, which only the notes of its pictures say: gathered once, then kept in the cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.download import ledger, links
from visualize.download.cache import cache_root
from visualize.files import whole
from visualize.intake.json_seals import sealed, unsealed
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


MANY = 500  # pictures; the notes of fewer are read each time, in a fraction of a second
_VERSION = 2
_ROOM = "indexes"
_MOST = 64 << 20  # bytes of an index


@dataclass(frozen=True)
class Names:
    """Classes and kinds of scenes that the notes of all pictures name.

    Args:
        objects: class -> name of objects.
        parts: class -> name of parts.
        scenes: the kinds of scenes.
    """

    objects: Mapping[int, str]
    parts: Mapping[int, str]
    scenes: frozenset[str]


def remembered(notes: Sequence[str], root: Path, gather: Callable[[], Names]) -> Names:
    """The names as they were gathered before from the same notes, else gathered now and kept.

    Notes are the same if their paths, lengths and times of change are. A cache folder that cannot be written, or an
    index that somebody damaged, costs nothing but time.

    Args:
        notes: the paths of the files, of all pictures.
        root: the folder of the set, which may be moved.
        gather: reads them all.
    """
    if len(notes) < MANY:
        return gather()
    place = cache_root() / _ROOM / f"ade20k-{_key(notes, root)}.json"
    names = _read(place)
    if names is None:
        names = gather()
        _write(place, names)
    return names


def _key(notes: Sequence[str], root: Path) -> str:
    digest, start = hashlib.sha256(f"{_VERSION}\n".encode()), f"{root}{os.sep}"
    for note in notes:
        try:
            state = os.stat(note)  # noqa: PTH116 (27,574 of them)
        except OSError:
            continue
        line = f"{note.removeprefix(start)}\0{state.st_size}\0{state.st_mtime_ns}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def _read(place: Path) -> Names | None:
    try:
        held = unsealed(json.loads(links.read(place, _MOST)), str(place))
        objects, parts = (
            {int(number): str(name) for number, name in held[key].items()} for key in ("objects", "parts")
        )
        return Names(objects, parts, frozenset(map(str, held["scenes"])))
    except (OSError, InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _write(place: Path, names: Names) -> None:
    content = {"objects": names.objects, "parts": names.parts, "scenes": sorted(names.scenes)}
    with contextlib.suppress(OSError, InputError), ledger.alone(place):
        with whole(place) as file:
            file.write(json.dumps(sealed(content)).encode())
        ledger.finish(place)
