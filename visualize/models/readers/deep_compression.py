"""The ``.net`` file of Deep Compression's SqueezeNet (Han et al. 2016): pruned, with 8-bit codes and 4-bit gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_MOST_BYTES = 16 << 20  # the published file has 0.7 MB
_FIRES = ((3, 96, 16, 64), (4, 128, 16, 64), (5, 128, 32, 128), (7, 256, 32, 128), (8, 256, 48, 192), (9, 384, 48, 192),
          (10, 384, 64, 256), (12, 512, 64, 256))  # fmt: skip
_CODES = 256


def read(path: Path) -> dict[str, Tensor]:
    """The weights of a ``.net`` file, named as torchvision's ``squeezenet1_0`` names them.

    Raises:
        InputError: the file is truncated, too long, or not in this format.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path} has more than {_MOST_BYTES:,} bytes; the compressed SqueezeNet has 0.7 MB")
    rest = _Bytes(path)
    layers = _convolutions()
    counts = rest.take("<u4", len(layers))
    state: dict[str, Tensor] = {}
    for (name, shape), count in zip(layers, counts, strict=True):
        codebook = rest.take("<f4", _CODES)
        state[f"{name}.bias"] = torch.from_numpy(rest.finite(rest.take("<f4", shape[0])))
        codes = _codes(rest, int(count), int(np.prod(shape)), name)
        state[f"{name}.weight"] = torch.from_numpy(rest.finite(codebook[codes]).reshape(shape))
    rest.end()
    return state


def _codes(rest: _Bytes, count: int, length: int, name: str) -> NDArray[np.uint8]:
    """The code of every position of one flattened weight; those that the file does not mention have code 0."""
    codes = rest.take("u1", count)
    packed = rest.take("u1", (count + 1) // 2).astype(np.uint8)
    gaps = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1)[:count]
    positions = np.cumsum(gaps.astype(np.int64) + 1) - 1
    if count and positions[-1] >= length:
        raise rest.fault(f"{name} has a weight at position {positions[-1]:,} of {length:,}")
    dense = np.zeros(length, np.uint8)
    dense[positions] = codes
    return dense


def _convolutions() -> list[tuple[str, tuple[int, int, int, int]]]:
    """Name and weight shape of every convolution, in network order."""
    shapes = [("features.0", (96, 3, 7, 7))]
    for number, inputs, squeeze, expand in _FIRES:
        shapes.append((f"features.{number}.squeeze", (squeeze, inputs, 1, 1)))
        shapes.append((f"features.{number}.expand1x1", (expand, squeeze, 1, 1)))
        shapes.append((f"features.{number}.expand3x3", (expand, squeeze, 3, 3)))
    return [*shapes, ("classifier.1", (1000, 512, 1, 1))]


class _Bytes:
    """A file's bytes, taken from the front."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data = path.read_bytes()
        self._at = 0

    def take(self, dtype: str, count: int) -> NDArray[np.generic]:
        """The next ``count`` numbers of the file.

        Raises:
            InputError: the file ends before.
        """
        size = np.dtype(dtype).itemsize * count
        if self._at + size > len(self._data):
            raise self.fault(f"it ends at byte {len(self._data):,}, {self._at + size - len(self._data):,} too early")
        values = np.frombuffer(self._data, dtype, count, self._at)
        self._at += size
        return values

    def finite(self, values: NDArray[np.generic]) -> NDArray[np.float32]:
        """A writable copy of numbers, in the machine's byte order.

        Raises:
            InputError: a number is infinite or undefined.
        """
        copied = values.astype(np.float32)
        if not np.isfinite(copied).all():
            raise self.fault(f"infinite or undefined values before byte {self._at:,}")
        return copied

    def end(self) -> None:
        """Raise InputError if bytes are left."""
        if self._at != len(self._data):
            raise self.fault(f"it has {len(self._data) - self._at:,} bytes too many")

    def fault(self, what: str) -> InputError:
        """The error that says why the file is refused."""
        return InputError(f"{self._path} is no compressed SqueezeNet: {what}")
