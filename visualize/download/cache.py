"""Where files lie on disk: the user's cache folder, and a mirror that goes before it."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from visualize.download import links
from visualize.files import whole

if TYPE_CHECKING:
    from visualize.download.resource import Resource


CACHE = "VIZ_CACHE"
MIRROR = "VIZ_MIRROR"

RECORD = ".sha256"

_WEIGHTS, _SETS, _LISTS = "weights", "data", "reference"  # of a mirror that keeps what it has in several folders

_ANYONES = frozenset({"model.safetensors", "pytorch_model.bin", "pytorch_model.safetensors"})

_LONGEST = 4096  # bytes of a record: a hash and a file's name
_WHOLE = 64  # hexadecimal digits of a SHA-256
_NAMES = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}
_digests: dict[tuple[str, str, int, int], str] = {}


def cache_root() -> Path:
    """The folder of everything downloaded: the one that VIZ_CACHE names, or viz in the user's cache folder."""
    chosen = os.environ.get(CACHE)
    return _expanded(chosen) if chosen else platformdirs.user_cache_path("viz", appauthor=False)


def cache_folder() -> Path:
    """The folder that downloaded weights are kept in; not created here."""
    return cache_root() / "models"


def mirror_folders() -> tuple[Path, ...]:
    """The mirror's folders, in the order in which a file is looked for; none if VIZ_MIRROR names an address or nothing.

    VIZ_MIRROR names folders, several separated as in PATH. A mirror may be sorted: weights in ``weights``,
    probe sets in ``data``, and lists of names and tables in ``reference``, or in folders in there. Whether it is named
    itself or its ``weights``, all of these are looked into.
    """
    where = os.environ.get(MIRROR, "")
    if _is_address(where):
        return ()
    named = [_expanded(part) for part in where.split(os.pathsep) if part]
    return tuple(dict.fromkeys(place for folder in named for place in (folder, *_sorted_folders(folder))))


def _sorted_folders(named: Path) -> list[Path]:
    """The other folders of a sorted mirror, by its root or its ``weights``; none where a folder is no sorted mirror."""
    whole = named.absolute()
    root = whole.parent if whole.name == _WEIGHTS else named
    inside = sorted(glob.glob(f"{glob.escape(str(root / _LISTS))}/*"))  # noqa: PTH207 (no error where it may not look)
    sorted_by = (root / _WEIGHTS, root / _SETS, root / _LISTS, *map(Path, inside))
    return [folder for folder in sorted_by if os.path.isdir(folder)]  # noqa: PTH112 (no error where it may not look)


def mirror_address() -> str | None:
    """The base address that VIZ_MIRROR names, without its last slash, or None if it names a folder or nothing."""
    where = os.environ.get(MIRROR, "")
    return where.rstrip("/") if _is_address(where) else None


def mirror_names(resource: Resource) -> tuple[str, ...]:
    """Names that a file may have in a mirror: its own, and those at its addresses that only it can have."""
    return tuple(name for name in resource.names if name == resource.file or name not in _ANYONES)


def at_hand(resource: Resource) -> Path | None:
    """The path of a file in a mirror folder or the cache folder, by name alone; None if it lies in neither.

    Touches no network and reads no byte.
    """
    places = [mirror / name for mirror in mirror_folders() for name in mirror_names(resource)]
    for place in (*places, cache_folder() / resource.file):
        if os.path.isfile(place):  # noqa: PTH113 (no error where it may not look)
            return place
    return None


def digest(path: Path, kind: str = "sha256") -> str:
    """A file's hash in hexadecimal digits; computed once per process for a file that keeps its size and time.

    Args:
        path: the file.
        kind: the hash, by its name in :mod:`hashlib`: "sha256", "sha1" or "md5".

    Raises:
        OSError: the file cannot be read.
    """
    state = path.stat()
    key = (kind, str(path.resolve()), state.st_size, state.st_mtime_ns)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, kind).hexdigest()
    return _digests[key]


def mismatch(path: Path, resource: Resource) -> str:
    """Why a file's hash is wrong, in words; "" if it is right, or if nobody knows it.

    The hashes that the publisher states are checked, whatever was written down here. Where none is stated, the file is
    compared with the one that was first used here, whose SHA-256 :func:`record` wrote down.

    Raises:
        OSError: the file cannot be read.
    """
    for kind, expected in resource.hashes.items():
        digits = digest(path, kind)
        if not digits.startswith(expected):
            short = "" if len(expected) == len(digits) else "..."
            return f"wrong {_NAMES[kind]}: expected {expected}{short}, got {digits}"
    noted = "" if resource.hashes else recorded(resource)
    if noted and digest(path) != noted:
        return (
            f"wrong SHA-256: the file first used here had {noted}, this one has {digest(path)}; if its publisher "
            f"changed it, delete {record_of(resource)}"
        )
    return ""


def record_of(resource: Resource) -> Path:
    """Where the SHA-256 of the file first used is kept, in the form that ``sha256sum --check`` reads."""
    return cache_folder() / f"{resource.file}{RECORD}"


def recorded(resource: Resource) -> str:
    """The SHA-256 of the file that was first used; "" if none was, or where its publisher states the whole."""
    if len(resource.hashes.get("sha256", "")) == _WHOLE:
        return ""
    words = links.read(record_of(resource), _LONGEST).decode("utf-8", "replace").split()
    return words[0] if words and len(words[0]) == _WHOLE else ""


def vouched(resource: Resource) -> bool:
    """Whether the whole SHA-256 of a file is known: stated by its publisher, or written down here."""
    return len(resource.hashes.get("sha256", "")) == _WHOLE or bool(recorded(resource))


def record(path: Path, resource: Resource) -> None:
    """Write down the SHA-256 of a file that is used for the first time, unless its publisher states it.

    Raises:
        OSError: the file cannot be read, or the cache folder not be written.
    """
    if vouched(resource):
        return
    with whole(record_of(resource)) as file:
        file.write(f"{digest(path)}  {resource.file}\n".encode())


def forget(resource: Resource) -> None:
    """Drop the SHA-256 that was written down for a file that turned out to be of no use."""
    with contextlib.suppress(OSError):
        record_of(resource).unlink(missing_ok=True)


def _expanded(folder: str) -> Path:
    """A folder of the environment; ``~`` and the name of nobody here is the name of a folder."""
    return Path(os.path.expanduser(folder))  # noqa: PTH111 (which raises no error)


def _is_address(where: str) -> bool:
    return where.lower().startswith(("http://", "https://"))
