"""Picture files of a report: whole, and what their records say, before a page shows them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zlib import crc32

from visualize.intake.regular_files import read_bytes
from visualize.methods.errors import InputError
from visualize.pages.coding import ENDING

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 4 << 20  # bytes
_WEBP = (b"RIFF", b"WEBP")


def mark_name(content: bytes) -> str:
    """Name of the file of a legend's mark, which all units share: by its content."""
    return f"mark-{hashlib.sha256(content).hexdigest()[:12]}{ENDING}"


def picture(path: Path, checksum: int) -> bytes | None:
    """Content of a picture's file; None if it is not what was written.

    Args:
        path: of the file; a link is none of ours.
        checksum: its CRC-32.
    """
    content = _content(path)
    return None if content is None or crc32(content) != checksum else content


def mark(path: Path) -> bytes | None:
    """Content of a mark's file; None if it is not what was written."""
    content = _content(path)
    return None if content is None or mark_name(content) != path.name else content


def _content(path: Path) -> bytes | None:
    if path.is_symlink():
        return None
    try:
        content = read_bytes(path, most=_LARGEST)
    except (OSError, InputError):
        return None
    return content if (content[:4], content[8:12]) == _WEBP else None
