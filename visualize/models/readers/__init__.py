"""Weights files on disk -> state dicts. No reader runs code that a file brings along."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

READERS = {
    "safetensors": "visualize.models.readers.safetensors",
    "torch": "visualize.models.readers.torch_checkpoint",
    "places-squeezenet": "visualize.models.readers.places_squeezenet",
    "deep-compression": "visualize.models.readers.deep_compression",
}


def read(path: Path, reader: str) -> Mapping[str, Tensor]:
    """The tensors of a weights file, by the names of the network's own state dict.

    A file that shows by its first bytes to be safetensors or torch's format is read as that, whatever ``reader`` says,
    so that a model with a format of its own can be given weights saved by torch.

    Args:
        path: the file.
        reader: one of :data:`READERS`.

    Raises:
        InputError: there is no such file, or it is not in that format.
    """
    if not path.is_file():
        raise InputError(f"no weights file {path}{' (it is a folder)' if path.is_dir() else ''}")
    try:
        tensors: Mapping[str, Tensor] = importlib.import_module(READERS[_kind(path) or reader]).read(path)
    except OSError as fault:
        raise InputError(f"cannot read {path}: {fault.strerror or fault}") from fault
    return tensors


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(9)
    if start.startswith(b"PK\x03\x04"):  # a zip archive, as torch.save writes
        return "torch"
    length = int.from_bytes(start[:8], "little")  # safetensors: the length of a JSON header, then the header
    return "safetensors" if start[8:] == b"{" and 0 < length < path.stat().st_size else None
