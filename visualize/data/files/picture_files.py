"""Picture files as RGB bytes: the only place that decodes the pictures that a user has on disk."""

from __future__ import annotations

import os
import re
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from visualize.data.files import gpu_decoding
from visualize.data.files.bit_depth import from_deep, from_twelve, is_twelve
from visualize.methods.errors import BrokenImage, system_words
from visualize.methods.pictures.image_file import open_image, require_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


MOST_PIXELS = 100_000_000  # 400 MB once decoded; the largest full-frame cameras stay below
MOST_SIDE = 1_000_000  # scaling a longer one down takes gigabytes, however short the other is
_COSTLY = {"JPEG2000": 4, "WEBP": 2, "AVIF": 2}  # so many times what others take while they are decoded
_CLEAR = {"RGBA", "LA", "PA", "RGBa", "La"}
_LAYERED = {*_CLEAR, "F"}  # modes that take several layers of pixels on the way to RGB
_WIDEST = 16  # longer side to shorter side; beyond that only the middle is scaled, as the rest is cropped away
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow warns of what this module refuses in its own words, and of camera notes that are not needed.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", message="Corrupt EXIF data", category=UserWarning)


def read_picture(
    path: str | Path | BinaryIO, preparation: Preparation | None = None, *, name: str | None = None
) -> NDArray[np.uint8]:
    """Read a picture as RGB, upright and on white, whatever its file holds.

    The camera's orientation is applied, transparency is laid on white, palettes, CMYK, grey and 1-bit pictures become
    RGB, 16-bit values are scaled to 8, and of an animation the first frame is read. Of a file of 16 bits whose values
    all lie below 4,096 (or 256) they are taken for 12 (or 8) bits, or it would come out black; an
    :class:`~visualize.methods.errors.InputWarning` says so. Safe to call from several threads.

    Args:
        path: a file of one of the formats of :data:`visualize.methods.pictures.image_file.FORMATS`, or such a file in
            memory.
        preparation: bring the picture to its ``size``; None keeps the picture's own.
        name: what to call the picture in an error; its path if None.

    Returns:
        H x W x 3, RGB, 0..255.

    Raises:
        BrokenImage: the file cannot be opened, is no picture, is damaged, or has more than ``MOST_PIXELS`` pixels.
    """
    name = str(path) if name is None else name
    try:
        require_plain(path)
        with open_image(path) as picture:
            _check_size(picture)
            require_whole(picture)
            if gpu_decoding.takes(picture, preparation) and _orientation(picture) == 1:
                by_gpu = gpu_decoding.decoded(picture, path, preparation)
                if by_gpu is not None:
                    return by_gpu
            if preparation is not None:
                _hasten(picture, preparation)
            decoded, orientation = _rgb(picture, path), _orientation(picture)
        del picture  # its pixels, where those that were decoded are others
        upright = _upright(decoded, orientation)
        del decoded
        if preparation is not None:
            upright = preparation.fit(_middle(upright, preparation))
        return np.array(upright)
    except (BrokenImage, MemoryError):
        raise
    except Exception as fault:  # Pillow's decoders raise whatever a damaged file makes them raise
        raise BrokenImage(name, reason(fault)) from fault


def picture_size(path: str | Path | BinaryIO, *, name: str) -> tuple[int, int, int]:
    """Height and width of a picture as its file stores it, and the camera's orientation, from the file's header alone.

    Args:
        path: the picture's file.
        name: what to call the picture in an error.

    Returns:
        height and width in pixels, and 1 (upright) to 8 as EXIF counts.

    Raises:
        BrokenImage: the file cannot be opened, or is no picture.
    """
    try:
        require_plain(path)
        with open_image(path) as picture:
            return picture.height, picture.width, _orientation(picture)
    except Exception as fault:  # Pillow's decoders raise whatever a damaged file makes them raise
        raise BrokenImage(name, reason(fault)) from fault


def upright_size(path: str | Path | BinaryIO, *, name: str) -> tuple[int, int]:
    """Height and width of a picture that is turned upright as :func:`read_picture` turns it, from the header alone."""
    tall, wide, orientation = picture_size(path, name=name)
    return (wide, tall) if orientation >= 5 else (tall, wide)


class _TooLargeError(ValueError):
    """A header that promises more pixels than are read."""


def require_plain(path: str | Path | BinaryIO) -> None:
    """Refuse a pipe or a device, which would be waited for.

    Raises:
        ValueError: it is one.
    """
    if isinstance(path, str | Path) and not stat.S_ISREG(mode := os.stat(path).st_mode) and not stat.S_ISDIR(mode):  # noqa: PTH116
        raise ValueError("it is no plain file")


def _check_size(picture: Image.Image) -> None:
    """Refuse a picture whose pixels would take more than some 800 MB on the way to RGB."""
    width, height = picture.size
    layered = picture.mode in _LAYERED or picture.mode.startswith("I") or "transparency" in picture.info
    most = MOST_PIXELS // max(_COSTLY.get(picture.format or "", 1), 1 + layered)
    if max(width, height) > MOST_SIDE:
        raise _TooLargeError(f"its header says {width} x {height} pixels, and at most {MOST_SIDE:,} on a side are read")
    if width * height > most:
        raise _TooLargeError(_too_large(f"{width} x {height}", most))


def _too_large(size: str, most: int = MOST_PIXELS) -> str:
    return f"its header says {size} pixels, and at most {most:,} are read; scale it down first"


def _hasten(picture: Image.Image, preparation: Preparation) -> None:
    """Let a JPEG be decoded at 1/2, 1/4 or 1/8 as long as that leaves twice what is needed."""
    resize = preparation.resize
    sizes = resize if isinstance(resize, tuple) else () if resize is None else (resize,)
    need = 2 * max(*preparation.size, *sizes)
    picture.draft(None, (need, need))


def _rgb(picture: Image.Image, path: str | Path | BinaryIO) -> Image.Image:
    """Decode, and bring any mode to RGB."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return from_deep(picture)
    if is_twelve(picture):
        with open_image(path) as again:
            picture = from_twelve(picture, again)
    if picture.mode in _CLEAR or "transparency" in picture.info:
        opaque = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", opaque.size, "white"), opaque).convert("RGB")
    picture.load()
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _orientation(picture: Image.Image) -> int:
    """The camera's orientation, 1 (upright) where there is none or it cannot be read."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 (a damaged note about the camera does not make the picture unreadable)
        return 1


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _UPRIGHT.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _middle(picture: Image.Image, preparation: Preparation) -> Image.Image:
    """The part of a very long picture that is looked at; any other picture as it is."""
    top, left, tall, wide = middle(picture.height, picture.width, preparation)
    return (
        picture
        if (tall, wide) == (picture.height, picture.width)
        else picture.crop((left, top, left + wide, top + tall))
    )


def middle(tall: int, wide: int, preparation: Preparation) -> tuple[int, int, int, int]:
    """The part of a picture that is scaled: all of it, or the middle of a very long one whose ends are cropped away.

    Scaling such a picture whole could take gigabytes.

    Returns:
        top, left, height and width, pixels.
    """
    short, long = sorted((tall, wide))
    keep = short * _WIDEST
    if not isinstance(preparation.resize, int) or long <= keep:
        return 0, 0, tall, wide
    start = (long - keep) // 2
    return (0, start, short, keep) if wide > tall else (start, 0, keep, short)


def reason(fault: Exception) -> str:
    """Fault that Pillow or the disk found in a picture file, in words."""
    if isinstance(fault, UnidentifiedImageError):
        return "it is no picture that can be read"
    if isinstance(fault, Image.DecompressionBombError):  # raised before Pillow tells height and width
        count = re.search(r"\d+", str(fault))
        return _too_large(f"{int(count[0]):,}" if count else "too many")
    return system_words(fault)
