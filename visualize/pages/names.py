"""Names of pages' files: short, safe on every system, and different for different things."""

from __future__ import annotations

import hashlib
import re

_LONGEST = 60
_SAFE = re.compile(r"[^a-z0-9_.=+-]+")


def slug(*words: str) -> str:
    """A file's name made of words; where letters had to be changed, a digest tells it from others.

    Example:
        >>> slug("places-squeezenet", "fire9")
        'places-squeezenet--fire9'
        >>> slug("object", "car") != slug("object", "Car")
        True
    """
    text = "--".join(words)
    plain = _SAFE.sub("-", text.lower()).strip("-.")[:_LONGEST].strip("-.")
    if plain and plain == text:
        return plain
    digest = hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{digest}" if plain else digest
