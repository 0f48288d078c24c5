"""Pictures that an index lists and that are not there: the index speaks of another set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from visualize.methods.errors import InputError
from visualize.printable import printable

_NAMED = 3


class _Set(Protocol):
    @property
    def name(self) -> str: ...

    def __len__(self) -> int: ...

    def file(self, index: int, /) -> str: ...

    def path(self, index: int, /) -> object: ...


def require_there(images: _Set) -> None:
    """Stop where pictures that an index lists are not there; broken ones are met when they are read.

    Args:
        images: the set, which gives the file of each picture, or the picture itself.

    Raises:
        InputError: some are missing; the message names the first of them.
    """
    listed = [(images.file(place), images.path(place)) for place in range(len(images))]
    missing = [file for file, path in listed if isinstance(path, Path) and not os.path.exists(path)]  # noqa: PTH110 (a name too long is missing, too)
    if missing:
        shown = ", ".join(printable(file) for file in missing[:_NAMED]) + " ..." * (len(missing) > _NAMED)
        raise InputError(
            f"{len(missing):,} of the {len(listed):,} pictures that {printable(images.name)} lists "
            f"{'is' if len(missing) == 1 else 'are'} not there ({shown}); put them back, or take them out of what "
            f"lists them (viz data --check names all)"
        )
