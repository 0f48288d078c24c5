"""Names of a network's classes that its user gives: from a file in any form in use, or from Python."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, InputWarning
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYNSET = re.compile(r"n\d{8}\s+(?P<name>\S.*)")  # as ImageNet's lists have it before each name
_MOST = 1_000_000
_EXPECTED = (
    "give a list of names in the outputs' order, a dictionary such as {0: 'cat', 1: 'dog'}, or the path of a file"
)


@dataclass(frozen=True)
class ClassTable:
    """Names of classes before it is known how many the network has.

    Args:
        names: in the table's order.
        numbers: of the classes; none for a list in the order of the network's outputs.
        source: what to call the table in an error.
    """

    names: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    source: str = "classes"

    def named(self, count: int) -> tuple[str, ...]:
        """A name for each of the network's outputs.

        Numbers that begin with 1 and are as many as the outputs are counted from 1, which is said in an
        :class:`~visualize.methods.errors.InputWarning`.

        Args:
            count: of outputs.

        Raises:
            InputError: there are more or fewer names than outputs.
        """
        held = dict(zip(self.numbers or range(len(self.names)), self.names, strict=True))
        if set(held) == set(range(1, count + 1)):
            warnings.warn(
                f"{self.source}: numbers begin with 1, so that 1 is taken for the network's class 0",
                InputWarning,
                stacklevel=2,
            )
            return tuple(held[number + 1] for number in range(count))
        absent = [number for number in range(count) if number not in held]
        beyond = [number for number in held if number >= count]
        if absent or beyond:
            which = ""
            if self.numbers:
                which = f" (none is called {absent[0]})" if absent else f" ({beyond[0]} is beyond them)"
            raise InputError(
                f"{self.source}: {len(held):,} names of classes, and the network has {count:,} outputs{which}; give a "
                f"name for each, in the outputs' order"
            )
        return tuple(held[number] for number in range(count))


def class_table(given: str | Path | Sequence[str] | Mapping[int, str]) -> ClassTable:
    """Names of classes from what a user gives.

    Args:
        given: a list of names, a dictionary by number, or a file: a name a line, ``0 name``, CSV with a line of
            headings, or JSON: a list, ``{"0": "name"}``, ``{"0": ["n01440764", "tench"]}`` or ``{"name": 0}``.

    Raises:
        InputError: there is no such file, or it names nothing or could be read in several ways.
    """
    if isinstance(given, str | Path):
        return _of_file(Path(given).expanduser())
    if isinstance(given, Mapping):
        return _of_items(list(given), list(given.values()))
    try:
        return _of_items([], list(given))
    except TypeError as fault:
        raise InputError(f"classes is a {type(given).__name__}; {_EXPECTED}") from fault


def _of_items(numbers: Sequence[object], names: Sequence[object]) -> ClassTable:
    """A table from Python, whatever it holds."""
    whole = [number for number in numbers if isinstance(number, int) and number >= 0]
    words = [name for name in names if isinstance(name, str)]
    if len(whole) < len(numbers) or len(words) < len(names):
        raise InputError(f"classes holds other things than {'numbers and ' if numbers else ''}names; {_EXPECTED}")
    return _checked(ClassTable(tuple(words), tuple(whole)))


def _of_file(path: Path) -> ClassTable:
    from visualize.data.files.text_files import content_lines
    from visualize.data.layouts.masks.name_tables import read_names
    from visualize.models.class_names import parse_places365

    source = printable(str(path))
    if not path.is_file():
        raise InputError(f"{source} is no file; give --classes a file of names (a list of them in Python)")
    if path.suffix != ".json":
        places = parse_places365("\n".join(text for _, text in content_lines(path)[0]))
        if places:
            return ClassTable(places, source=source)
    table = read_names(path)
    values = [item.value for item in table.names]
    numbers = tuple(value for value in values if value is not None)
    names = tuple(item.name for item in table.names)
    synsets = [_SYNSET.fullmatch(name) for name in names]
    if all(synsets):
        names = tuple(match["name"] for match in synsets if match)
    return _checked(ClassTable(names, numbers if len(numbers) == len(names) else (), source))


def _checked(table: ClassTable) -> ClassTable:
    if not table.names or not all(name.strip() for name in table.names):
        raise InputError(f"{table.source}: {'a name is empty' if table.names else 'there are no names'}")
    if len(table.names) > _MOST:
        raise InputError(f"{table.source}: {len(table.names):,} names are more than any network has classes")
    return table
