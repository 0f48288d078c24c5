"""numpy's ``.npz``: named arrays. Pickled objects in it are never loaded."""

from __future__ import annotations

import json
import shlex
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_MOST_BYTES = 16 << 30
_KINDS = "fiub"


def read(path: Path) -> dict[str, Tensor]:
    """The arrays of an ``.npz`` by name.

    A single ``.npy`` has no names to load weights by, and one that holds a dictionary is a pickle: both are refused,
    with the way to convert them.

    Raises:
        InputError: the file is damaged, too large, a single array, or holds pickled objects or other than numbers.
    """
    try:
        with path.open("rb") as file:
            single = file.read(6) == b"\x93NUMPY"
        if single:
            return _refuse_single(path)
        _check_size(path)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: _tensor(arrays[name], name, path) for name in arrays.files}
    except InputError:
        raise
    except (ValueError, EOFError, MemoryError, NotImplementedError, zipfile.BadZipFile, zlib.error, KeyError) as fault:
        reason = " ".join(str(fault).split())[:160] or type(fault).__name__
        raise InputError(
            f"{path} is no complete file of plain arrays ({reason}); write it with numpy.savez(FILE, **state)"
        ) from fault


def conversion(path: Path) -> str:
    """The command that makes ``weights.npz`` of a pickled dictionary of arrays that is trusted."""
    program = 'import numpy as n; n.savez("weights.npz", **n.load({path}, allow_pickle=True).item())'
    return f"python -c {shlex.quote(program.format(path=json.dumps(str(path))))}"


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as held:
        size = sum(member.file_size for member in held.infolist())
    if size > _MOST_BYTES:
        raise InputError(f"{path} would unpack to {size:,} bytes; weights have at most {_MOST_BYTES:,}")


def _refuse_single(path: Path) -> dict[str, Tensor]:
    try:
        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
    except ValueError as fault:
        raise InputError(
            f"{path} holds pickled objects, which can run code; if you trust it, convert it: {conversion(path)}"
        ) from fault
    raise InputError(
        f"{path} is one array of shape {shape} without a name; expected the weights by name, as "
        f"numpy.savez('weights.npz', **state) writes them"
    )


def _tensor(array: NDArray[np.generic], name: str, path: Path) -> Tensor:
    if array.dtype.kind not in _KINDS:
        raise InputError(f"{path} holds {array.dtype} in {name}; expected numbers")
    return torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))  # 0-d stays 0-d
