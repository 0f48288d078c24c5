"""Words of results for pages, in which no path of the machine that made them is left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.drawing.panel import figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visualize.methods.provenance import Json

_LONGEST = 300  # letters of a fact
_RANDOM = "random/"  # before the name of an untrained twin's model


@dataclass(frozen=True)
class Wording:
    """Takes paths out of texts: of a folder that is known, the last part is left.

    Args:
        folders: whose paths must not be told.
    """

    folders: tuple[str, ...]

    @classmethod
    def of(cls, *places: object) -> Wording:
        """Wording that hides the working folder, the user's own, and places that are paths."""
        paths = [Path(str(place)).expanduser() for place in places if place is not None and str(place).strip()]
        known = {*(path for path in paths if path.is_absolute() or "/" in str(path)), Path.cwd(), Path.home()}
        known |= {path.resolve() for path in known}
        texts = {str(path) for path in known if len(str(path)) > 1}
        return cls(tuple(sorted(texts, key=len, reverse=True)))

    def text(self, text: str) -> str:
        """A text without these paths."""
        for folder in self.folders:
            if folder in text:
                last = Path(folder).name.replace("\\", r"\\")
                text = re.sub(rf"{re.escape(folder)}(?=$|[^\w.-])", last, text)
        return text

    def name(self, place: object) -> str:
        """Name of a set or model as it was asked for: of a path the last part."""
        text = str(place)
        before, colon, rest = text.rpartition(":") if "/" in text.partition(":")[2] else ("", "", text)
        path = Path(rest).expanduser()
        local = path.is_absolute() or rest.startswith((".", "~")) or path.exists()
        return f"{before}{colon}{path.name}" if local and path.name else self.text(text)

    def facts(self, facts: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        """Single numbers and words among facts and facts within them, by name, for people."""
        told: list[tuple[str, str]] = []
        for name, value in facts.items():
            shown = _value(value)
            if isinstance(value, Mapping):
                told += self.facts(value)
            elif shown is not None:
                told.append((self.text(name.replace("_", " ")), self.text(shown)))
        return tuple(told)

    def lines(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Texts without paths."""
        return tuple(self.text(text) for text in texts)


def place_of(model: object) -> str | None:
    """Path of this machine in a model's name, which pages must not tell; None where there is none.

    Args:
        model: as it was asked for.

    Example:
        >>> place_of("random/nets/mine.py:build"), place_of("torchvision/resnet18"), place_of("random/scenes-alexnet")
        ('nets/mine.py:build', None, None)
    """
    if not isinstance(model, str | Path):
        return None
    path = str(model).removeprefix(_RANDOM)
    return path if ".py:" in path or ("/" in path and Path(path).expanduser().exists()) else None


def _value(value: Json) -> str | None:
    """A number or word as people read it; None for what is empty or several."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return figure(value)
    return value[:_LONGEST] if isinstance(value, str) and value else None
