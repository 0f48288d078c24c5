"""Which files are taken for pictures, by the ends of their names."""

from __future__ import annotations

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
