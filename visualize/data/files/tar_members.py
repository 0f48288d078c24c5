"""Members of tar files, told by their headers alone: nothing is unpacked."""

from __future__ import annotations

import itertools
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from visualize.methods.errors import InputError, one_line
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = 1 << 20  # bytes that a header, with the long names that may stand before it, has at most
LARGEST = 1 << 28
"""Bytes of a member, at most."""
MOST = 300_000
"""Members of a tar file, at most: ten seconds of one processor, and shards have a hundredth of it."""


@dataclass(frozen=True)
class Member:
    """A file in a tar file.

    Args:
        name: its path, with forward slashes.
        start: the place of its first byte in the tar file.
        size: its number of bytes.
    """

    name: str
    start: int
    size: int


def members(file: BinaryIO, where: str, *, most: int = MOST) -> Iterator[Member]:
    """Regular files in an uncompressed tar file, in their order; hidden ones are left out.

    Args:
        file: the tar file, which can be moved about in.
        where: its name, for messages.
        most: members that it may have.

    Raises:
        InputError: it is no such tar file, ends too early, or holds what no tar file of pictures does: links, devices,
            holes, paths that lead out of it, members of more than :data:`LARGEST` bytes,
            or too many of them.
        OSError: it cannot be read.

    Example:
        >>> import io
        >>> held = io.BytesIO()
        >>> with tarfile.open(fileobj=held, mode="w") as archive:
        ...     info = tarfile.TarInfo("0001.txt")
        ...     info.size = 3
        ...     archive.addfile(info, io.BytesIO(b"cat"))
        >>> list(members(io.BytesIO(held.getvalue()), "shard.tar"))
        [Member(name='0001.txt', start=512, size=3)]
    """
    try:
        with tarfile.open(fileobj=_Headers(file), mode="r:") as archive:  # type: ignore[call-overload]  # it only reads
            for number in itertools.count(1):
                if (info := archive.next()) is None:
                    _require_end(file, archive.offset)
                    break
                if number > most:
                    raise InputError(f"{printable(where)} holds more than {most:,} files; make several shards of it")
                archive.members.clear()  # of a million it would keep each
                if info.isdir():
                    continue
                _check(info, where)
                if not info.name.rpartition("/")[2].startswith("."):
                    yield Member(info.name.removeprefix("./"), info.offset_data, info.size)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(
            f"{printable(where)} is no whole tar file ({printable(one_line(fault))[:200]}); shards are "
            f"tar files without compression, so fetch or make it again"
        ) from fault


def _require_end(file: BinaryIO, place: int) -> None:
    """Refuse a tar file whose members do not end with an empty block: one that was cut, or holds something else there.

    Raises:
        EOFError: they do not.
    """
    file.seek(place)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise EOFError("its members do not end with the empty block of a tar file's end")


def _check(info: tarfile.TarInfo, where: str) -> None:
    name, problem = printable(info.name[:200]), ""
    if not info.isreg() or info.sparse is not None:
        kind = "a link" if info.issym() or info.islnk() else "no plain file"
        problem = f"{name}, which is {kind}"
    elif info.name.startswith("/") or ".." in info.name.split("/") or "\0" in info.name:
        problem = f"{name}, a path that leads out of it"
    elif not 0 <= info.size <= LARGEST:
        problem = f"{name}, which has {info.size:,} bytes, and at most {LARGEST:,} of a picture are read"
    if problem:
        raise InputError(f"{printable(where)} holds {problem}; a shard holds pictures, label maps and texts alone")


class _Headers:
    """A file of which little is read at once: a header may promise more than there is memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _HEADER:
            raise ValueError(f"a header of {size:,} bytes")
        return self._file.read(size)
