"""Files of names that people gave: what ``viz annotate --export`` writes, and tables of one's own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.data.files.csv_tables import read_table
from visualize.intake import json_text
from visualize.intake.fields import items, maybe, number, record, text, whole
from visualize.methods.errors import InputError
from visualize.people.consensus import Opinion, PeopleName, consensus
from visualize.printable import clean
from visualize.spreadsheets import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from visualize.data.files.csv_tables import Row

_NEEDED = ("layer", "unit", "word")
_LONGEST = 120  # letters of a word
_ANSWERS = record(
    {
        "answers": items(
            record(
                {"layer": text(1, 1000), "unit": whole(0, 1 << 20), "word": text(0, 4096)},
                {
                    "model": text(0, 1000),
                    "kind": text(0, 100),
                    "fitting": maybe(number(0)),
                    "pictures": maybe(number(0)),
                },
            ),
            most=10_000_000,
        )
    }
)

Place = tuple[str, str, int]
"""Network, layer and unit; "" is any network."""


@dataclass(frozen=True)
class PeopleNames:
    """Names that people gave, by network, layer and unit.

    Args:
        names: by these.

    Example:
        >>> held = PeopleNames({("nets/net.py:build", "conv5", 3): PeopleName(word="lamp")})
        >>> held.get("net.py:build", "conv5", 3).word
        'lamp'
    """

    names: Mapping[Place, PeopleName]
    _known: dict[Place, PeopleName] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._known.update({(_short(model), layer, unit): name for (model, layer, unit), name in self.names.items()})

    def get(self, model: str, layer: str, unit: int) -> PeopleName | None:
        """The name of a unit, if people gave one.

        Args:
            model: the network's name; of a path, the last part tells.
            layer: the layer's name.
            unit: its number.
        """
        return self._known.get((_short(model), layer, unit)) or self._known.get(("", layer, unit))


def read(path: Path) -> PeopleNames:
    r"""Read names that people gave.

    Args:
        path: a ``.csv`` or ``.json`` of ``viz annotate --export``; or a table with columns layer, unit and word, and
            model, kind, fitting and pictures where they are known. Several rows on one unit are several people's.

    Raises:
        InputError: the file cannot be read, or is none of these.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("names.csv").write_text("layer,unit,word\nconv5,3,lamps\nconv5,3,lamp\n")
        >>> read(Path("names.csv")).get("net", "conv5", 3).told
        'lamp (2 of 2 people)'
    """
    ending = path.suffix.lower()
    if ending not in {".csv", ".json"}:
        raise InputError(f"{path} ends in neither .csv nor .json; give what viz annotate --export has written")
    opinions = _of_json(path) if ending == ".json" else _of_table(path)
    grouped: dict[Place, list[Opinion]] = defaultdict(list)
    for place, opinion in opinions:
        grouped[place].append(opinion)
    named = {place: consensus(several) for place, several in grouped.items()}
    return PeopleNames({place: name for place, name in named.items() if name is not None})


def _of_json(path: Path) -> Iterable[tuple[Place, Opinion]]:
    for row in json_text.read(path, _ANSWERS)["answers"]:
        shares = (row.get("fitting"), row.get("pictures"))
        place = (row.get("model") or "", row["layer"], row["unit"])
        yield place, _opinion(row["word"], row.get("kind") or "", shares)


def _of_table(path: Path) -> Iterable[tuple[Place, Opinion]]:
    _, rows = read_table(path, _NEEDED)
    for row in rows:
        place = (unquoted(row["model"]), unquoted(row["layer"]), row.whole("unit", most=1 << 20))
        yield (
            place,
            _opinion(unquoted(row["word"]), unquoted(row["kind"]), (_number(row, "fitting"), _number(row, "pictures"))),
        )


def _opinion(word: str, kind: str, shares: Sequence[float | None]) -> Opinion:
    fitting, pictures = shares
    known = fitting is not None and pictures and fitting <= pictures
    precision = fitting / pictures if known and fitting is not None and pictures else None
    return Opinion(word=clean(word)[:_LONGEST].strip(), kind=clean(kind).strip(), precision=precision)


def _number(row: Row, column: str) -> float | None:
    return row.number(column, least=0) if row[column] else None


def _short(model: str) -> str:
    """A network's name, of a path the last part."""
    return model.replace("\\", "/").rpartition("/")[2] if ".py" in model or model.startswith(("/", ".", "~")) else model
