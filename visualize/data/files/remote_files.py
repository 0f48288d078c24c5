"""Files on object storage and web servers, by fsspec: read in parts, never kept as a whole."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, cast

from visualize.download.offline import require_online
from visualize.intake.regular_files import require_regular
from visualize.methods.errors import InputError, one_line
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SCHEMES = ("s3", "gs", "gcs", "az", "abfs", "http", "https", "memory")
"""Kinds of storage that are asked."""

_LARGEST = 1 << 28  # bytes of a picture
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
_BLOCK = 4 << 20  # bytes that are read ahead where a file is gone through from its beginning
_PAUSES = (0.5, 1.0, 2.0)  # seconds before what failed is asked for again
_BUSY = frozenset((408, 425, 429))  # of the answers 4xx of a web server, those that are another time's
_FOR_GOOD = (
    FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, ValueError, TypeError, LookupError,
    AttributeError, NotImplementedError, ImportError,
)  # fmt: skip
_SILENCE = 30.0  # seconds in which a web server sends something


class Source(Protocol):
    """A file that can be read in parts, from several threads at once."""

    @property
    def name(self) -> str:
        """Name of the file, for messages."""

    def size(self) -> int:
        """Number of bytes."""

    def read(self, start: int, size: int) -> bytes:
        """Some bytes, from the place ``start``.

        Raises:
            OSError: they cannot be read, or there are fewer.
        """

    def opened(self) -> BinaryIO:
        """The file from its beginning, for one reader."""


@dataclass(frozen=True)
class LocalFile:
    """A file on this machine.

    Args:
        path: where it lies.
    """

    path: Path

    @property
    def name(self) -> str:
        """Name of the file, for messages."""
        return str(self.path)

    def size(self) -> int:
        """Number of bytes."""
        return self.path.stat().st_size

    def read(self, start: int, size: int) -> bytes:
        """Some bytes, from the place ``start``."""
        descriptor = os.open(self.path, os.O_RDONLY | _AT_ONCE)
        try:
            return _whole(os.pread(descriptor, size, start), size)
        finally:
            os.close(descriptor)

    def opened(self) -> BinaryIO:
        """The file from its beginning; what is no plain file, such as a pipe, is refused and not waited for."""
        require_regular(self.path)
        return self.path.open("rb")


@dataclass(frozen=True)
class RemoteFile:
    """A file elsewhere.

    Args:
        system: the file system of fsspec that has it.
        path: its path there.
        url: what the user calls it.
    """

    system: Any
    path: str
    url: str

    @property
    def name(self) -> str:
        """Name of the file, for messages."""
        return self.url

    def size(self) -> int:
        """Number of bytes."""
        return int(_asked(self.url, lambda: self.system.info(self.path)["size"] or 0))

    def read(self, start: int, size: int) -> bytes:
        """Some bytes, from the place ``start``; each call is one request."""
        return bytes(_fetched(lambda: _whole(self.system.cat_file(self.path, start=start, end=start + size), size)))

    def content(self) -> bytes:
        """All of it.

        Raises:
            OSError: it cannot be read, or is too large to be a picture.
        """
        size = _fetched(lambda: self.system.info(self.path)).get("size")
        if size is not None and size > _LARGEST:
            raise OSError(0, f"it has {size:,} bytes; at most {_LARGEST:,} of a picture are read")
        return bytes(_fetched(lambda: _not_cut(self.system.cat_file(self.path), size)))

    def opened(self) -> BinaryIO:
        """The file from its beginning, read a few megabytes ahead."""
        opened = _fetched(lambda: self.system.open(self.path, "rb", block_size=_BLOCK, cache_type="readahead"))
        return cast("BinaryIO", _Opened(opened))


class _Opened:
    """A file of fsspec whose faults are those of files."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 (of a library that need not be there)
        self._file = file
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        return bytes(_fetched(lambda: self._file.read(size)))

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        return int(_fetched(lambda: self._file.seek(place, whence)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _fetched(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 (whatever it gives)
    """An answer of a storage, whose library may raise anything; what may pass is asked again some seconds later.

    Raises:
        OSError: it gives none.
    """
    for pause in (*_PAUSES, None):
        try:
            return ask()
        except FileNotFoundError as fault:
            raise FileNotFoundError(2, "it is not there") from fault
        except OSError as fault:
            if pause is None or _lasts(fault):
                if fault.strerror or str(fault):
                    raise
                raise OSError(0, f"it cannot be fetched: {_reason(fault)}") from fault
        except Exception as fault:
            if pause is None or _lasts(fault):
                raise OSError(0, f"it cannot be fetched: {_reason(fault)}") from fault
        time.sleep(pause)
    raise AssertionError


def _lasts(fault: Exception) -> bool:
    """Whether it is in vain to ask again."""
    status = getattr(fault, "status", None)
    if isinstance(status, int):
        return 400 <= status < 500 and status not in _BUSY
    return isinstance(fault, _FOR_GOOD)


def _reason(fault: Exception) -> str:
    return printable(one_line(fault))[:200]


class _NoPartsError(OSError, ValueError):
    """A server that gives more than was asked for."""


def _whole(content: bytes, size: int) -> bytes:
    if len(content) == size:
        return content
    kind = _NoPartsError if len(content) > size else OSError
    raise kind(
        0, f"{len(content):,} bytes came where {size:,} were asked for, so it is cut, or its server gives no parts"
    )


def _not_cut(content: bytes, size: int | None) -> bytes:
    if size is None or len(content) >= size:
        return content
    raise OSError(0, f"{len(content):,} of its {size:,} bytes came")


def is_remote(where: object) -> bool:
    """Whether a name is a URL of a storage that is asked."""
    return isinstance(where, str) and where.partition("://")[0] in SCHEMES and "://" in where


def remote_file(url: str) -> RemoteFile:
    """A file by its URL; whether it is there is not asked yet.

    Raises:
        InputError: fsspec, or what it needs for such storage, is not installed; or downloads are forbidden.
    """
    system, path = _system(url)
    return RemoteFile(system, path, url)


def remote_files(url: str, endings: Sequence[str]) -> list[RemoteFile]:
    """Files below a folder elsewhere whose names end so, sorted by path; hidden ones are left out.

    Raises:
        InputError: there is no such folder, or it cannot be listed.
    """
    system, root = _system(url)
    paths = _asked(url, lambda: system.find(root))
    several = sorted(path for path in paths if _wanted(path, endings))
    base = url.rstrip("/")
    below = root.rstrip("/")
    return [RemoteFile(system, path, f"{base}{path.removeprefix(below)}") for path in several]


def _wanted(path: str, endings: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return not name.startswith(".") and name.lower().endswith(tuple(endings))


def _system(url: str) -> tuple[Any, str]:
    scheme = url.partition("://")[0]
    if "::" in url or scheme not in SCHEMES:
        raise InputError(f"{printable(url[:80])} is on no storage that is asked; give {', '.join(SCHEMES)}")
    if scheme != "memory":
        require_online(
            f"{printable(url[:200])} lies elsewhere", "copy the files to a folder of this machine, and give that"
        )
    try:
        import fsspec
    except ImportError as fault:
        raise InputError(f"{scheme}:// needs fsspec; run: pip install 'viz-units[remote]'") from fault
    try:
        system, path = fsspec.core.url_to_fs(url, **_patience(scheme))
    except ImportError as fault:
        raise InputError(
            f"{scheme}:// needs a library more ({printable(one_line(fault))}); run: pip install 'viz-units[remote]'"
        ) from fault
    except (ValueError, OSError) as fault:
        raise InputError(f"{printable(url[:200])} cannot be asked for: {printable(str(fault))}") from fault
    return system, str(path)


def _patience(scheme: str) -> dict[str, Any]:
    """How long a web server is waited for: not for a file as a whole, which may be large, but for its next bytes."""
    if scheme not in {"http", "https"}:
        return {}
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(sock_connect=_SILENCE, sock_read=_SILENCE)}}


def _asked(url: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 (whatever it gives)
    """The answer of a storage.

    Raises:
        InputError: it gives none.
    """
    try:
        return _fetched(ask)
    except FileNotFoundError as fault:
        raise InputError(f"{printable(url)} does not exist there") from fault
    except OSError as fault:
        raise InputError(f"{printable(url)} cannot be read: {fault.strerror or _reason(fault)}") from fault
