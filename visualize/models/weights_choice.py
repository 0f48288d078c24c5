"""Weights that a user names: a file, or FILE:KEY for one of several state dicts in it. Nothing here needs torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from visualize.intake.regular_files import require_regular
from visualize.methods.errors import InputError


@dataclass(frozen=True)
class WeightsChoice:
    """Weights that a user asks for.

    Args:
        file: the file.
        key: of the state dict within it, with dots between the keys of dictionaries in one another; "" for the usual.
    """

    file: Path
    key: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.key}" if self.key else str(self.file)


def chosen(given: str | Path) -> WeightsChoice:
    """The file and the key that a text means; colons of the file's own name are its own.

    Raises:
        InputError: there is no such file, or no key behind the colon.
    """
    text = str(given)
    if not text.strip():
        raise InputError("the name of the weights file is empty; give a file, or FILE:KEY")
    whole = Path(text).expanduser()
    if isinstance(given, Path) or whole.is_file() or ":" not in text:
        return WeightsChoice(whole)
    places = [place for place, letter in enumerate(text) if letter == ":"]
    for place in reversed(places):
        file = Path(text[:place]).expanduser()
        if file.is_file():
            if not text[place + 1 :].strip():
                raise InputError(f"--weights {text} names no key behind the colon; write FILE:KEY, or the file alone")
            return WeightsChoice(file, text[place + 1 :].strip())
    return WeightsChoice(whole)


def require_file(given: str | Path) -> None:
    """Refuse weights of which there is no file.

    Raises:
        InputError: there is no such file, or it is none but a folder, a pipe or a device.
    """
    file = chosen(given).file
    if not file.exists():
        raise InputError(f"the weights file {given} does not exist")
    require_regular(file)
