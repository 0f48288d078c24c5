"""The ``.params`` file of the Places365 SqueezeNet: a pickle, read without letting it construct anything of its choice.

The file is a pickled list of 152 float32 arrays. A pickle is a program: this reader refuses every operation that such
a list does not need before it runs any, and the three names that numpy's arrays are pickled with lead to stand-ins that
do nothing but check and keep the bytes.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from typing import TYPE_CHECKING, ClassVar, NoReturn

import numpy as np
import torch
from torch import Tensor

from visualize.methods.errors import InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_MOST_BYTES = 64 << 20  # the published file has 3.7 MB
_MOST_MEMO = 100_000  # a memo index beyond this would make the unpickler allocate a table of that length
_OPCODES = frozenset(
    ("PROTO", "STOP", "MARK", "NONE", "NEWFALSE", "NEWTRUE", "BININT", "BININT1", "BININT2", "BINUNICODE", "BINBYTES",
     "SHORT_BINBYTES", "EMPTY_LIST", "EMPTY_TUPLE", "APPEND", "APPENDS", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
     "GLOBAL", "REDUCE", "BUILD", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET")
)  # fmt: skip

_FIRES = {2: (64, 16, 64), 3: (128, 16, 64), 4: (128, 32, 128), 5: (256, 32, 128), 6: (256, 48, 192), 7: (384, 48, 192),
          8: (384, 64, 256), 9: (512, 64, 256)}  # fmt: skip
_CLASSES = 365


def read(path: Path) -> dict[str, Tensor]:
    """The weights of a ``.params`` file, under the names of :mod:`visualize.models.architectures.places_squeezenet`.

    Raises:
        InputError: the file is not what it should be: another pickle, truncated, other shapes, infinite values.
    """
    arrays = iter(_arrays(path))
    state: dict[str, Tensor] = {}
    for name, shape in _convolutions():
        _convolution(state, name, [_checked(path, arrays, name, wanted) for wanted in _shapes(name, shape)])
    if next(arrays, None) is not None:
        raise InputError(f"{path} holds more arrays than the 152 of the Places365 SqueezeNet")
    return state


def _convolution(state: dict[str, Tensor], name: str, arrays: list[NDArray[np.float32]]) -> None:
    """Name the arrays of one convolution as torch does.

    Lasagne applies its batch norm as ``(x - mean) * (gamma * inv_std) + beta``. With a variance of 1 and no epsilon
    torch computes just that, where a variance of ``1 / inv_std ** 2`` would be rounded on its way through a root.
    """
    weight, bias, *norm = arrays
    state[f"{name}.conv.weight"] = _tensor(weight[:, :, ::-1, ::-1])  # stored for true convolution
    state[f"{name}.conv.bias"] = _tensor(bias)
    if norm:
        beta, gamma, mean, inverse = norm
        state[f"{name}.norm.weight"] = _tensor(gamma * inverse)
        state[f"{name}.norm.bias"] = _tensor(beta)
        state[f"{name}.norm.running_mean"] = _tensor(mean)
        state[f"{name}.norm.running_var"] = torch.ones(len(mean))
        state[f"{name}.norm.num_batches_tracked"] = torch.tensor(0)


def _convolutions() -> list[tuple[str, tuple[int, int, int, int]]]:
    """Name and weight shape of every convolution, in the file's order."""
    shapes = [("conv1", (64, 3, 3, 3))]
    for number, (inputs, squeeze, expand) in _FIRES.items():
        shapes.append((f"fire{number}.squeeze", (squeeze, inputs, 1, 1)))
        shapes.append((f"fire{number}.expand1x1", (expand, squeeze, 1, 1)))
        shapes.append((f"fire{number}.expand3x3", (expand, squeeze, 3, 3)))
    return [*shapes, ("conv10", (_CLASSES, 512, 1, 1))]


def _shapes(name: str, weight: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [weight] + [weight[:1]] * (1 if name == "conv10" else 5)


def _checked(
    path: Path, arrays: Iterator[NDArray[np.float32]], name: str, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    array = next(arrays, None)
    if array is None:
        raise InputError(f"{path} ends before {name}; expected 152 arrays")
    if array.shape != shape:
        raise InputError(f"{path} has an array of shape {array.shape} where {name} needs {shape}")
    if not np.isfinite(array).all():
        raise InputError(f"{path} has infinite or undefined values in {name}")
    return array


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32, order="C"))


def _arrays(path: Path) -> list[NDArray[np.float32]]:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise InputError(
            f"{path} has {size:,} bytes, far more than the 3.7 MB of the Places365 SqueezeNet; it was not read"
        )
    data = path.read_bytes()
    try:
        _inspect(data)
        held = _Unpickler(io.BytesIO(data)).load()
        return [item.array() for item in held]
    except Exception as fault:
        reason = one_line(fault)
        raise InputError(f"{path} is no pickled list of float32 arrays ({reason}); nothing in it was run") from fault


def _inspect(data: bytes) -> None:
    """Refuse a pickle by its operations, none of which is carried out here."""
    for operation, argument, position in pickletools.genops(data):
        if operation.name not in _OPCODES:
            raise pickle.UnpicklingError(f"operation {operation.name} at byte {position}")
        if operation.name.endswith("BINPUT") and argument is not None and int(argument) > _MOST_MEMO:
            raise pickle.UnpicklingError(f"memo index {argument} at byte {position}")


class _Dtype:
    """Stands in for ``numpy.dtype``: little-endian float32 and nothing else."""

    def __init__(self, code: str, *_: object) -> None:
        if code != "f4":
            raise pickle.UnpicklingError(f"values of type {code!r}")

    def __setstate__(self, state: tuple[object, ...]) -> None:
        if state[1] != "<":
            raise pickle.UnpicklingError(f"byte order {state[1]!r}")


class _Ndarray:
    """Stands in for ``numpy.ndarray``, which such a pickle names but never calls."""

    def __new__(cls, *_: object) -> NoReturn:
        raise pickle.UnpicklingError("a call of numpy.ndarray")


class _Array:
    """Stands in for ``numpy.core.multiarray._reconstruct``: keeps an array's shape and bytes."""

    def __init__(self, *_: object) -> None:
        self._shape: tuple[int, ...] = ()
        self._data = b""

    def __setstate__(self, state: tuple[int, tuple[int, ...], object, bool, bytes]) -> None:
        _, shape, kind, fortran, data = state
        if not isinstance(kind, _Dtype) or fortran or not isinstance(data, bytes):
            raise pickle.UnpicklingError("an array that is not plain float32")
        if len(data) != 4 * math.prod(shape) or min(shape, default=0) < 0:
            raise pickle.UnpicklingError(f"{len(data)} bytes for an array of shape {shape}")
        self._shape, self._data = tuple(shape), data

    def array(self) -> NDArray[np.float32]:
        return np.frombuffer(self._data, "<f4").reshape(self._shape)


class _Unpickler(pickle.Unpickler):
    """Knows three names, and numpy is behind none of them."""

    _KNOWN: ClassVar[dict[tuple[str, str], type]] = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,
        ("numpy", "ndarray"): _Ndarray,
        ("numpy", "dtype"): _Dtype,
    }

    def find_class(self, module: str, name: str) -> type:
        """The stand-in for a name.

        Raises:
            UnpicklingError: any name but numpy's array, its type and its reconstruction.
        """
        if (module, name) not in self._KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self._KNOWN[module, name]
