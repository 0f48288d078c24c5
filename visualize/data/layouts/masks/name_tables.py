"""Tables of names that people write beside their own label maps: text, CSV or JSON, with numbers or without.

Every form in use is read, blank lines and comments never count, and where a table could be read in two ways it is
refused with the form to write.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.data.files.text_files import content_lines, read_json, unquoted
from visualize.methods.errors import InputError
from visualize.methods.phrases import counted
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Lines = Sequence[tuple[int, str]]


OBJECT = "object"
MOST = 0xFFFF
_VOID = {
    "", "background", "_background_", "__background__", "bg", "unlabeled", "unlabelled", "unlabel", "no label", "void",
    "ignore", "ignored", "none", "nothing", "null", "empty", "undefined",
}  # fmt: skip
_FIRST = re.compile(  # a number, then a name; some programs write all numbers with a point
    r"(-?[0-9]+)(?:\.0+)?\s*(?:[:,;=|\t]|[.)]\s|-\s|\s)\s*(\S.*)"
)
_BEGUN = re.compile(r"-?[0-9]")
_LAST = re.compile(r"(\S.*?)\s*([:,;=\t]|\s)\s*([0-9]+)")  # a name, then a number
_COLOURS = re.compile(r"[0-9]+(?:[\s,;]+[0-9]+){2,}(?:[\s,;:]+\S.*)?")  # three numbers and more, as of a colour
_BREAKS = re.compile(r"[\s,;:|]+")
_NUMBERS = (
    "number", "id", "value", "index", "idx", "pixel", "pixel_value", "class_id", "label_id", "label id", "class id",
    "train_id", "trainid", "class_index", "class_idx", "label_index",
)  # fmt: skip
_NAMES = ("name", "class_name", "label_name", "category_name", "names", "class", "label", "concept", "title")
_CATEGORIES = ("category", "supercategory", "kind", "group")
_WRAPPERS = ("id2label", "names", "classes", "labels", "categories", "label2id", "class_names")


@dataclass(frozen=True)
class Named:
    """A name of a table.

    Args:
        name: as it is written; "" for a value that is listed without one.
        value: that it is given; None where the table lists names in order.
        category: of the concept.
    """

    name: str
    value: int | None = None
    category: str = OBJECT

    @property
    def void(self) -> bool:
        """Whether the name says that there is nothing, such as "background"."""
        return self.name.lower() in _VOID


@dataclass(frozen=True)
class NameTable:
    """Names as a table has them, before it is known which values a list without numbers means.

    Args:
        path: the file.
        names: in the table's order.
        remarks: sentences on what could be doubted.
        notes: sentences on what was left out because it says nothing.
    """

    path: Path
    names: tuple[Named, ...]
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def numbered(self) -> bool:
        """Whether every name comes with its value."""
        return all(item.value is not None for item in self.names)

    def wrong(self, what: str) -> InputError:
        """The error that says what is wrong with this table."""
        return InputError(f"{printable(str(self.path))}{what}")


def read_names(path: Path) -> NameTable:
    """Read a table of names.

    Args:
        path: a file that ends in .txt, .csv or .json.

    Raises:
        InputError: it cannot be read, names nothing, or could be read in several ways.
    """
    table = _of_json(path) if path.suffix == ".json" else _of_lines(path)
    if not any(item.name for item in table.names):
        raise table.wrong(" names nothing")
    values = [item.value for item in table.names if item.value is not None]
    for value in values:
        if not 0 <= value <= MOST:
            raise table.wrong(f": {value} needs a name and a number from 0 to {MOST}")
    twice = (
        next((value for value in values if values.count(value) > 1), None) if len(set(values)) < len(values) else None
    )
    if twice is not None:
        raise table.wrong(f": {twice} is there twice")
    return table


def _of_lines(path: Path) -> NameTable:
    lines, skipped = content_lines(path)
    notes = (f"{path.name}: {counted(skipped, 'line')} of comment left out",) if skipped else ()
    if not lines:
        return NameTable(path, ())
    with_heads = _of_columns(path, lines)
    if with_heads is not None:
        return NameTable(path, with_heads, notes=notes)
    if {*_BREAKS.split(lines[0][1].lower())} & {*_NUMBERS} and {*_BREAKS.split(lines[0][1].lower())} & {*_NAMES}:
        lines = lines[1:]  # the names of columns with blanks between
    texts = [text for _, text in lines]
    if all(_COLOURS.fullmatch(text) for text in texts):
        raise InputError(
            f"{printable(str(path))} seems to list colours ({texts[0]!r}); write the value that masks hold and the "
            f"name in each line, as in 7 sky"
        )
    names = _numbered(path, lines)
    if names is not None:
        return NameTable(path, names, notes=notes)
    doubts = [text for text in texts if _FIRST.fullmatch(text)]
    remarks = (f"{path.name}: the number in {doubts[0]!r} is taken for a part of the name",) if doubts else ()
    if len(texts) > 1 and all(map(_BEGUN.match, texts)):
        raise InputError(
            f"{printable(str(path))}: every line begins with a number that could be a value or a part of the name, "
            f"such as {texts[0][:60]!r}; write the value and a blank before each name, as in 7 sky"
        )
    if len(texts) == 1 and "," in texts[0]:
        raise InputError(f"{printable(str(path))} is one line with commas; write one name in each line, as in 1 wall")
    return NameTable(path, tuple(Named(unquoted(text)) for text in texts), remarks, notes)


def _numbered(path: Path, lines: Lines) -> tuple[Named, ...] | None:
    """Names with their numbers, before or behind; None where the lines are names alone.

    Raises:
        InputError: only some of the lines have a number, or it cannot be told whether it is one.
    """
    first = [_FIRST.fullmatch(text) for _, text in lines]
    if all(first):
        names = tuple(Named(unquoted(match[2]), _number(match[1], path)) for match in first if match)
        if all(re.search(r",\s*[0-9]+$", item.name) for item in names):
            raise InputError(
                f"{printable(str(path))} has more columns than a number and a name ({lines[0][1]!r}); begin it with a "
                f"line that names them, as number,name"
            )
        return names
    if 2 * sum(match is not None for match in first) >= len(lines):
        line, text = next(line for line, match in zip(lines, first, strict=True) if match is None)
        raise InputError(
            f"{printable(str(path))}, line {line}: {text!r} has no number, and other lines have one; write the value "
            f"before each name, as in 7 sky, or before none"
        )
    last = [_LAST.fullmatch(text) for _, text in lines]
    behind = [match for match in last if match]
    if len(behind) == len(lines) and len({match[3] for match in behind}) == len(lines):
        if all(match[2].strip() for match in behind) or all(match[2] == "\t" for match in behind):
            return tuple(Named(unquoted(match[1]), _number(match[3], path)) for match in behind)
        if len(lines) > 1:
            raise InputError(
                f"{printable(str(path))}: the number in {lines[0][1]!r} may be a value or a part of the name; write "
                f"the value first, as in {behind[0][3]} {behind[0][1]}"
            )
    return None


def _number(digits: str, path: Path) -> int:
    """A value as masks can hold it."""
    if len(digits.lstrip("0")) > 9:
        raise InputError(f"{printable(str(path))}: {digits[:20]} ... is no value that a mask can hold")
    return int(digits)


def _of_columns(path: Path, lines: Lines) -> tuple[Named, ...] | None:
    """Names of a table whose first line names its columns; None where it does not."""
    first = lines[0][1]
    separator = next((mark for mark in ("\t", ";", ",") if mark in first), ",")
    heads = [head.strip().lower() for head in next(csv.reader([first], delimiter=separator), [])]
    number, name = (next((heads.index(word) for word in words if word in heads), None) for words in (_NUMBERS, _NAMES))
    if (
        name is None
        or (number is None and len(lines) < 2)
        or (number is None and len(heads) == 1 and heads[0] != "name")
    ):
        return None
    category = next((heads.index(word) for word in _CATEGORIES if word in heads), None)
    names = []
    for line, text in lines[1:]:
        cells = [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]
        cells += [""] * (len(heads) - len(cells))
        where = f"{printable(str(path))}, line {line}"
        if any(cells[len(heads) :]):
            raise InputError(f"{where}: {len(cells)} cells for {len(heads)} columns; quote a cell that holds a comma")
        value = None if number is None else _whole(cells[number])
        if number is not None and value is None:
            raise InputError(f"{where}: the column {heads[number]} holds {cells[number]!r}; expected a whole number")
        if not cells[name]:
            raise InputError(f"{where}: {value if value is not None else 'it'} needs a name")
        names.append(Named(cells[name], value, (cells[category] if category is not None else "") or OBJECT))
    return tuple(names)


def _of_json(path: Path) -> NameTable:
    content = read_json(path)
    for wrapper in _WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict | list):
            content = content[wrapper]
    names = _of_list(content) if isinstance(content, list) else _of_object(content)
    if names is None:
        raise InputError(
            f'{printable(str(path))} is neither {{"7": "sky"}} nor ["wall", "sky"] nor [{{"id": 7, "name": "sky"}}]'
        )
    return NameTable(path, names)


def _of_list(content: Sequence[Any]) -> tuple[Named, ...] | None:
    content = [_last_name(item) for item in content]
    if all(item is None or isinstance(item, str) for item in content):
        return tuple(Named((item or "").strip()) for item in content)
    if not all(isinstance(item, dict) for item in content):
        return None
    items = []
    for item in content:
        lowered = {str(key).lower(): value for key, value in item.items()}
        value = next((_whole(lowered[word]) for word in _NUMBERS if word in lowered), None)
        name = next((lowered[word] for word in _NAMES if isinstance(lowered.get(word), str)), None)
        category = next((lowered[word] for word in _CATEGORIES if isinstance(lowered.get(word), str)), None)
        if name is None or (value is None and any(word in lowered for word in _NUMBERS)):
            return None
        items.append(Named(name.strip(), value, category or OBJECT))
    some = {item.value is None for item in items}
    return tuple(items) if len(some) == 1 else None


def _of_object(content: object) -> tuple[Named, ...] | None:
    if not isinstance(content, dict) or not content:
        return None
    pairs: Mapping[str, Any] = content
    if all(_whole(key) is not None for key in pairs):
        named = [
            (_whole(key), item.get("name") if isinstance(item, dict) else _last_name(item))
            for key, item in pairs.items()
        ]
    elif all(_whole(item) is not None for item in pairs.values()):
        named = [(_whole(item), key) for key, item in pairs.items()]
    else:
        return None
    if not all(isinstance(name, str) for _, name in named):
        return None
    return tuple(Named(str(name).strip(), value) for value, name in named)


def _last_name(item: Any) -> Any:  # noqa: ANN401 (JSON)
    """The name where an identifier stands before it, as in ``["n01440764", "tench"]``; anything else as it is."""
    texts = isinstance(item, list) and len(item) == 2 and all(isinstance(text, str) for text in item)
    return item[1] if texts else item


def _whole(given: object) -> int | None:
    """A whole number as JSON and tables hold it, also "23.0" where a program took the column for floats."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    match = re.fullmatch(r"\s*(-?[0-9]{1,9})(?:\.0*)?\s*", str(given))
    return int(match[1]) if match else None
