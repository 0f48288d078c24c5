"""Opening picture files: the only place that does, of either package, and no format but those that are searched for.

Pillow alone would take whatever a file shows itself to be, whatever its name says: it runs Ghostscript on PostScript.
"""

from __future__ import annotations

import importlib.util
import os
import zlib
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

_AVIF = ("AVIF",) if importlib.util.find_spec("PIL.AvifImagePlugin") else ()  # Pillow has it from 11.3 on
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "DIB", *_AVIF, "JPEG2000")
"""Pillow's names of the formats that show by their first bytes what they are."""
_SIGNATURE = 8  # bytes at the beginning of a PNG
_UNMARKED = {".tga": "TGA", ".vda": "TGA", ".icb": "TGA", ".vst": "TGA"}
"""Endings of formats that do not, so that they are believed by their names alone."""


def open_image(file: str | Path | BinaryIO) -> Image.Image:
    """Open a picture's file, whose pixels are not decoded yet.

    Args:
        file: its path, or the file itself.

    Raises:
        PIL.UnidentifiedImageError: it is in none of the formats that are read.
        OSError: it cannot be opened.

    Example:
        >>> import io
        >>> out = io.BytesIO()
        >>> Image.new("RGB", (3, 2), "red").save(out, "PNG")
        >>> open_image(out).size
        (3, 2)
        >>> open_image(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0"))
        Traceback (most recent call last):
        PIL.UnidentifiedImageError: ...
    """
    ending = os.path.splitext(os.fspath(file))[1].lower() if isinstance(file, str | os.PathLike) else ""  # noqa: PTH122
    unmarked = _UNMARKED.get(ending)
    return Image.open(file, formats=FORMATS if unmarked is None else (*FORMATS, unmarked))


def require_whole(picture: Image.Image) -> None:
    """Refuse a PNG of which a chunk that is needed has another checksum; Pillow looks at none of those of its pixels.

    Args:
        picture: as :func:`open_image` gave it, before its pixels are decoded.

    Raises:
        ValueError: it is damaged.

    Example:
        >>> import io
        >>> out = io.BytesIO()
        >>> Image.new("RGB", (3, 2), "red").save(out, "PNG")
        >>> require_whole(open_image(out))
        >>> content = bytearray(out.getvalue())
        >>> content[content.index(b"IDAT") + 8] ^= 1
        >>> require_whole(open_image(io.BytesIO(content)))
        Traceback (most recent call last):
        ValueError: its pixels are damaged (their checksum is wrong)
    """
    file = getattr(picture, "fp", None)
    if picture.format != "PNG" or file is None:
        return
    place = file.tell()
    file.seek(_SIGNATURE)
    while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        length = int.from_bytes(head[:4], "big")
        if head[4:] != b"IDAT":
            file.seek(length + 4, os.SEEK_CUR)
            continue
        content, checksum = file.read(length), file.read(4)
        if len(checksum) == 4 and zlib.crc32(content, zlib.crc32(head[4:])) != int.from_bytes(checksum, "big"):
            raise ValueError("its pixels are damaged (their checksum is wrong)")
    file.seek(place)
