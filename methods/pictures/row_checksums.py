"""Checksums of what is kept of single pictures, by which a bit that flipped on the disk is noticed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def row_checksums(arrays: Sequence[NDArray[Any]], rows: Sequence[int], state: int = 1) -> NDArray[np.uint32]:
    """CRC-32 of each of some rows, of all arrays at once, together with its place; never 0, which stands for none.

    Args:
        arrays: pictures x anything.
        rows: places of pictures.
        state: a small number that is part of the checksum.

    Example:
        >>> import numpy as np
        >>> values = np.zeros((3, 4), np.float32)
        >>> before = row_checksums([values], range(3))
        >>> values[1, 2] = 1e-30
        >>> (row_checksums([values], range(3)) == before).tolist()
        [True, False, True]
    """
    checksums = np.zeros(len(rows), np.uint32)
    for place, row in enumerate(rows):
        value = zlib.crc32(f"{row} {state}".encode())
        for array in arrays:
            value = zlib.crc32(np.ascontiguousarray(array[row]).tobytes(), value)
        checksums[place] = value or 1
    return checksums
