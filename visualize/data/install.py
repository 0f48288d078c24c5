"""Unpacking the archives that probe sets come in into one folder, which is made whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from visualize.download import cache, ledger
from visualize.download.untar import untar
from visualize.methods.errors import InputError
from visualize.methods.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from visualize.download.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Part:
    """One published file of a set that comes in several.

    Args:
        resource: the file; one that is no archive is copied as it is.
        into: the folder of the set that its content goes to, or what a plain file is called there; "" for the set's
            own folder.
        only: patterns of the members that are wanted, as in a shell; all by default.
        inner: an archive among the members, which is unpacked as well, into the folder that it lies in.
        brings: a folder of the set with all that comes of it, which another set with the same part may take over.
    """

    resource: Resource
    into: str = ""
    only: tuple[str, ...] = ("*",)
    inner: str = ""
    brings: str = ""


def unpack(archive: Path, folder: Path, resource: Resource, progress: Progress = silent) -> None:
    """Unpack an archive; a bad one that no hash vouched for is set aside, so that the next call fetches another one.

    Args:
        archive: the archive's file.
        folder: the folder to make; it must not exist yet.
        resource: where the archive comes from and what its hashes are.
        progress: told how much is done, of how much.

    Raises:
        InputError: the archive cannot be unpacked.
    """
    from visualize.download.unzip import BadArchiveError, unzip

    try:
        (unzip if archive.suffix == ".zip" else untar)(archive, folder, progress=progress)
    except BadArchiveError as fault:
        aside = _set_aside([(resource, archive)])
        if not aside:
            raise
        raise InputError(f"{fault}{aside}") from fault


def assemble(
    parts: Sequence[tuple[Part, Path]], folder: Path, opens: Callable[[Path], object], progress: Progress = silent
) -> None:
    """Make one folder of several files; it appears only when everything is in it, and it can be opened.

    If it cannot, those of the files that no hash vouched for are set aside, so that the next call fetches others.

    Args:
        parts: each with its file, or with the folder that it brings, where another set has that.
        folder: the folder to make; it must not exist yet.
        opens: is asked whether the folder is whole before it gets its name.
        progress: told of each archive in turn how much is done, of how much.

    Raises:
        InputError: one of the files cannot be unpacked, or they are not what they should be.
    """
    from visualize.download.unzip import BadArchiveError

    with ledger.scratch(folder) as temporary:
        whole = temporary / "content"
        whole.mkdir()
        try:
            for number, (part, file) in enumerate(parts):
                _add(part, file, whole, temporary / f"part{number}", progress)
        except BadArchiveError as fault:
            raise InputError(f"{fault}{_set_aside([(part.resource, file)])}") from fault
        try:
            opens(whole)
        except InputError as fault:
            what = str(fault).replace(str(whole), folder.name)
            aside = _set_aside([(part.resource, file) for part, file in parts])
            raise InputError(f"what {folder.name} is made of does not belong together: {what}{aside}") from fault
        whole.rename(folder)


def _add(part: Part, file: Path, whole: Path, loose: Path, progress: Progress) -> None:
    """Put what one part brings into the set's folder."""
    target = whole / part.into
    if file.is_dir():
        shutil.copytree(file, whole / part.brings, copy_function=_linked)
    elif file.suffix == ".zip":
        _unzip(part, file, loose, progress)
        _merge(loose, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _unzip(part: Part, file: Path, loose: Path, progress: Progress) -> None:
    from visualize.download.unzip import BadArchiveError, unzip

    unzip(file, loose, wanted=lambda name: any(fnmatchcase(name, pattern) for pattern in part.only), progress=progress)
    if not part.inner:
        return
    inner = loose / part.inner
    unpacked = inner.with_name(f"{inner.name}.unpacked")
    if not inner.is_file():
        raise BadArchiveError(f"{file} does not hold {part.inner}")
    try:
        unzip(inner, unpacked, progress=progress)
    except BadArchiveError as fault:
        raise BadArchiveError(str(fault).replace(str(inner), f"{part.inner} in {file}")) from fault
    inner.unlink()
    _merge(unpacked, inner.parent)


def _linked(source: str, target: str) -> None:
    """Give a file a second name where the disk can do that, else copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _set_aside(files: Sequence[tuple[Resource, Path]]) -> str:
    """Rename the files in the cache that no hash vouched for; returns the end of a message that says so, or ""."""
    named = []
    for resource, file in files:
        if resource.hashes or not file.is_file():
            continue
        cache.forget(resource)
        if file.parent == cache.cache_folder():
            named.append(ledger.set_aside(file, file))
    return f"; set aside as {', '.join(named)}" if named else ""


def _merge(source: Path, target: Path) -> None:
    """Move what is in one folder into another, which may have folders of the same names."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in list(source.iterdir()):
        there = target / entry.name
        if entry.is_dir() and there.is_dir():
            _merge(entry, there)
        else:
            entry.rename(there)
    source.rmdir()
