"""Concepts by the names that people type: capitals, plurals, a category in front, Broden's letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

Concept = tuple[str, str]
"""Category and name of a concept."""

_SUFFIXES = {"scene": "-s", "color": "-c"}  # Broden's, which tell the scene "street-s" from the object "street"
_PLURALS = (("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""))
_SHORTEST = 3  # letters of a word that is taken for a singular


def plain(category: str, name: str) -> str:
    """A concept's name without the letter that Broden adds to those of scenes and colours."""
    return name.removesuffix(_SUFFIXES.get(category, ""))


def fitting(typed: str, known: Iterable[Concept]) -> list[Concept]:
    """The concepts that a name may mean, each once: those of that very name, else those of its singular or plural.

    Capitals do not matter, nor whether words are parted by a space, ``_`` or ``-``. Of names with several words between
    commas, as some sets have them, each counts.

    Args:
        typed: such as ``"car"``, ``"Cars"``, ``"traffic light"`` or ``"object:car"``.
        known: category and name of concepts.

    Raises:
        InputError: none is called that; the message names close ones.

    Example:
        >>> known = [("object", "street"), ("scene", "street-s"), ("object", "traffic_light")]
        >>> fitting("Streets", known)
        [('object', 'street'), ('scene', 'street-s')]
        >>> fitting("scene:street", known), fitting("traffic lights", known)
        ([('scene', 'street-s')], [('object', 'traffic_light')])
    """
    concepts = list(dict.fromkeys(known))
    for same in (_same, _akin):
        items = [concept for concept in concepts if same(typed, concept)]
        if items:
            return items
    raise InputError(f"no concept is called {typed!r}{_instead(typed, concepts)}")


def _same(typed: str, concept: Concept) -> bool:
    return any(_normal(asked) in _names(concept) for asked in _asked(typed, concept[0]))


def _akin(typed: str, concept: Concept) -> bool:
    forms = {form for name in _names(concept) for form in _singulars(name)}
    return any(forms & _singulars(_normal(asked)) for asked in _asked(typed, concept[0]))


def _asked(typed: str, category: str) -> list[str]:
    """The name that is asked for, with and without the category in front, if it is this one."""
    before, colon, rest = typed.partition(":")
    names = [typed, rest] if colon and _normal(before) == _normal(category) else [typed]
    return [*names, *(plain(category, name) for name in names)]


def _names(concept: Concept) -> set[str]:
    category, name = concept
    whole = plain(category, name)
    return {_normal(item) for item in (name, whole, *whole.split(","))}


def _normal(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _singulars(name: str) -> set[str]:
    """The name, and what it may be the plural of."""
    forms = {name}
    for ending, instead in _PLURALS:
        word = name.removesuffix(ending) + instead
        if name.endswith(ending) and not name.endswith("ss") and len(word) >= _SHORTEST:
            forms.add(word)
    return forms


def _instead(typed: str, concepts: list[Concept]) -> str:
    """The end of the message: close names, else those that hold what was typed, else some of those that there are."""
    names = sorted({plain(*concept) for concept in concepts})
    close = suggest(typed.partition(":")[2] or typed, names)
    if close or not names:
        return close
    holding = [name for name in names if _normal(typed) and _normal(typed) in _normal(name)]
    some = (holding or names)[:8]
    return f"; there are {', '.join(some)}{' and others' if len(some) < len(holding or names) else ''}"
