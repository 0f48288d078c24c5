"""What the tests of several readers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.refusal import refusal
from visualize.models.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refused(path: Path, reader: str, *words: str) -> str:
    """The message of a reader's refusal: one line that names the file and holds the words."""
    with refusal(path.name, *words) as caught:
        read(path, reader)
    return str(caught.value)


class Reduced:
    """Pickles as a call of any function with any arguments."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call
