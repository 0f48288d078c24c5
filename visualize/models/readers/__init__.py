"""Weights files on disk -> state dicts. No reader runs code that a file brings along."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, system_words
from visualize.methods.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from visualize.models.readers.nested import Held

READERS = {
    "safetensors": Reference(f"{__name__}.safetensors", "read"),
    "torch": Reference(f"{__name__}.torch_checkpoint", "read"),
    "caffe": Reference(f"{__name__}.caffe", "read"),
    "numpy": Reference(f"{__name__}.numpy_arrays", "read"),
    "places-squeezenet": Reference(f"{__name__}.places_squeezenet", "read"),
    "deep-compression": Reference(f"{__name__}.deep_compression", "read"),
}
"""Format -> the function that reads it, not loaded yet."""
_LEGACY_TORCH = (
    b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save until 1.5: a pickled magic number comes first
)
_LONGEST = len(_LEGACY_TORCH)
_ZIP = b"PK\x03\x04"


def read(path: Path, reader: str) -> Mapping[str, Tensor]:
    """The tensors of a weights file, by the names of the network's own state dict or of the file's own.

    Of several state dicts in a file this is the likeliest one; :func:`read_all` gives the others too.

    Args:
        path: the file.
        reader: one of :data:`READERS`.

    Raises:
        InputError: there is no such file, or it is not in that format.
    """
    return read_all(path, reader)[0].state


def read_all(path: Path, reader: str, key: str = "") -> list[Held]:
    """State dicts of a weights file, at least one, the likeliest first.

    A file that shows by its first bytes, or by the ending of its name, to be in a common format is read as that,
    whatever ``reader`` says, so that a model with a format of its own can be given weights saved by torch.

    Args:
        path: the file.
        reader: one of :data:`READERS`.
        key: where the weights lie in the file, or the beginning of their names; "" for all of them.

    Raises:
        InputError: there is no such file, it is not in that format, or it holds nothing under the key.
    """
    if not path.is_file():
        raise InputError(f"no weights file {path}{' (it is a folder)' if path.is_dir() else ''}")
    from visualize.models.readers.archives import verify

    try:
        kind = _kind(path) or reader
        if kind == "torch" and _zipped(path):
            verify(path)
        if kind == "torch":
            states: list[Held] = READERS[kind].load()(path, key)
            return _plain(states, path)
        tensors: Mapping[str, Tensor] = READERS[kind].load()(path)
    except OSError as fault:
        raise InputError(f"cannot read {path}: {system_words(fault)}") from fault
    from visualize.models.readers.nested import Held, at

    _plain([Held("", tensors)], path)
    if not key:
        return [Held("", tensors)]
    below = at(tensors, key, path)
    return [Held(key, below if isinstance(below, dict) else {key: tensors[key]})]


def _plain(states: list[Held], path: Path) -> list[Held]:
    """State dicts that weights can be, at least one: a file may hold others too, such as an optimiser's."""
    from visualize.models.readers.plain_tensors import require_plain

    plain: list[Held] = []
    first: InputError | None = None
    for held in states:
        try:
            require_plain(held.state, path)
        except InputError as fault:
            first = first or fault
        else:
            plain.append(held)
    if first is not None and not plain:
        raise first
    return plain


def _kind(path: Path) -> str | None:
    """Format that a file shows by its first bytes or its name's ending; None where it shows none."""
    with path.open("rb") as file:
        start = file.read(_LONGEST)
    if start.startswith(_ZIP):  # a zip archive, as torch.save and numpy.savez write
        return "numpy" if _of_arrays(path) else "torch"
    if start.startswith(b"\x93NUMPY"):
        return "numpy"
    if start == _LEGACY_TORCH:
        return "torch"
    length = int.from_bytes(start[:8], "little")  # safetensors: the length of a JSON header, then the header
    if start[8:9] == b"{" and 0 < length < path.stat().st_size:
        return "safetensors"
    return "caffe" if path.suffix == ".caffemodel" else None


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _of_arrays(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as held:
            return all(name.endswith(".npy") for name in held.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
