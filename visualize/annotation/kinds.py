"""Six kinds that people sort units into, from whole scenes down to colours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of what units look for (Zhou et al. 2015, section 3.3).

    Args:
        name: of it.
        key: the letter that chooses it on the page.
        examples: words for who has not met it.

    Example:
        >>> [kind.key for kind in KINDS]
        ['s', 'r', 'o', 'p', 't', 'c']
    """

    name: str
    key: str
    examples: str


KINDS = (
    Kind("scene", "s", "kitchen, corridor"),
    Kind("region or surface", "r", "road, grass"),
    Kind("object", "o", "dog, bed"),
    Kind("object part", "p", "head, leg"),
    Kind("texture or material", "t", "wood, square grid"),
    Kind("simple elements or colors", "c", "horizontal lines, blue"),
)
NAMES = tuple(kind.name for kind in KINDS)
"""Names of the kinds, in the order of the page."""
