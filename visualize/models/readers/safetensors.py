"""The safetensors format: named tensors and text, nothing that could run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

_HEADER = 100_000_000  # bytes, the format's own limit


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file.

    Raises:
        InputError: the file is damaged or in another format.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as fault:
        raise InputError(f"{path} is no complete safetensors file ({fault})") from fault


def metadata(path: Path) -> dict[str, str]:
    """The text that a safetensors file carries beside its tensors, read without torch or numpy.

    The file begins with the length of its header (8 bytes, little endian), then the header as JSON.

    Raises:
        InputError: the file is missing, damaged or in another format.
    """
    try:
        with path.open("rb") as file:
            length = min(int.from_bytes(file.read(8), "little"), _HEADER)
            header = json.loads(file.read(length))
            return {str(key): str(value) for key, value in header.get("__metadata__", {}).items()}
    except (OSError, ValueError, AttributeError) as fault:
        raise InputError(f"{path} is no complete safetensors file ({fault})") from fault
