"""Groups of pictures that belong together, told from the names of files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILMS = (
    ("CamVid", "sequence", re.compile(r"(?:.*/)?(0001TP|0006R0|0016E5|Seq05VD)_f?[0-9]+[^/]*")),
    ("Cityscapes", "city", re.compile(r"(?:.*/)?([a-z-]+)_[0-9]{6}_[0-9]{6}_[^/]*")),
)
"""Probe sets of film frames: what groups are, and what the names of their files begin with."""


def films(files: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """The film that each picture is a frame of, if all are frames of a set that is known for it.

    Args:
        files: names of pictures within their set.

    Returns:
        a group for each, and a sentence on them; none and an empty text for other pictures.

    Example:
        >>> films(["train/0001TP_006690.jpg", "val/0016E5_07959.jpg"])[0]
        ('0001TP', '0016E5')
        >>> films(["2007_000027.jpg"])
        ((), '')
    """
    names = list(files)
    for data, kind, pattern in _FILMS:
        matches = [pattern.fullmatch(name) for name in names]
        if names and all(matches):
            groups = tuple(match[1] for match in matches if match)
            return groups, f"frames of one {kind} of {data} stay on one side"
    return (), ""
