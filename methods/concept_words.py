"""Names of concepts as people read them."""

from __future__ import annotations

_LETTERS = {"scene": "-s", "color": "-c"}  # Broden's, which tell the scene "street-s" from the object "street"


def spoken(category: str, name: str) -> str:
    """A concept's name for people: Broden's letter after it becomes the category's name.

    Args:
        category: such as ``"color"``.
        name: as the set has it; tables and JSON keep it.

    Example:
        >>> spoken("color", "green-c"), spoken("scene", "street-s"), spoken("object", "t-s")
        ('green (color)', 'street (scene)', 't-s')
    """
    letter = _LETTERS.get(category, "")
    return f"{name.removesuffix(letter)} ({category})" if letter and name.endswith(letter) else name
