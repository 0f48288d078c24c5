"""Sentences of a probe set on itself, as a command's JSON document has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visualize.methods.provenance import Json

_KINDS = ("remarks", "notes")


def set_words(images: object) -> dict[str, Json]:
    """Warnings and notes of a probe set: what was left out of it or could be doubted, and how its names were read.

    Args:
        images: the set; what has no sentences gives nothing.

    Returns:
        ``remarks`` and ``notes``, each only where there are some.

    Example:
        >>> set_words(object())
        {}
    """
    return {kind: list(said) for kind in _KINDS if (said := getattr(images, kind, ()))}
