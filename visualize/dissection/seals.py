"""Checksums of what a dissection keeps on the disk, by which a flipped bit, a cut file or another's is noticed.

Records are JSON with the SHA-256 of everything else in them; arrays that lie in one file come with the checksum of each
and of the list of them; chunks, which are large, with one CRC-32 at their end; and the record of a finished dissection
holds the SHA-256 of each table. Format 1, which was written until version 0.2, has no checksums: it is read, and
checked as far as its numbers can contradict each other.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.intake import json_seals
from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 2
"""The format that is written."""

UNSEALED = 1
"""The format of version 0.2 and before, without checksums."""

AGAIN = "delete the folder it lies in and begin again"


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content of a record with its own checksum."""
    return json_seals.sealed(content)


def unsealed(content: object, path: Path) -> dict[str, Any]:
    """Content of a record without its checksum, which is verified.

    Raises:
        InputError: the record is of a format that is not known, or was changed since it was written.
    """
    if not isinstance(content, dict) or "format" not in content:
        raise InputError(f"{printable(str(path))} does not hold what a dissection writes there")
    held, form = dict(content), content["format"]
    if type(form) is not int or form not in {UNSEALED, FORMAT}:
        raise InputError(
            f"{printable(str(path))} is of format {str(form)[:20]!r}; this version reads {UNSEALED} and {FORMAT}"
        )
    if form == UNSEALED:
        return held
    try:
        return json_seals.unsealed(held, str(path))
    except InputError as fault:
        raise InputError(f"{fault}; {AGAIN}") from fault


def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Checksums of arrays, and of the list of them, as an array to lie in one file with them."""
    listed = json.dumps({name: checksum([array]) for name, array in arrays.items()})
    return np.frombuffer(f"{zlib.crc32(listed.encode()):08x}{listed}".encode(), np.uint8)


def check_arrays(arrays: Mapping[str, NDArray[Any]], seal: NDArray[Any], wanted: Sequence[str] | None) -> None:
    """Verify some of the arrays that :func:`of_arrays` was made of.

    Args:
        arrays: those that were read.
        seal: the checksums.
        wanted: the names that were asked for; None for all.

    Raises:
        ValueError: one of them is missing, or not what was written.
    """
    text = seal.tobytes()
    if f"{zlib.crc32(text[8:]):08x}".encode() != text[:8]:
        raise ValueError("its checksums are damaged")
    listed: dict[str, int] = json.loads(text[8:])
    for name in listed if wanted is None else set(wanted) & set(listed):
        if name not in arrays or checksum([arrays[name]]) != listed[name]:
            raise ValueError(f"{name} is not what was written")
    if other := next((name for name in arrays if name not in listed), None):
        raise ValueError(f"{printable(other)} was not written there")


def checksum(arrays: Sequence[NDArray[Any]]) -> int:
    """CRC-32 of arrays' types, shapes and numbers."""
    value = 0
    for array in arrays:
        value = zlib.crc32(f"{array.dtype.str}{array.shape}".encode(), value)
        value = zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"", value)
    return value


def of_file(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        InputError: it is no regular file.
        OSError: it is not there.
    """
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
