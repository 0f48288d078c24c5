"""The safetensors format: named tensors and text, nothing that could run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.intake.fields import checked, mapping, maybe, record, text
from visualize.intake.json_text import parse
from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError, system_words

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

_HEADER = 100_000_000  # bytes, the format's own limit
_HEADED = record({}, {"__metadata__": maybe(mapping(text(0, _HEADER)))})


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file.

    Raises:
        InputError: the file is damaged or in another format.
    """
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import load_file

    from visualize.models.readers.plain_tensors import require_few

    try:
        with safe_open(path, framework="pt") as file:
            require_few(len(file.keys()), path)
        return load_file(path)
    except (SafetensorError, RuntimeError) as fault:  # the second of shapes that torch cannot make
        raise InputError(f"{path} is no complete safetensors file ({fault})") from fault


def metadata(path: Path) -> dict[str, str]:
    """The text that a safetensors file carries beside its tensors, read without torch or numpy.

    The file begins with the length of its header (8 bytes, little endian), then the header as JSON.

    Raises:
        InputError: the file is missing, damaged or in another format.
    """
    source = f"{path} is no complete safetensors file, as its header"
    try:
        with opened(path) as file:
            length = min(int.from_bytes(file.read(8), "little"), _HEADER)
            data = file.read(length)
    except OSError as fault:
        raise InputError(f"{path} is no complete safetensors file ({system_words(fault)})") from fault
    header = checked(parse(data, source), _HEADED, source)
    return dict(header.get("__metadata__") or {})
