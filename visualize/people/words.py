"""Words that people write, compared without a dictionary: normalised, then by measures of strings that have a name."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ARTICLES = frozenset({"a", "an", "the"})
_LETTERS = re.compile(r"[^\W_]+")
_BRACKETS = re.compile(r"\([^)]*\)")
_SINGULAR = ("ss", "us", "is")  # endings of words that are no plurals: grass, bus, iris
_HISSING = ("se", "xe", "ze", "che", "she")
_PREFIX, _SCALE = 4, 0.1  # of Winkler's bonus for a common beginning


def normalised(word: str) -> str:
    """Letters by which a word or description is compared; not for reading.

    Small letters, without accents, signs, remarks in brackets, or articles. Plurals are made one with their singulars
    by rules of English spelling: of words of four letters or more a last "s" goes, but of "ss, us, is"; then "ie"
    becomes "y", and a last "e" behind "s, x, z, ch, sh" goes.

    Example:
        >>> normalised("The Street-Lamps!"), normalised("berries"), normalised("houses"), normalised("green (color)")
        ('street lamp', 'berry', 'hous', 'green')
        >>> normalised("house") == normalised("Houses"), normalised("bus") == normalised("buses")
        (True, True)
    """
    plain = unicodedata.normalize("NFKD", _BRACKETS.sub(" ", word) if _BRACKETS.sub("", word).strip() else word)
    letters = "".join(letter for letter in plain.casefold() if not unicodedata.combining(letter))
    return " ".join(_singular(part) for part in _LETTERS.findall(letters) if part not in _ARTICLES)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(_SINGULAR):
        word = word[:-1]
    if word.endswith("ie"):
        return f"{word[:-2]}y"
    return word[:-1] if word.endswith(_HISSING) else word


def exact(left: str, right: str) -> float:
    """1 if two normalised words are the same, else 0."""
    return float(left == right)


def jaccard(left: str, right: str) -> float:
    """Jaccard's index of the sets of words (1901): those in common among all.

    Example:
        >>> jaccard("street lamp", "lamp")
        0.5
    """
    first, second = set(left.split()), set(right.split())
    return len(first & second) / len(first | second) if first | second else 1.0


def levenshtein(left: str, right: str) -> float:
    """1 less Levenshtein's distance (1966), as a share of the longer word's letters.

    Example:
        >>> round(levenshtein("kitten", "sitting"), 4)  # three edits of seven letters
        0.5714
    """
    row = list(range(len(right) + 1))
    for above, letter in enumerate(left, 1):
        corner, row[0] = row[0], above
        for place, other in enumerate(right, 1):
            corner, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, corner + (letter != other))
    longest = max(len(left), len(right))
    return 1 - row[-1] / longest if longest else 1.0


def jaro_winkler(left: str, right: str) -> float:
    """Jaro's similarity with Winkler's bonus (1990) for up to four letters of a common beginning.

    Example:
        >>> round(jaro_winkler("martha", "marhta"), 3), round(jaro_winkler("dixon", "dicksonx"), 3)
        (0.961, 0.813)
    """
    if not left or not right:
        return float(left == right)
    reach = max(0, max(len(left), len(right)) // 2 - 1)
    matched, taken = [], set[int]()
    for place, letter in enumerate(left):
        near = range(max(0, place - reach), min(len(right), place + reach + 1))
        partner = next((other for other in near if other not in taken and right[other] == letter), None)
        if partner is not None:
            taken.add(partner)
            matched.append(letter)
    if not matched:
        return 0.0
    turned = sum(letter != right[other] for letter, other in zip(matched, sorted(taken), strict=True)) / 2
    many = len(matched)
    jaro = (many / len(left) + many / len(right) + (many - turned) / many) / 3
    shared = next((place for place in range(min(_PREFIX, len(left), len(right))) if left[place] != right[place]), None)
    prefix = min(_PREFIX, len(left), len(right)) if shared is None else shared
    return jaro + prefix * _SCALE * (1 - jaro)


MEASURES: Mapping[str, Callable[[str, str], float]] = {
    "exact": exact,
    "Jaccard": jaccard,
    "Levenshtein": levenshtein,
    "Jaro-Winkler": jaro_winkler,
}
"""Measures of how alike two normalised words are, 0..1, by name."""
