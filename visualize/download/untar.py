"""Unpacking tar archives into the cache, without trusting what they hold."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from visualize.download.ledger import scratch
from visualize.methods.errors import system_words
from visualize.methods.progress import Progress, silent

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGED = (tarfile.TarError, EOFError, ValueError)
_ODD_NAMES = (FileExistsError, IsADirectoryError, NotADirectoryError)  # "a/..", or "a" that is both file and folder


def untar(archive: Path, folder: Path, *, progress: Progress = silent) -> Path:
    """Unpack a tar archive of pictures into a folder that appears only when everything is in it.

    Only plain files and folders are taken, as :pep:`706`'s filter ``data`` takes them; nothing leaves the folder.

    Args:
        archive: the tar file.
        folder: the folder to make; it must not exist yet.
        progress: called with the bytes of the archive that are done, and the bytes in all.

    Raises:
        BadArchiveError: the archive is broken, or holds what it may not.
        OSError: there is no room for the content, or the folder cannot be written.
    """
    from visualize.download.unzip import BadArchiveError

    total = archive.stat().st_size
    try:
        with scratch(folder) as beside:
            part = beside / "content"
            part.mkdir()
            with tarfile.open(archive, "r:") as held:
                for member in held:
                    if not (member.isfile() or member.isdir()) or member.offset_data + member.size > total:
                        raise BadArchiveError(f"{archive} holds {member.name!r}, which is no whole plain file")
                    held.extract(member, part, filter="data")
                    progress(member.offset_data, total)
            part.rename(folder)
    except (*_DAMAGED, *_ODD_NAMES) as fault:
        reason = system_words(fault)
        raise BadArchiveError(f"{archive} cannot be unpacked ({reason})") from fault
    progress(total, total)
    return folder
