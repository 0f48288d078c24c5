"""Words of captions, and their numbers for a network that writes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError, suggest
from visualize.scenes.vocabulary import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


_RENAMED = {"mountain": "peak", "streetlight": "lantern", "skyscraper": "tower", "sand_grains": "grains"}
NOUNS: Mapping[str, str] = MappingProxyType({name: _RENAMED.get(name, name) for name in NUMBERS["object"]})
"""What an object is called. A kind of scene is never named: mountains are peaks, streetlights lanterns."""

PARTS: Mapping[str, str] = MappingProxyType({name: name for name in NUMBERS["part"]})
"""What a part is called."""

COLOURS: tuple[str, ...] = tuple(NUMBERS["color"])
"""What colour a thing is said to have."""

TEXTURES: tuple[str, ...] = tuple(name for name in NUMBERS["texture"] if name != "grassy")
"""How a thing is said to look; grass alone is grassy, which goes without saying."""

MATERIALS: tuple[str, ...] = (
    "wood", "fabric", "glass", "metal", "brick", "stone", "plastic", "ceramic", "paper", "leather", "concrete",
    "asphalt", "soil",
)  # fmt: skip
"""Materials that a thing is said to be made of; paint, skin, foliage and the like go without saying."""

DEFINITE = frozenset({"sky", "sun", "sea", "sand", "snow", "grass", "earth", "floor", "ceiling"})
"""Nouns that stand with "the": there is only one of them."""

BARE = frozenset({"hair", "cargo"})
"""Parts that stand without an article."""

_FRAME = "a an the there is and , of with left right above below fills most view seen behind glass"

PAD, BEGIN, END = 0, 1, 2
"""Numbers of what is no word: after the end, before the first word, after the last."""

VOCABULARY: tuple[str, ...] = (
    "<pad>", "<begin>", "<end>",
    *sorted({*NOUNS.values(), *PARTS.values(), *COLOURS, *TEXTURES, *MATERIALS, *_FRAME.split()}),
)  # fmt: skip
"""All words in the order of their numbers."""

LONGEST = 14
"""Numbers of a caption, with its beginning, its end and what pads it."""

_NUMBERS: Mapping[str, int] = {word: number for number, word in enumerate(VOCABULARY)}
_MIRRORED = np.arange(len(VOCABULARY))
_MIRRORED[[_NUMBERS["left"], _NUMBERS["right"]]] = _NUMBERS["right"], _NUMBERS["left"]


def with_article(words: Iterable[str], noun: str) -> str:
    """A noun and the adjectives before it, with the article that belongs to them.

    Example:
        >>> with_article(["orange"], "car"), with_article([], "sky"), with_article([], "hair")
        ('an orange car', 'the sky', 'hair')
    """
    phrase = " ".join((*words, noun))
    if noun in BARE:
        return phrase
    if noun in DEFINITE:
        return f"the {phrase}"
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def tokens(sentence: str) -> NDArray[np.int64]:
    """The numbers of a caption's words: :data:`BEGIN`, the words, :data:`END`, and :data:`PAD` up to :data:`LONGEST`.

    Raises:
        InputError: a word is not in the vocabulary, or there are too many of them.

    Example:
        >>> sentence_of(tokens("the sky is above a red car"))
        'the sky is above a red car'
    """
    said = sentence.split()
    for word in said:
        if word not in _NUMBERS or word in VOCABULARY[: END + 1]:
            raise InputError(f"{word!r} is no word of captions{suggest(word, VOCABULARY)}")
    if len(said) > LONGEST - 2:
        raise InputError(f"a caption has {LONGEST - 2} words at most; this one has {len(said)}")
    numbers = np.full(LONGEST, PAD, np.int64)
    numbers[: len(said) + 2] = BEGIN, *(_NUMBERS[word] for word in said), END
    return numbers


def sentence_of(numbers: Iterable[int]) -> str:
    """The words of a caption's numbers, up to its end; undoes :func:`tokens`."""
    words = []
    for number in numbers:
        if number == END:
            break
        if number > END:
            words.append(VOCABULARY[number])
    return " ".join(words)


def mirrored(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Captions of the mirrored picture: left is right and right is left.

    Args:
        numbers: of words, in any shape.

    Example:
        >>> sentence_of(mirrored(tokens("a bed is left of a lamp")))
        'a bed is right of a lamp'
    """
    result: NDArray[np.int64] = _MIRRORED[numbers]
    return result
