"""The safetensors format: named tensors and text, nothing that could run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


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
    """The text that a safetensors file carries beside its tensors; needs no torch.

    Raises:
        InputError: the file is missing, damaged or in another format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as fault:
        raise InputError(f"{path} is no complete safetensors file ({fault})") from fault
