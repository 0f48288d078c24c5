"""The archives that probe sets come in, and how they become one folder: whole or not at all."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from methods.errors import InputError
from visualize.models import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.method import Progress
    from visualize.models.model_card import Resource


@dataclass(frozen=True, kw_only=True)
class Part:
    """One published file of a set that comes in several.

    Args:
        resource: the file; what is no archive is copied as it is.
        into: the folder of the set that its content goes to, or what a plain file is called there; "" for the set's
            own folder.
        only: patterns of the members that are wanted, as in a shell; all by default.
        inner: an archive among the members, which is unpacked as well, into the folder that it lies in.
    """

    resource: Resource
    into: str = ""
    only: tuple[str, ...] = ("*",)
    inner: str = ""


def _silent(done: int, total: int) -> None:
    """The progress that nobody watches."""


def unpack(archive: Path, folder: Path, resource: Resource, progress: Progress = _silent) -> None:
    """Unpack; a bad archive that no hash vouched for is set aside, so that the next call fetches another one.

    Args:
        archive: the file.
        folder: what to make; it must not exist yet.
        resource: what is known of the file.
        progress: told how much is done, of how much.

    Raises:
        InputError: it cannot be unpacked.
    """
    _unpacked(archive, folder, resource, ("*",), progress)


def assemble(parts: Sequence[tuple[Part, Path]], folder: Path, progress: Progress = _silent) -> None:
    """Make one folder of several files; it appears only when everything is in it.

    Args:
        parts: each with its file.
        folder: what to make; it must not exist yet.
        progress: told of each archive in turn how much is done, of how much.

    Raises:
        InputError: one of them cannot be unpacked.
    """
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
        whole = Path(made) / "content"
        whole.mkdir()
        for number, (part, file) in enumerate(parts):
            target = whole / part.into
            if file.suffix not in {".zip", ".tar"}:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
                continue
            loose = Path(made) / f"part{number}"
            _unpacked(file, loose, part.resource, part.only, progress)
            if part.inner:
                _unpack_inner(loose / part.inner, file, progress)
            _merge(loose, target)
        whole.rename(folder)


def _unpack_inner(inner: Path, outer: Path, progress: Progress) -> None:
    from visualize.models.unzip import unzip

    if not inner.is_file():
        raise InputError(f"{outer} does not hold {inner.name}, which is expected in it; give a folder instead")
    loose = inner.with_name(f"{inner.name}.unpacked")
    unzip(inner, loose, progress=progress)
    inner.unlink()
    _merge(loose, inner.parent)


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


def _unpacked(archive: Path, folder: Path, resource: Resource, only: tuple[str, ...], progress: Progress) -> None:
    from visualize.models.unzip import BadArchiveError, unzip

    def wanted(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in only)

    try:
        if archive.suffix == ".zip":
            unzip(archive, folder, wanted=wanted, progress=progress)
        else:
            untar(archive, folder, progress=progress)
    except BadArchiveError as fault:
        if resource.hashes:
            raise
        cache.forget(resource)
        if archive.parent != cache.cache_folder():
            raise
        aside = archive.with_name(f"{archive.name}.bad")
        archive.replace(aside)
        raise InputError(f"{fault}; set aside as {aside.name}") from fault


def untar(archive: Path, folder: Path, *, progress: Progress = _silent) -> Path:
    """Unpack a tar archive of pictures into a folder that appears only when everything is in it.

    Only plain files and folders are taken, as :pep:`706`'s filter ``data`` takes them; nothing leaves the folder.

    Args:
        archive: the tar file.
        folder: what to make; it must not exist yet.
        progress: told how many bytes of the archive are done, of how many.

    Raises:
        BadArchiveError: the archive is broken, or holds what it may not.
        OSError: there is no room for it, or the folder cannot be written.
    """
    from visualize.models.unzip import BadArchiveError

    total = archive.stat().st_size
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
            part = Path(made) / "content"
            part.mkdir()
            with tarfile.open(archive, "r:") as held:
                for member in held:
                    if not (member.isfile() or member.isdir()) or member.offset_data + member.size > total:
                        raise BadArchiveError(f"{archive} holds {member.name!r}, which is no whole plain file")
                    held.extract(member, part, filter="data")
                    progress(member.offset_data, total)
            part.rename(folder)
    except (tarfile.TarError, EOFError, ValueError) as fault:
        reason = " ".join(str(fault).split())
        raise BadArchiveError(f"{archive} cannot be unpacked ({reason})") from fault
    progress(total, total)
    return folder
