"""Label maps of segmenters, kept in the cache by segmenter and picture, so that a run can go on with them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from visualize.download.cache import cache_root
from visualize.download.cache_listing import Kept
from visualize.files import save_bytes
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images

ROOM = "label-maps"
"""Folder of the cache, and what :func:`kept_maps` calls the things in it."""
_FOLDER, _FILE = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{64}\.npz")
_MAP = "map"


@runtime_checkable
class _Located(Protocol):
    def path(self, index: int) -> Path:
        """The file of picture ``index``."""


class KeptMaps:
    """Label maps of one segmenter.

    Args:
        identity: of the segmenter.
    """

    def __init__(self, identity: str) -> None:
        self._folder = cache_root() / ROOM / hashlib.sha256(identity.encode()).hexdigest()[:16]

    def read(self, key: str) -> NDArray[np.uint16] | None:
        """The map that is kept under a key; None where there is none, or it is damaged."""
        import numpy as np  # here: `viz cache` lists maps without it

        from visualize.intake.arrays import read_npz

        path = self._folder / f"{key}.npz"
        if _linked(self._folder) or path.is_symlink() or not path.is_file():
            return None
        try:
            held = read_npz(path, only=[_MAP])[_MAP]
        except (InputError, OSError, KeyError):
            return None
        return held if held.ndim == 2 and held.dtype == np.uint16 and held.size else None

    def write(self, key: str, values: NDArray[np.uint16]) -> None:
        """Keep a map, whole or not at all; a disk that does not take it is left alone.

        Raises:
            InputError: the folder is a link.
        """
        import numpy as np

        if _linked(self._folder):
            raise InputError(f"{self._folder} is a link, and nothing is written through one; name that by VIZ_CACHE")
        coded = io.BytesIO()
        np.savez_compressed(coded, map=values)
        with contextlib.suppress(OSError):
            save_bytes(coded.getvalue(), self._folder / f"{key}.npz")


def picture_key(images: Images, index: int) -> str | None:
    """Key of a picture by its file's path, length and time of change; None for a picture of no file."""
    if not isinstance(images, _Located):
        return None
    try:
        path = images.path(index)
        state = path.stat()
        text = f"{path.resolve()} {state.st_size} {state.st_mtime_ns}"
    except (OSError, AttributeError):  # it is no file, or is not there: whoever reads it says so
        return None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def pixel_key(picture: NDArray[np.uint8]) -> str:
    """Key of a picture by its values."""
    return hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).hexdigest()


def kept_maps() -> tuple[Kept, ...]:
    """Label maps in the cache, one thing for each segmenter."""
    root = cache_root() / ROOM
    if _linked(root) or not root.is_dir():
        return ()
    folders = [path for path in sorted(root.iterdir()) if _FOLDER.fullmatch(path.name) and not path.is_symlink()]
    things = []
    for folder in folders:
        files = _files(folder)
        if files:
            size = sum(file.lstat().st_size for file in files)
            things.append(Kept(f"{ROOM}/{folder.name}", folder, size, "label maps", count=len(files)))
    return tuple(things)


def clear_maps(thing: Kept) -> int:
    """Remove the label maps of one segmenter; how many other files stay in their folder."""
    for file in _files(thing.path):
        file.unlink(missing_ok=True)
    left = sum(1 for _ in thing.path.iterdir())
    with contextlib.suppress(OSError):
        thing.path.rmdir()
    return left


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if _FILE.fullmatch(path.name) and not path.is_symlink()]


def _linked(folder: Path) -> bool:
    return folder.is_symlink() or folder.parent.is_symlink()
