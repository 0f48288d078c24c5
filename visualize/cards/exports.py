"""A dream by itself: its picture at full size, and how it came about as an animation."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from methods.errors import InputError
from visualize.files import PNG, check_writable, whole

if TYPE_CHECKING:
    from pathlib import Path

    from methods.dream.result import DreamResult
    from visualize.cards.card import Card


FRAMES = 32  # from the start to the end
_MOVING = (".webp", ".gif")


class Extra(Protocol):
    """A file that is written beside a figure."""

    def save(self, card: Card) -> Path:
        """Write what it holds of the card, whole or not at all."""


@dataclass(frozen=True)
class Film:
    """Where the frames of a unit's first dream go.

    Args:
        path: a file that ends in ``.webp`` or ``.gif``.

    Raises:
        InputError: it ends in something else, or cannot be written.
    """

    path: Path

    def __post_init__(self) -> None:
        _check("--frames", self.path, _MOVING)

    def save(self, card: Card) -> Path:
        """Write the animation, whole or not at all.

        Raises:
            InputError: there is no dream on the card.
        """
        moving = _dream("--frames", card).animation(self.path.suffix.lower()[1:])
        with whole(self.path.expanduser()) as file:
            file.write(moving)
        return self.path


@dataclass(frozen=True)
class Still:
    """Where a unit's first dream goes by itself, at its full size.

    Args:
        path: a file that ends in ``.png``.

    Raises:
        InputError: it ends in something else, or cannot be written.
    """

    path: Path

    def __post_init__(self) -> None:
        _check("--picture", self.path, (PNG,))

    def save(self, card: Card) -> Path:
        """Write the picture, whole or not at all.

        Raises:
            InputError: there is no dream on the card.
        """
        from PIL import Image

        values = _dream("--picture", card).pictures[0].permute(1, 2, 0).mul(255).round().byte().numpy()
        coded = io.BytesIO()
        Image.fromarray(values).save(coded, "PNG")
        with whole(self.path.expanduser()) as file:
            file.write(coded.getvalue())
        return self.path


def _check(flag: str, path: Path, endings: tuple[str, ...]) -> None:
    if path.suffix.lower() not in endings or path.is_dir():
        raise InputError(f"{flag} {path} cannot be written; give a file that ends in {' or '.join(endings)}")
    check_writable(path.expanduser().parent)


def _dream(flag: str, card: Card) -> DreamResult:
    from methods.dream.result import DreamResult

    dreams = [result for result in card.results.values() if isinstance(result, DreamResult)]
    if not dreams:
        raise InputError(f"there is no dream to be written; leave out {flag}")
    return dreams[0]
