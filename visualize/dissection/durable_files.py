"""Files that survive a power cut: written whole, flushed to the disk, and only then named."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from visualize.dissection.seals import AGAIN, check_arrays, checksum, of_arrays
from visualize.files import save_arrays, whole
from visualize.intake import json_text
from visualize.intake.arrays import read_npy, read_npz
from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


_SEAL = "checksums"


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


def write_sealed(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as ``.npz`` together with their checksums, which :func:`read_sealed` verifies."""
    write_arrays(path, {**arrays, _SEAL: of_arrays(arrays)})


def read_arrays(path: Path, *, only: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read the arrays of an ``.npz``; with ``only``, those of certain names alone, as far as they are there.

    Raises:
        FileNotFoundError: there is no such file.
        InputError: it is damaged.
    """
    try:
        return read_npz(path, only=only)
    except InputError as fault:
        raise InputError(f"{fault}; {AGAIN}") from fault


def read_sealed(path: Path, *, only: Sequence[str] | None = None, strict: bool = True) -> dict[str, NDArray[Any]]:
    """Read arrays that :func:`write_sealed` wrote, and verify each that is read.

    Args:
        path: the file.
        only: names of the arrays that are wanted, as far as they were written; all by default.
        strict: refuse a file without checksums, as format 1 has them.

    Raises:
        FileNotFoundError: there is no such file.
        InputError: it is damaged.
    """
    arrays = read_arrays(path, only=None if only is None else [*only, _SEAL])
    seal = arrays.pop(_SEAL, None)
    if seal is None and strict:
        raise InputError(f"{path} is damaged (its checksums are missing); {AGAIN}")
    if seal is not None:
        try:
            check_arrays(arrays, seal, only)
        except (ValueError, TypeError) as fault:
            raise InputError(f"{path} is damaged ({fault}); {AGAIN}") from fault
    return arrays


def write_row(path: Path, arrays: Sequence[NDArray[Any]]) -> None:
    """Write arrays end to end, and one checksum behind them: those of ``.npz`` take as long as the writing."""
    seal = np.array([checksum(arrays), len(arrays)], "<u8")
    with durable(path) as file:
        for array in (*arrays, seal):
            np.save(file, array, allow_pickle=False)


def read_row(path: Path, count: int, *, strict: bool = True) -> list[NDArray[Any]]:
    """Read the ``count`` arrays that lie end to end in a file, and verify their checksum.

    Args:
        path: the file.
        count: how many arrays lie there.
        strict: refuse a file without a checksum, as format 1 has it.

    Raises:
        FileNotFoundError: there is no such file.
        InputError: it is damaged.
    """
    try:
        with opened(path) as file:
            length = os.fstat(file.fileno()).st_size
            arrays = [read_npy(file, length - file.tell()) for _ in range(count)]
            seal = read_npy(file, length - file.tell()) if strict or file.tell() < length else None
            rest = length - file.tell()
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError, TypeError, OverflowError, SyntaxError) as fault:
        raise InputError(f"{path} is damaged ({one_line(fault)}); {AGAIN}") from fault
    if rest or (seal is not None and seal.tolist() != [checksum(arrays), count]):
        raise InputError(f"{path} is damaged (its checksum is wrong); {AGAIN}")
    return arrays


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that people can read."""
    with durable(path) as file:
        file.write((json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def text_array(content: object) -> NDArray[np.uint8]:
    """Content that JSON can hold as an array of bytes, to lie in one file with other arrays."""
    return np.frombuffer(json.dumps(content, allow_nan=False).encode(), np.uint8)


def from_text(array: NDArray[np.uint8], source: str = "text") -> Any:  # noqa: ANN401 (whatever was put in)
    """Content that :func:`text_array` made an array of.

    Raises:
        InputError: the array holds no JSON.
    """
    return json_text.parse(array.tobytes(), source)


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
