"""Unpacking a zip archive that may be damaged or hostile: whole or not at all, nothing outside its folder, no flood."""

from __future__ import annotations

import contextlib
import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from visualize.download.ledger import scratch
from visualize.methods.errors import InputError, one_line, system_words
from visualize.methods.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


MOST_FILES = 2_000_000
_RATIO = 20  # how many times its own size an archive of pictures may hold, unless the caller knows better
_LEAST = 64 << 20  # bytes that any archive may hold
_CHUNK = 1 << 20
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, UnicodeError, ValueError,
)  # fmt: skip


class BadArchiveError(InputError):
    """An archive that is damaged, or made to do harm."""


def _all(name: str) -> bool:  # noqa: ARG001 (it wants every member)
    return True


def unzip(
    archive: Path,
    folder: Path,
    *,
    most: int | None = None,
    wanted: Callable[[str], bool] = _all,
    progress: Progress = silent,
) -> Path:
    """Unpack an archive into a folder that appears only when everything is in it.

    Sizes are counted as bytes come out, whatever the archive states. Links, names that lead out of the folder and
    encrypted members are refused before anything is written.

    Args:
        archive: the zip file.
        folder: the folder to make; it must not exist yet.
        most: bytes that may come out in all; by default 20 times the archive's size, and at least 64 MB.
        wanted: says of a member's name whether it is unpacked.
        progress: called with the bytes that are out, and the bytes in all.

    Returns:
        ``folder``.

    Raises:
        BadArchiveError: the archive is no complete zip file, or holds what it may not.
        InputError: there is no room for the content, or the folder cannot be written.
    """
    if folder.exists():
        raise InputError(f"{folder} is there already; remove it to unpack {archive.name} again")
    with _reporting(archive, folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch(folder) as beside:
            part = beside / "content"
            part.mkdir()
            with zipfile.ZipFile(archive) as held:
                members = [member for member in held.infolist() if wanted(member.filename)]
                _extract(held, members, part, most or max(_LEAST, _RATIO * archive.stat().st_size), progress)
            part.rename(folder)
    return folder


@contextlib.contextmanager
def _reporting(archive: Path, folder: Path) -> Iterator[None]:
    """Turn the faults of an archive and of the disk into errors that name both."""
    try:
        yield
    except InputError:
        raise
    except _DAMAGED as fault:
        reason = one_line(fault)
        raise BadArchiveError(f"{archive} is no complete zip archive ({reason}); download it again") from fault
    except OSError as fault:
        if fault.errno is None:  # bzip2's way of saying that its data are damaged
            raise BadArchiveError(f"{archive} is no complete zip archive ({fault}); download it again") from fault
        raise InputError(f"cannot unpack {archive} into {folder}: {system_words(fault)}") from fault


def _extract(held: zipfile.ZipFile, members: list[zipfile.ZipInfo], part: Path, bound: int, progress: Progress) -> None:
    archive = held.filename
    places = [(member, _place(member, archive)) for member in members]
    total = sum(member.file_size for member in members)
    if len(members) > MOST_FILES or total > bound:
        raise BadArchiveError(
            f"{archive} would unpack to {len(members):,} files of {total:,} bytes, more than the {bound:,} bytes that "
            f"were expected; it was not unpacked"
        )
    if total > shutil.disk_usage(part).free:
        raise InputError(f"no room to unpack {archive}: it holds {total / 1e6:,.0f} MB; make room")
    done = 0
    progress(0, total)
    for member, place in places:
        target = part / place
        if member.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with held.open(member) as source, target.open("xb") as out:
            while chunk := source.read(_CHUNK):
                done += len(chunk)
                if done > total:
                    raise BadArchiveError(
                        f"{archive} holds more than the {total:,} bytes it states; it was not unpacked"
                    )
                out.write(chunk)
                progress(done, total)


def _place(member: zipfile.ZipInfo, archive: str | None) -> PurePosixPath:
    """Where a member goes, relative to the folder.

    Raises:
        BadArchiveError: the member leads out of the folder, or is a link.
        InputError: the member is encrypted.
    """
    name = member.filename.replace("\\", "/")
    place = PurePosixPath(name)
    climbs = place.is_absolute() or ".." in place.parts or ":" in (place.parts or ("",))[0] or "\0" in name
    kind = stat.S_IFMT(member.external_attr >> 16)
    if climbs or kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        what = "leads out of its folder" if climbs else "is a link or a device"
        raise BadArchiveError(f"{archive} holds {member.filename!r}, which {what}; it was not unpacked")
    if member.flag_bits & 1:
        raise InputError(f"{archive} is encrypted; unpack it yourself and give the folder")
    return place
