"""The contents of the cache folder, and how to get its room back without touching anything else."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.download import ledger, links
from visualize.download.cache import RECORD, cache_root
from visualize.methods.errors import InputError, suggest, system_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.download.ledger import Record


ALL, PARTIAL = "all", "partial"
_KINDS = dict(zip(ledger.ROOMS, ("model file", "probe set", "index"), strict=True))


@dataclass(frozen=True)
class Kept:
    """A thing in the cache: a file, an index, an unpacked probe set or results, with the leftovers beside it.

    Args:
        name: of the file or folder.
        path: where it is, or would be.
        size: bytes on disk, its leftovers included.
        kind: "model file", "probe set" or "index", with "(incomplete)" where only a part of it is there; or
            "kept results" or "unfinished scans".
        leftover: how many of the bytes are halves of downloads, files with a wrong hash, or half unpacked archives.
        count: how many results it is.
    """

    name: str
    path: Path
    size: int
    kind: str
    leftover: int = 0
    count: int = 1


def kept() -> tuple[Kept, ...]:
    """Everything that downloads left in the cache, sorted by name.

    A download records what it makes: what no record names was not put there by this program, and is left out, as is
    what was changed since.
    """
    items = []
    for record in ledger.records():
        kind, left = _KINDS[record.path.parent.name], sum(map(_size, _rest(record)))
        if record.is_there:
            items.append(Kept(record.path.name, record.path, record.size + left, kind, left))
        elif left:
            items.append(Kept(record.path.name, record.path, left, f"{kind} (incomplete)", left))
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


def remove(wanted: Sequence[Kept], *, everything: bool) -> int:
    """Remove things from the cache, as :func:`chosen` gave them.

    Args:
        wanted: the things to remove; one whose size is that of its leftovers loses only these.
        everything: also remove the records of files' hashes.

    Returns:
        how many files and folders stay within the things, for no download made them.

    Raises:
        InputError: a thing is being downloaded, or cannot be removed.
    """
    return sum(_remove(item, everything=everything) for item in wanted)


def _remove(item: Kept, *, everything: bool) -> int:
    """Remove a thing and its leftovers, while no download of it is going on."""
    path, noted = item.path, item.path.with_name(item.path.name + RECORD)
    try:
        with ledger.alone(path, patient=False):
            record = ledger.record_of(path)  # as it is now that nobody writes it
            parts = _rest(record)
            whole = (item.size > item.leftover or everything) and record.is_there
            if whole:
                parts.append(path)
            if everything and record.has(noted.name):
                parts.append(noted)
            left = sum(links.remove(part, record.holds) for part in parts)
            ledger.tidy(path, removed=whole)
        if not path.exists():
            path.with_name(path.name + ledger.LOCK).unlink(missing_ok=True)
    except OSError as fault:
        raise InputError(f"cannot remove {path}: {system_words(fault)}") from fault
    return left


def _rest(record: Record) -> list[Path]:
    """Leftovers beside a thing: halves of downloads, files that turned out wrong, folders that were being unpacked."""
    names = (name for name in record.names[1:] if not name.endswith(RECORD) and record.has(name))
    return [record.path.with_name(name) for name in names]


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; links count as what they are."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum((Path(inner) / name).lstat().st_size for inner, _, names in os.walk(path) for name in names)
