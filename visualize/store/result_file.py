"""A kept result as a file: plain arrays and a record with the checksum of it all, written whole or not at all.

The file is an ``.npz`` of arrays ``0``, ``1``, ... and of ``record``, JSON as bytes: ``format``; ``address``, all that
the result depends on; ``made``, when (seconds since 1970); ``result``, a tree that speaks of the arrays; ``said``, the
warnings of the work; ``sha256`` of the other entries and of the arrays.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.files import save_arrays, whole
from visualize.intake import json_text
from visualize.intake.fields import checked, items, mapping, number, one_of, record, text
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

FORMAT = 1
_RECORD = "record"
_START = b"PK\x03\x04"
_NAMED = f"{_RECORD}.npy".encode()
_AT = 30  # where the name of the first member of an archive stands
_READER = record(
    {
        "format": one_of([FORMAT]),
        "address": mapping(text(0, 1 << 20), keys=text(1, 100)),
        "made": number(0),
        "said": items(items(text(0, 1 << 16), least=2, most=2)),
        "sha256": text(64, 64),
    }
)


@dataclass(frozen=True, eq=False)
class Stored:
    """Content of a file.

    Args:
        address: everything that the result depends on, by name.
        tree: the result; see :mod:`visualize.store.record_tree`.
        arrays: that the tree speaks of.
        made: when, in seconds since 1970.
        said: kind and text of the warnings of the work.
    """

    address: Mapping[str, str]
    tree: Any
    arrays: Sequence[NDArray[Any]]
    made: float
    said: tuple[tuple[str, str], ...] = ()


def write(path: Path, stored: Stored) -> None:
    """Write a file that its owner alone can read and change.

    Raises:
        OSError: it cannot be written.
    """
    content = {
        "format": FORMAT,
        "address": dict(stored.address),
        "made": stored.made,
        "said": [list(each) for each in stored.said],
        "result": stored.tree,
    }
    sealed = {**content, "sha256": _seal(content, stored.arrays)}
    import numpy as np  # whoever lists what is kept needs none

    coded = np.frombuffer(json.dumps(sealed, allow_nan=False).encode(), np.uint8)
    arrays = {_RECORD: coded, **{str(place): array for place, array in enumerate(stored.arrays)}}
    save_arrays(arrays, path, within=_private)


def read(path: Path) -> Stored:
    """The content of a file, verified.

    Raises:
        InputError: it is damaged, or was not written by :func:`write`.
        OSError: it is not there, or cannot be read.
    """
    from visualize.intake.arrays import read_npz

    arrays = read_npz(path)
    coded = arrays.pop(_RECORD, None)
    if coded is None or coded.dtype.str != "|u1":
        raise InputError(f"{path} holds no record")
    content = checked(json_text.parse(coded.tobytes(), str(path)), _READER, str(path))
    numbered = [arrays[name] for name in sorted(arrays, key=_number)]
    seal = content.pop("sha256")
    if seal != _seal(content, numbered):
        raise InputError(f"{path} is damaged, or was changed since it was written")
    said = tuple((kind, words) for kind, words in content["said"])
    return Stored(content["address"], content["result"], numbered, content["made"], said)


def is_one(path: Path) -> bool:
    """Whether a file is the user's own, no link, closed to others' writing, and begins as :func:`write` writes."""
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1 or not _is_own(state):
            return False
        with path.open("rb") as file:
            head = file.read(_AT + len(_NAMED))
    except OSError:
        return False
    return head.startswith(_START) and head[_AT:] == _NAMED


def _is_own(state: os.stat_result) -> bool:
    """Whether nobody else can have written a file, as far as the system knows owners."""
    return os.name != "posix" or (state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing as a whole, for its owner alone."""
    with whole(path) as file:
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), stat.S_IRUSR | stat.S_IWUSR)
        yield file


def _number(name: str) -> int:
    if not (name.isdecimal() and name.isascii() and len(name) < 9):
        raise InputError(f"a kept result holds an array {name!r}")
    return int(name)


def _seal(content: Mapping[str, Any], arrays: Sequence[NDArray[Any]]) -> str:
    import numpy as np

    digest = hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data if array.size else b"")
    return digest.hexdigest()
