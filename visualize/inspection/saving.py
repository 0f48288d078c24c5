"""Writing files whole or not at all, and finding out beforehand whether they can be written."""

from __future__ import annotations

import io
import re
import secrets
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from methods.errors import InputError
from visualize.inspection.targets import layer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from methods.unit import Target

ROOT = Path("viz-out")
CONTACT = "contact"
PNG = ".png"


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only when it is complete.

    Folders on the way are made. After an exception, an interrupt included, the name holds what it held before.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f".viz-{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def save_png(picture: Image.Image, path: Path) -> None:
    """Write a picture, whole or not at all."""
    coded = io.BytesIO()
    picture.save(coded, "PNG", optimize=False)
    with whole(path) as file:
        file.write(coded.getvalue())


def save_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write arrays as ``.npz``, whole or not at all."""
    import numpy as np

    write: Callable[..., None] = np.savez
    with whole(path) as file:
        write(file, **arrays)


@dataclass(frozen=True)
class Destination:
    """Where cards go.

    Args:
        folder: the folder for several cards, or for one of no given name.
        file: the one card's file, if it was given.
    """

    folder: Path
    file: Path | None = None

    def card(self, stem: str) -> Path:
        """The file of one unit's card, which would be called that by itself."""
        return self.folder / f"{safe(stem)}{PNG}" if self.file is None else self.file

    def contact(self, what: str = "") -> Path:
        """The file of the sheet of several units, of one method if it is of one."""
        return self.folder / f"{'-'.join(filter(None, [CONTACT, what]))}{PNG}"


def check_out(out: str | None) -> None:
    """Refuse a name that no card can have, before any work is done.

    Raises:
        InputError: it ends in something else than ``.png``.
    """
    if out is None:
        return
    if not out.strip():
        raise InputError("--out is empty; give a file that ends in .png, or a folder")
    if not _is_folder(out) and Path(out).suffix.lower() != PNG:
        raise InputError(f"--out {out} ends in {Path(out).suffix}; cards are written as {PNG} (end a folder with /)")


def destination(out: str | None, model: str, targets: Sequence[Target]) -> Destination:
    """Where the cards of some units go, after checking that they can be written there.

    Args:
        out: a file that ends in ``.png``, a folder, or None for ``viz-out/MODEL/LAYER``.
        model: the model's name, which may be a path.
        targets: of the cards.

    Raises:
        InputError: the folder cannot be written, or several cards would go to one file.
    """
    check_out(out)
    if out is None:
        found = Destination(ROOT / safe(model) / safe(layer_of(targets[0])))
    elif _is_folder(out):
        found = Destination(Path(out).expanduser())
    elif len(targets) > 1:
        raise InputError(
            f"--out {out} is one file, and {len(targets)} cards are asked for; give a folder (ending in /)"
        )
    else:
        file = Path(out).expanduser()
        found = Destination(file.parent, file)
    check_writable(found.folder)
    return found


def safe(name: str) -> str:
    """A name as one folder or file: path separators and what some systems refuse become ``-``."""
    cleaned = re.sub(r"[^\w.@,+=-]+", "-", name.removesuffix("/")).strip("-.")
    return cleaned[-100:].strip("-.") or "model"


def _is_folder(out: str) -> bool:
    path = Path(out).expanduser()
    return out.endswith(("/", "\\")) or path.is_dir() or not path.suffix


def check_writable(folder: Path) -> None:
    """Try a nameless file in the folder, or in the nearest one above it that exists.

    Raises:
        InputError: it cannot be written.
    """
    try:
        there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), Path.cwd())
        if not there.is_dir():
            raise InputError(f"cannot write to {folder}: {there} is a file; choose another --out")
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as fault:
        raise InputError(f"cannot write to {folder}: {fault.strerror}; choose another --out") from fault
