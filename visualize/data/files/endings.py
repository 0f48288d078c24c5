"""Which files are taken for pictures, by the ends of their names."""

from __future__ import annotations

import os

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"})


def is_picture(name: str) -> bool:
    """Whether a folder's entry of that name is taken for a picture: by its ending, and no hidden one."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in ENDINGS  # noqa: PTH122 (there are many)
