"""Files that survive a power cut: written whole, flushed to the disk, and only then named."""

from __future__ import annotations

import io
import json
import os
import shutil
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from methods.errors import InputError
from visualize.files import save_arrays, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


_AGAIN = "delete the folder it lies in and begin again"


@contextmanager
def durable(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when every byte of it is on the disk.

    Raises:
        InputError: the disk is full, or cannot be written to.
    """
    try:
        with whole(path) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:  # numpy's own, of a disk that is full, has no reason but its text
        raise InputError(
            f"cannot write {path}: {fault.strerror or f'the disk is full ({fault})'}; what was done before is kept: "
            f"make room, and start again with the same command"
        ) from fault
    if os.name == "posix":  # other systems cannot open a folder to flush its list of names
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as ``.npz``; the same arrays give the same bytes."""
    save_arrays(arrays, path, within=durable)


def read_arrays(path: Path, *, only: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read the arrays of an ``.npz``; with ``only``, those of certain names alone, as far as they are there.

    Raises:
        FileNotFoundError: there is no such file.
        InputError: it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files if only is None or name in only}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, EOFError, _zip_fault()) as fault:
        raise InputError(f"{path} is damaged ({fault}); {_AGAIN}") from fault


def _zip_fault() -> type[Exception]:
    import zipfile

    return zipfile.BadZipFile


def write_row(path: Path, arrays: Sequence[NDArray[Any]]) -> None:
    """Write arrays end to end, without the checksums of ``.npz``, which would take as long as the writing."""
    with durable(path) as file:
        for array in arrays:
            np.save(file, array, allow_pickle=False)


def read_row(path: Path, count: int) -> list[NDArray[Any]]:
    """Read the ``count`` arrays that lie end to end in a file.

    Raises:
        FileNotFoundError: there is no such file.
        InputError: it is damaged.
    """
    with path.open("rb") as file:
        try:
            return [np.load(file, allow_pickle=False) for _ in range(count)]
        except (OSError, ValueError, EOFError) as fault:
            raise InputError(f"{path} is damaged ({fault}); {_AGAIN}") from fault


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that people can read."""
    with durable(path) as file:
        file.write((json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that :func:`write_json` wrote.

    Raises:
        InputError: the file does not hold a JSON object.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise InputError(f"{path} is damaged: {fault}") from fault
    if not isinstance(content, dict):
        raise InputError(f"{path} does not hold what a dissection writes there")
    return content


def text_array(content: object) -> NDArray[np.uint8]:
    """Content that JSON can hold as an array of bytes, to lie in one file with other arrays."""
    return np.frombuffer(json.dumps(content).encode(), np.uint8)


def from_text(array: NDArray[np.uint8]) -> Any:  # noqa: ANN401 (whatever was put in)
    """Content that :func:`text_array` made an array of."""
    return json.load(io.BytesIO(array.tobytes()))


def require_space(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk cannot hold.

    Args:
        folder: where files are to be written; it, or a folder above it, exists.
        needed: number of bytes.

    Raises:
        InputError: fewer bytes are free.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise InputError(
            f"{folder} has {_size(free)} of free disk and this dissection may need {_size(needed)} for what "
            f"it keeps on the way; free some, choose another folder, or dissect fewer layers at once"
        )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
