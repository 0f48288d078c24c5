"""Label map files: reads the values of their pixels as they are stored, with no notion of what they mean."""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from visualize.data.files.bit_depth import stored_values
from visualize.data.files.picture_files import reason, require_plain
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.pictures.image_file import open_image, require_whole
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from PIL import Image


MOST_PIXELS = 25_000_000
"""Pixels of a label map: as many as the largest that are published have, and up to 700 MB on the way to numbers."""

_LARGE = 4_000_000  # pixels; maps above are decoded one at a time
_turn = threading.Lock()


def read_colours(path: Path, picture: str) -> NDArray[np.uint8]:
    """A label map that codes numbers in red, green and blue: rows x columns x 3.

    Programs that shrink PNG files store few colours as a palette, and grey ones as grey; both are undone.

    Args:
        path: the label map's file.
        picture: name of the picture whose labels these are, for the error.

    Raises:
        BrokenImage: the map cannot be read.
    """
    return _decoded(path, picture)


def read_indices(path: Path | BinaryIO, picture: str) -> NDArray[Any]:
    """A label map that holds numbers as grey values or as places in a palette: rows x columns.

    Grey of 1, 2 or 4 bits is read as its values, and equal channels and whole numbers in floats as grey; of any other
    map in red, green and blue the number is red + 256 x green.

    Args:
        path: the label map's file.
        picture: name of the picture whose labels these are, for the error.

    Raises:
        BrokenImage: the map cannot be read, or holds what are no numbers of labels: fractions, half-transparent ones.
    """
    try:
        require_plain(path)
        with open_image(path) as stored, _in_turn(stored):
            require_whole(stored)
            values = stored_values(stored, lambda: open_image(path))
    except MemoryError:
        raise
    except Exception as fault:  # Pillow's decoders raise whatever a damaged file makes them raise
        raise _unusable(path, picture, fault) from fault
    return values if values.ndim == 2 else red_green(values)


def red_green(colours: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Numbers that a label map codes as red + 256 x green: rows x columns."""
    values = colours[..., 1].astype(np.int32)
    values *= 256
    values += colours[..., 0]
    return values


def red_green_blue(colours: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Numbers that a label map codes as red + 256 x green + 65,536 x blue: rows x columns."""
    values = red_green(colours)
    values += colours[..., 2].astype(np.int32) << 16
    return values


def translate(values: NDArray[Any], table: NDArray[np.int32], source: str) -> NDArray[np.int32]:
    """Numbers of a file as numbers of concepts.

    Args:
        values: rows x columns, from 0.
        table: number of a file -> number of a concept, 0 for no label, -1 for a number that the set does not know.
        source: the file, and where its numbers are explained, for the error.

    Raises:
        InputError: a number that the set does not know.
    """
    concepts: NDArray[np.int32] = table.take(values, mode="clip")  # what lies beyond the table: its last entry, -1
    if concepts.size and int(concepts.min()) < 0:
        unknown = np.unique(np.asarray(values)[concepts < 0])
        raise InputError(f"{source} does not have label {', '.join(map(str, unknown[:4].tolist()))}")
    return concepts


def lookup(pairs: Sequence[tuple[int, int]], *, zero: int = 0) -> NDArray[np.int32]:
    """The table for :func:`translate` from (number in the file, number of the concept); 0 is ``zero``."""
    table = np.full(max((number for number, _ in pairs), default=0) + 2, -1, np.int32)
    table[0] = zero
    for number, concept in pairs:
        table[number] = concept
    return table


def _decoded(path: Path, picture: str) -> NDArray[np.uint8]:
    try:
        require_plain(path)
        with open_image(path) as stored, _in_turn(stored):
            require_whole(stored)
            stored.load()
            return np.asarray(stored if stored.mode == "RGB" else stored.convert("RGB"))
    except MemoryError:
        raise
    except Exception as fault:  # Pillow's decoders raise whatever a damaged file makes them raise
        raise _unusable(path, picture, fault) from fault


def _unusable(path: Path | BinaryIO, picture: str, fault: Exception) -> BrokenImage:
    which = f" {printable(str(path))}" if isinstance(path, Path) else ""
    return BrokenImage(picture, f"its label map{which} cannot be used: {reason(fault)}")


@contextmanager
def _in_turn(stored: Image.Image) -> Iterator[None]:
    """Let one thread at a time decode a large map, which takes hundreds of megabytes on the way.

    Raises:
        ValueError: the map is too large altogether.
    """
    pixels = stored.width * stored.height
    if pixels > MOST_PIXELS:
        raise ValueError(f"its header says {stored.width} x {stored.height} pixels; at most {MOST_PIXELS:,} are read")
    with _turn if pixels > _LARGE else nullcontext():
        yield
