"""numpy's ``.npz``: named arrays. Pickled objects in it are never loaded."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from visualize.intake.arrays import read_npz
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_KINDS = "fiub"


def read(path: Path) -> dict[str, Tensor]:
    """The arrays of an ``.npz`` by name.

    A single ``.npy`` has no names to load weights by, and one that holds a dictionary is a pickle: both are refused,
    with the way to convert them.

    Raises:
        InputError: the file is damaged, too large, a single array, or holds pickled objects or other than numbers.
    """
    with path.open("rb") as file:
        single = file.read(6) == b"\x93NUMPY"
    if single:
        return _refuse_single(path)
    try:
        return {name: _tensor(array, name, path) for name, array in read_npz(path).items()}
    except InputError as fault:
        raise InputError(f"{fault}; numpy.savez(FILE, **state) writes what is read") from fault


def conversion(path: Path) -> str:
    """The command that makes ``weights.npz`` of a pickled dictionary of arrays that is trusted."""
    program = 'import numpy as n; n.savez("weights.npz", **n.load({path}, allow_pickle=True).item())'
    return f"python -c {shlex.quote(program.format(path=json.dumps(str(path))))}"


def _refuse_single(path: Path) -> dict[str, Tensor]:
    try:
        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
    except Exception as fault:  # the header is a text of Python's, whose parser raises what it likes
        if "dtype" not in str(fault) and "allow_pickle" not in str(fault):
            raise InputError(f"{path} is damaged or no plain array ({type(fault).__name__})") from fault
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
