"""Picture files of every kind, with the pixels that they should be read as."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rgb = NDArray[np.uint8]

CORNERS: Rgb = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
GREYS: Rgb = np.array([[0, 64], [128, 255]], np.uint8)


def _grey(values: NDArray[np.integer]) -> Rgb:
    return np.repeat(np.asarray(values, np.uint8)[..., None], 3, axis=2)


def _alpha(path: Path) -> Rgb:
    """Opaque red, half-transparent black, and two fully transparent pixels of other colours."""
    values = np.array([[[255, 0, 0, 255], [0, 0, 0, 128]], [[9, 9, 9, 0], [0, 255, 0, 0]]], np.uint8)
    Image.fromarray(values).save(path)
    return np.array([[[255, 0, 0], [127, 127, 127]], [[255, 255, 255], [255, 255, 255]]], np.uint8)


def _grey_alpha(path: Path) -> Rgb:
    Image.fromarray(np.array([[[10, 255], [10, 0]]], np.uint8), "LA").save(path)
    return _grey(np.array([[10, 255]]))


def _palette(path: Path) -> Rgb:
    picture = Image.new("P", (2, 2))
    picture.putpalette(CORNERS.reshape(-1).tolist())
    picture.putdata([0, 1, 2, 3])
    picture.save(path)
    return CORNERS


def _clear_palette(path: Path) -> Rgb:
    """One entry of the palette is transparent."""
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    picture.save(path, transparency=1)
    return np.array([[[255, 0, 0], [255, 255, 255]]], np.uint8)


def _clear_colour(path: Path) -> Rgb:
    """An RGB picture in which one colour stands for transparent."""
    Image.fromarray(CORNERS).save(path, transparency=(0, 255, 0))
    expected = CORNERS.copy()
    expected[0, 1] = 255
    return expected


def _grey16(path: Path) -> Rgb:
    Image.fromarray(GREYS.astype(np.uint16) * 257).save(path)
    return _grey(GREYS)


def _float(path: Path) -> Rgb:
    Image.fromarray((GREYS / 255).astype(np.float32)).save(path)
    return _grey(GREYS)


def _bits(path: Path) -> Rgb:
    Image.fromarray(np.array([[True, False], [False, True]])).save(path)
    return _grey(np.array([[255, 0], [0, 255]]))


def _grey8(path: Path) -> Rgb:
    Image.fromarray(GREYS).save(path)
    return _grey(GREYS)


def _cmyk(path: Path) -> Rgb:
    """Full cyan, full magenta, full yellow, full black."""
    values = np.zeros((2, 2, 4), np.uint8)
    values[[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 2, 3]] = 255
    Image.fromarray(values, "CMYK").save(path)
    return np.array([[[0, 255, 255], [255, 0, 255]], [[255, 255, 0], [0, 0, 0]]], np.uint8)


def _animation(path: Path) -> Rgb:
    first, second = Image.new("RGB", (2, 2), (255, 0, 0)), Image.new("RGB", (2, 2), (0, 0, 255))
    first.save(path, save_all=True, append_images=[second])
    return np.full((2, 2, 3), (255, 0, 0), np.uint8)


KINDS: dict[str, Callable[[Path], Rgb]] = {
    "alpha.png": _alpha,
    "grey-alpha.png": _grey_alpha,
    "palette.png": _palette,
    "palette.gif": _palette,
    "palette.bmp": _palette,
    "clear-palette.png": _clear_palette,
    "clear-colour.png": _clear_colour,
    "grey16.png": _grey16,
    "grey16.tif": _grey16,
    "float.tiff": _float,
    "bits.png": _bits,
    "bits.bmp": _bits,
    "grey8.png": _grey8,
    "cmyk.tif": _cmyk,
    "animation.gif": _animation,
    "animation.png": _animation,
}


def png_header(width: int, height: int) -> bytes:
    """A PNG file whose header promises that size and whose data are a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


def jpeg(values: Rgb, **options: object) -> bytes:
    """A JPEG file of high quality."""
    out = io.BytesIO()
    Image.fromarray(values).save(out, "JPEG", quality=95, subsampling=0, **options)
    return out.getvalue()


def png(values: NDArray[np.integer], bits: int | None = None) -> bytes:
    """A PNG file of grey, grey with alpha, colours, or colours with alpha, written without Pillow.

    Args:
        values: rows x columns x 1, 2, 3 or 4 channels, of 8 or 16 bits as their type says.
        bits: 1, 2 or 4 for grey of fewer.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    tall, wide, channels = values.shape
    depth = bits or 8 * values.dtype.itemsize
    if bits is None:
        rows = [row.astype(values.dtype.newbyteorder(">")).tobytes() for row in values]
    else:
        spread = np.unpackbits(values[..., 0].astype(np.uint8)[..., None], axis=2)[..., 8 - bits :]
        rows = [np.packbits(row.reshape(-1)).tobytes() for row in spread]
    header = struct.pack(">IIBBBBB", wide, tall, depth, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
