"""Room for features: memory, or files that are mapped into it; those in a folder of the user's are gone on with."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.files import require_no_link
from visualize.methods.errors import InputError, system_words
from visualize.methods.pictures.images import Subset
from visualize.methods.pictures.row_checksums import row_checksums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images

LARGE = 256 << 20
"""Bytes of features that are kept in a file rather than in memory."""
UNSEEN, READ, BROKEN = 0, 1, 2
"""States of a picture: not looked at yet, read, and not to be read."""
_OURS = re.compile(r"[0-9a-f]{16}(-[0-9]+)?\.(features|answers|state)")


@dataclass(frozen=True, eq=False)
class Room:
    """Room for the features of some pictures.

    Args:
        values: by layer, pictures x features, float32.
        state: of each picture: :data:`UNSEEN`, :data:`READ` or :data:`BROKEN`.
        seals: of each picture that was seen the checksum of its features and state, where these are kept.
    """

    values: dict[str, NDArray[np.float32]]
    state: NDArray[np.uint8]
    seals: NDArray[np.uint32] | None = None

    def settle(self, indices: NDArray[np.intp], state: int) -> None:
        """Note the state of some pictures, whose features are in their place."""
        self.state[indices] = state
        if self.seals is not None:
            self.seals[indices] = row_checksums(list(self.values.values()), indices.tolist(), state)


def make_room(shapes: dict[str, tuple[int, int]], folder: Path | None, key: str | None) -> Room:
    """Room for features of these shapes.

    Args:
        shapes: by layer, pictures and features.
        folder: where they are kept until :func:`clear_room`, so that another run goes on with them; None keeps nothing.
        key: of all that they depend on, see :func:`room_key`; None keeps nothing either.

    Raises:
        InputError: the folder is a link.
        OSError: it cannot be written, or the disk is full.
    """
    count = next(iter(shapes.values()))[0]
    if folder is not None and key is not None:
        require_no_link(folder)
        folder.mkdir(parents=True, exist_ok=True)
        names = {name: folder / f"{key}-{number}.features" for number, name in enumerate(shapes)}
        whole = all(fits(names[name], 4 * rows * columns) for name, (rows, columns) in shapes.items())
        seals = mapped(folder / f"{key}.state", np.uint32, (count,), kept=whole)
        values = {name: mapped(names[name], np.float32, shape, kept=whole) for name, shape in shapes.items()}
        return Room(values, _states(values, seals), seals)
    size = sum(4 * rows * columns for rows, columns in shapes.values())
    make = np.zeros if size <= LARGE else nameless
    return Room({name: make(shape, np.float32) for name, shape in shapes.items()}, np.zeros(count, np.uint8))


def _states(values: dict[str, NDArray[np.float32]], seals: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """States of pictures by their checksums; whatever is damaged was not seen."""
    state = np.full(len(seals), UNSEEN, np.uint8)
    rows = np.flatnonzero(seals)
    for kind in (READ, BROKEN):
        state[rows[row_checksums(list(values.values()), rows.tolist(), kind) == seals[rows]]] = kind
    for kept in values.values():
        kept[rows[state[rows] == UNSEEN]] = 0
    return state


def room_key(images: Images, *depends: Any) -> str | None:  # noqa: ANN401 (whatever has a text of its own)
    """Key of features: 16 hexadecimal digits; None for pictures that nobody can tell from others.

    Args:
        images: the pictures.
        depends: all else that features depend on, told apart by its ``repr``.
    """
    trace = _trace(images)
    if trace is None:
        return None
    return hashlib.sha256(json.dumps([trace, [repr(item) for item in depends]]).encode()).hexdigest()[:16]


def clear_room(folder: Path) -> None:
    """Remove the features in a folder, and the folder if nothing else lies in it."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name):
            path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _trace(images: Images) -> list[Any] | None:
    """Whatever tells pictures from others: a set's fingerprint, or names, lengths and times of files."""
    if isinstance(images, Subset):
        inner = _trace(images.images)
        return None if inner is None else [inner, list(images.indices)]
    fingerprint, path = getattr(images, "fingerprint", None), getattr(images, "path", None)
    if isinstance(fingerprint, str):
        return [fingerprint]
    if not callable(path):
        return None
    files = [Path(path(index)) for index in range(len(images))]
    try:
        return [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    except OSError:
        return None


def fits(path: Path, size: int) -> bool:
    """Whether a file is there, and of so many bytes; a link is none."""
    return path.is_file() and not path.is_symlink() and path.stat().st_size == size


def mapped(path: Path, dtype: Any, shape: tuple[int, ...], *, kept: bool) -> NDArray[Any]:  # noqa: ANN401 (as numpy takes it)
    """A file mapped into memory: as it was left, or of zeros.

    Args:
        path: of the file; it is made where it is not there, or of another size.
        dtype: of its numbers.
        shape: of the array.
        kept: take what is in it.

    Raises:
        InputError: the disk has no room for it.
    """
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if not (kept and fits(path, size)):
        path.unlink(missing_ok=True)
        path.touch()
    with path.open("rb+") as file:
        _reserve(file.fileno(), size, str(path))
    return np.memmap(path, dtype, "r+", shape=shape)


def _reserve(number: int, size: int, where: str) -> None:
    """Take room on the disk for a file: a full one would end the process once its memory is written to.

    Raises:
        InputError: there is none.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(number, 0, max(size, 1))
    except OSError as fault:
        raise InputError(f"{where} needs {size:,} bytes: {system_words(fault)}; make room, and start again") from fault


def spacious(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:  # noqa: ANN401 (as numpy takes it)
    """Zeros: in memory, or in a file without a name, which goes with the array, where they are more than LARGE."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.zeros(shape, dtype) if size <= LARGE else nameless(shape, dtype)


def nameless(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:  # noqa: ANN401 (likewise)
    """A file without a name, which goes with the array, mapped into memory."""
    with tempfile.TemporaryFile() as file:
        _reserve(file.fileno(), int(np.prod(shape)) * np.dtype(dtype).itemsize, tempfile.gettempdir())
        return np.memmap(file, dtype, "w+", shape=shape)  # the map keeps the file alive
