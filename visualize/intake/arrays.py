"""Arrays in numpy's formats that anybody may have written: their size is known before memory is taken for them."""

from __future__ import annotations

import math
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError, one_line
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


RATIO = 10
"""How many times its own length an archive of arrays may unpack to: weights and counts hardly shrink."""

FREE = 64 << 20
"""Bytes that any archive may unpack to."""

_HEADER = 1 << 16  # bytes of a header
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_DAMAGED = (OSError, ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error, OverflowError,
            RuntimeError, SyntaxError, TypeError, RecursionError)  # fmt: skip


def read_npz(path: Path, *, only: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of an ``.npz`` by name, each with its checksum verified; pickled objects are refused.

    Args:
        path: the file.
        only: names of the arrays that are wanted, as far as they are there; all by default.

    Raises:
        InputError: the file is damaged, holds something else than plain arrays, or would unpack to far more than it is
            long.
        OSError: it is not there, or cannot be read.
    """
    with opened(path) as file, _reporting(path), zipfile.ZipFile(file) as held:
        members = {member.filename.removesuffix(".npy"): member for member in held.infolist()}
        if len(members) < len(held.infolist()):
            raise ValueError("it has two arrays of one name")
        require_modest(sum(member.file_size for member in members.values()), path)
        wanted = [name for name in members if only is None or name in only]
        return {name: _member(held, members[name]) for name in wanted}


def require_modest(unpacked: int, path: Path) -> None:
    """Refuse an archive that would unpack to far more than it is long.

    Args:
        unpacked: bytes that its members state.
        path: the archive.

    Raises:
        InputError: that is more than such archives do.
    """
    length = path.stat().st_size
    if unpacked > max(FREE, RATIO * length):
        raise InputError(
            f"{printable(str(path))} has {length:,} bytes and would unpack to {unpacked:,}; arrays do not shrink so "
            f"much, and it was not unpacked"
        )


def read_npy(file: IO[bytes], room: int) -> NDArray[Any]:
    """The array that begins where a file stands.

    Args:
        file: open for reading; it can seek.
        room: bytes that are there to be read.

    Raises:
        ValueError: it is no plain array, or longer than that.
    """
    start = file.tell()
    needed = _needed(file)
    if file.tell() - start + needed > room:
        raise ValueError(f"an array of {needed:,} bytes in {room:,}")
    file.seek(start)
    array: NDArray[Any] = np.load(file, allow_pickle=False, max_header_size=_HEADER)
    return array


def _member(held: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with held.open(member) as stream:
        needed = _needed(stream)
    if needed > member.file_size:
        raise ValueError(f"{printable(member.filename)} states {needed:,} bytes and has {member.file_size:,}")
    with held.open(member) as stream:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False, max_header_size=_HEADER)
        if stream.read(1):  # reading to the end is also what verifies the checksum
            raise ValueError(f"{printable(member.filename)} is longer than its array")
    return array


def _needed(file: IO[bytes]) -> int:
    """Bytes of the numbers of an array, by its header, which is read."""
    try:
        read = _READERS[np.lib.format.read_magic(file)]
        shape, _, dtype = read(file, max_header_size=_HEADER)
    except Exception as fault:  # the header is a text of Python's, whose parser raises what it likes
        raise ValueError(f"no header of an array ({type(fault).__name__})") from fault
    if dtype.hasobject:
        raise ValueError("pickled objects, which can run code")
    if len(shape) > 32 or min(shape, default=0) < 0:
        raise ValueError(f"a shape of {len(shape)} axes")
    return math.prod(shape) * dtype.itemsize


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except _DAMAGED as fault:
        reason = printable(one_line(fault))[:160]
        raise InputError(f"{printable(str(path))} is damaged or no file of plain arrays ({reason})") from fault
