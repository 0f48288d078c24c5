"""Where files lie on disk: the user's cache folder, and a mirror that goes before it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from visualize.models.model_card import Resource

CACHE = "VIZ_CACHE"
MIRROR = "VIZ_MIRROR"

_digests: dict[tuple[str, int, int], str] = {}


def cache_folder() -> Path:
    """The folder that downloaded weights are kept in; not created here.

    It lies in the user's cache folder, or in the one that the environment variable VIZ_CACHE names.
    """
    chosen = os.environ.get(CACHE)
    root = Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("viz", appauthor=False)
    return root / "models"


def mirror_folder() -> Path | None:
    """The folder that VIZ_MIRROR names, or None if it names an address or nothing."""
    where = os.environ.get(MIRROR, "")
    return Path(where).expanduser() if where and not _is_address(where) else None


def mirror_address() -> str | None:
    """The base address that VIZ_MIRROR names, without its last slash, or None if it names a folder or nothing."""
    where = os.environ.get(MIRROR, "")
    return where.rstrip("/") if _is_address(where) else None


def at_hand(resource: Resource) -> Path | None:
    """The file in the mirror folder or the cache folder, by name alone, or None; touches no network, reads no byte."""
    for folder in (mirror_folder(), cache_folder()):
        if folder is not None and os.path.isfile(folder / resource.file):  # noqa: PTH113 (no error where it may not look)
            return folder / resource.file
    return None


def digest(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits; computed once a process for a file that keeps its size and time.

    Raises:
        OSError: it cannot be read.
    """
    state = path.stat()
    key = (str(path.resolve()), state.st_size, state.st_mtime_ns)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]


def mismatch(path: Path, resource: Resource) -> str:
    """What is wrong with the file's SHA-256, in words; "" if it is right, or if none is known.

    Raises:
        OSError: it cannot be read.
    """
    expected = (resource.sha256 or "").lower()
    found = digest(path) if expected else ""
    if found.startswith(expected):
        return ""
    return f"wrong SHA-256: expected {expected}{'...' if len(expected) < 64 else ''}, got {found}"


def _is_address(where: str) -> bool:
    return where.lower().startswith(("http://", "https://"))
