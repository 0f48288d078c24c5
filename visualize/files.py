"""Writing files atomically, whole or not at all, and folders that one process works in alone."""

from __future__ import annotations

import contextlib
import errno
import io
import re
import secrets
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, system_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import IO, Any

    from numpy.typing import NDArray
    from PIL import Image

    Opens = Callable[[Path], AbstractContextManager[IO[bytes]]]

ROOT = Path("viz-out")
PNG = ".png"
FIGURES = (PNG, ".pdf", ".svg")
"""Endings of the files that figures are written to."""
_PART = ".viz-{}.part"


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only when it is complete.

    Folders on the way are made. After an exception, an interrupt included, the name holds what it held before.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / _PART.format(secrets.token_hex(8))
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            fault.filename = fault.filename or str(path)  # which a full disk does not tell
        raise
    finally:
        part.unlink(missing_ok=True)


def sweep(folder: Path, *, older: float = 0) -> None:
    """Remove files that a killed process had not finished writing.

    Args:
        folder: where they lie.
        older: seconds that must have gone by since the last writing, where another process may be writing.
    """
    for left in folder.glob(_PART.format("*")):
        with contextlib.suppress(FileNotFoundError):
            if not older or left.lstat().st_mtime < time.time() - older:
                left.unlink()


def save_png(picture: Image.Image, path: Path) -> None:
    """Write a picture, whole or not at all."""
    coded = io.BytesIO()
    picture.save(coded, "PNG", optimize=False)
    save_bytes(coded.getvalue(), path)


def save_bytes(content: bytes, path: Path) -> None:
    """Write a file, whole or not at all."""
    with whole(path) as file:
        file.write(content)


def save_arrays(arrays: Mapping[str, NDArray[Any]], path: Path, *, within: Opens = whole) -> None:
    """Write arrays as ``.npz``, whole or not at all; the same arrays give the same bytes.

    Args:
        arrays: by name.
        path: of the file.
        within: opens the file for writing, as :func:`whole` does.
    """
    import numpy as np

    write: Callable[..., None] = np.savez
    with within(path) as file:
        write(file, **arrays)


def safe(name: str) -> str:
    """A name for a single folder or file, in which path separators and what some systems refuse become ``-``."""
    cleaned = re.sub(r"[^\w.@,+=-]+", "-", name.removesuffix("/")).strip("-.")
    return cleaned[-100:].strip("-.") or "model"


def out_folder(out: str | Path | None, usual: Path) -> Path:
    """The folder that ``--out`` names, else the usual one.

    Raises:
        InputError: it is empty.
    """
    if out is None:
        return usual
    if not str(out).strip():
        raise InputError("--out is empty; give a folder")
    return Path(out).expanduser()


def require_no_link(folder: Path, *, instead: str = "choose another --out") -> None:
    """Refuse a folder that is a link: what is written there would go elsewhere.

    Args:
        folder: which need not be there.
        instead: what to do.

    Raises:
        InputError: it is one.
    """
    if folder.is_symlink():
        raise InputError(f"{folder} is a link, and nothing is written through one; {instead}")


def require_figure(path: Path, *, option: str = "--out", why: str = "") -> None:
    """Refuse a file that is no figure's by its ending.

    Args:
        path: the file.
        option: that names it.
        why: the end of the sentence, with its semicolon.

    Raises:
        InputError: it ends otherwise.
    """
    if path.suffix.lower() not in FIGURES:
        raise InputError(f"{option} {path} is no file that ends in {', '.join(FIGURES)}{why}")


@contextmanager
def tidied(folder: Path) -> Iterator[None]:
    """Remove the folders that were made on the way to one if its work is refused and they are empty."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield
    except InputError:
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written, by trying a nameless file in it, or in the nearest one that exists.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        above = (folder, *folder.absolute().parents)
        there = next((path for path in above if path.exists() or path.is_symlink()), Path.cwd())
        if not there.is_dir():
            what = "a file" if there.exists() else "a link that leads nowhere"
            raise InputError(f"cannot write to {folder}: {there} is {what}; choose another --out")
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as fault:
        raise InputError(f"cannot write to {folder}: {system_words(fault)}; choose another --out") from fault


@contextmanager
def locked(lock: Path, busy: str, after: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Hold a lock, which stays where it is; that of a process that was killed is open.

    Args:
        lock: a file, which need not be there yet, in a folder that is.
        busy: what to say where another process holds it.
        after: called once it was held and is free again.

    Raises:
        InputError: another process holds it.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder, locked(Path(folder, "lock"), "somebody is there"):
        ...     Path(folder, "lock").is_file()
        True
    """
    from filelock import FileLock, Timeout

    held = FileLock(str(lock), timeout=0)
    try:
        held.acquire()
    except Timeout as fault:
        raise InputError(busy) from fault
    try:
        yield
    finally:
        held.release()
        after()


@contextmanager
def alone_in(folder: Path, lock: str, busy: str) -> Iterator[None]:
    """Make a folder and keep other processes out of it.

    Args:
        folder: made with all above it.
        lock: name of the file in it that says so, removed at the end.
        busy: what to say where another process is there.

    Raises:
        InputError: another process is there, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"cannot write to {folder}: {system_words(fault)}; choose another folder") from fault
    with locked(folder / lock, busy, lambda: (folder / lock).unlink(missing_ok=True)):
        yield
