"""Pictures as files for browsing: small, in WebP, which every browser of these years shows."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture

ENDING = ".webp"
_QUALITY = 70  # of 100, for photographs
_EFFORT = 2  # of 6: more takes several times as long and saves a few per cent


def scaled(picture: Picture, side: int) -> Image.Image:
    """A picture that is at most ``side`` pixels tall and wide; a smaller one stays as it is.

    Args:
        picture: H x W x 3, RGB, uint8.
        side: pixels.
    """
    image = Image.fromarray(picture)
    scale = side / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(length * scale)) for length in image.size)
    return image.resize((width, height), Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR)


def coded(image: Image.Image, *, drawn: bool = False) -> bytes:
    """A picture as WebP.

    Args:
        image: RGB.
        drawn: it is a chart or a mark of few colours, which is kept without loss.
    """
    buffer = io.BytesIO()
    if drawn:
        image.save(buffer, "WEBP", lossless=True, quality=50, method=3)
    else:
        image.save(buffer, "WEBP", quality=_QUALITY, method=_EFFORT)
    return buffer.getvalue()


def data_uri(content: bytes) -> str:
    """A picture in WebP as an address that holds it."""
    return f"data:image/webp;base64,{base64.b64encode(content).decode('ascii')}"
