"""Legends: the marks of a figure, each with the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.highlight import DARK, FRAME, GREYED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visualize.methods.drawing.palette import Palette
    from visualize.methods.drawing.panel import Picture


HEIGHT = 14
"""Height of a mark, pixels."""
CONCEPT = " is labelled"
"""How a key words the line around a concept."""
OWN, FURTHER = "where the unit's own concept is labelled", "where another concept of its name is labelled"
"""Words for such lines where they are of many units: the first is of a unit's own concept, others of its name."""
_WIDTH, _SCALE = 22, 64  # pixels: a mark's width, and that of a scale


@dataclass(frozen=True, eq=False)
class Key:
    """One mark of a figure and what it means.

    Args:
        words: what the mark means, such as ``"where the unit is active"``.
        mark: the mark, drawn small: ``HEIGHT`` pixels tall, H x W x 3, RGB, uint8.

    Example:
        >>> key = lined((255, 214, 10), "where the unit is active")
        >>> key.words, key.mark.shape
        ('where the unit is active', (14, 22, 3))
    """

    words: str
    mark: Picture


def framed(words: str) -> Key:
    """Key of the white frame around what a unit sees: the frame, upon what is greyed outside it."""
    mark = _ground(GREYED)
    mark[2:-2, 3:-3] = DARK
    mark[3:-3, 4:-4] = FRAME
    mark[5:-5, 6:-6] = GREYED
    return Key(words, mark)


def lined(colour: tuple[int, int, int], words: str) -> Key:
    """Key of a line of one colour, RGB in 0..255, upon what is greyed."""
    mark = _ground(GREYED)
    mark[5:9] = colour
    return Key(words, mark)


def scaled(colours: Palette, words: str) -> Key:
    """Key of a colour map, from little at the left to much at the right."""
    least = -1 if colours == "signed" else 0
    return Key(words, coloured(np.tile(np.linspace(least, 1, _SCALE), (HEIGHT, 1)), colours))


def filled(colour: tuple[int, int, int], words: str) -> Key:
    """Key of an area of one colour, RGB in 0..255."""
    return Key(words, _ground(colour))


def shared(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Keys of many units, each mark with one meaning: lines around the concepts of each are told for all together.

    Args:
        keys: those of one unit, then those of the next.

    Example:
        >>> blue = (0, 190, 255)
        >>> [key.words for key in shared([lined(blue, "where sea is labelled"), lined(blue, "where bed is labelled")])]
        ["where the unit's own concept is labelled"]
    """
    by_words: dict[str, Key] = {}
    marks: dict[bytes, str] = {}
    given = list(keys)
    concepts = {key.words for key in given if CONCEPT in key.words}
    for key in given:
        if len(concepts) < 2 or key.words not in concepts:  # one concept is called by its name
            by_words.setdefault(key.words, key)
            continue
        words = marks.setdefault(key.mark.tobytes(), FURTHER if OWN in marks.values() else OWN)
        by_words.setdefault(words, Key(words, key.mark))
    return tuple(by_words.values())


def _ground(colour: tuple[int, int, int]) -> Picture:
    return np.full((HEIGHT, _WIDTH, 3), colour, np.uint8)
