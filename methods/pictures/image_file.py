"""Opening picture files: the only place that does, of either package, and no format but those that are searched for.

Pillow alone would take whatever a file shows itself to be, whatever its name says: it runs Ghostscript on PostScript.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "DIB", "AVIF", "JPEG2000")
"""Pillow's names of the formats that show by their first bytes what they are."""
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
