"""Rows of a file of answers, which anybody may have written: checked before they are believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visualize.annotation.kinds import NAMES
from visualize.annotation.questions import LARGEST_SHARE, Mixing
from visualize.annotation.records import Answer, Draft, Shown
from visualize.intake import json_text
from visualize.intake.fields import WrongValueError, checked, items, numeral, one_of, record, text, whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from visualize.intake.fields import Item, Reader

LONGEST = 1 << 20
"""Bytes that a row may have."""
MOST_ANSWERS, MOST_PICTURES = 1_000_000, 2_000_000
"""Answers that are read of a file, and pictures that they may all together have been shown with."""
TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE annotator (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE answer (
    id INTEGER PRIMARY KEY, once TEXT NOT NULL UNIQUE, annotator INTEGER NOT NULL REFERENCES annotator (id),
    layer TEXT NOT NULL, unit INTEGER NOT NULL, taken_back INTEGER NOT NULL, word TEXT NOT NULL, kind TEXT NOT NULL,
    misfits TEXT NOT NULL, shown TEXT NOT NULL, at INTEGER NOT NULL, saved TEXT NOT NULL
);
CREATE INDEX answer_by_unit ON answer (annotator, layer, unit, id);
CREATE TABLE draft (
    annotator INTEGER NOT NULL REFERENCES annotator (id), layer TEXT NOT NULL, unit INTEGER NOT NULL,
    word TEXT NOT NULL, kind TEXT NOT NULL, misfits TEXT NOT NULL, at INTEGER NOT NULL, page TEXT NOT NULL,
    PRIMARY KEY (annotator, layer, unit)
);
"""
"""Statements that make the tables, and the only ones that a file of answers may have been made by."""
_MADE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 100"
_MOST_SHOWN = 100  # pictures of a page; 20 are shown at most
_UNIT = whole(0, 1 << 30)
_AT = whole(-(1 << 62), 1 << 62)


def statements() -> list[str]:
    """The statements one by one."""
    return [statement.strip() for statement in TABLES.split(";") if statement.strip()]


def made_otherwise(file: sqlite3.Connection) -> bool:
    """Whether a file holds anything but our tables: a view or a trigger runs when others are read, and need not end."""
    held = set(file.execute(_MADE).fetchall())
    ours = {(statement.split()[1].lower(), statement.split()[2], statement) for statement in statements()}
    return held != ours


def _json(reader: Reader[Item]) -> Reader[Item]:
    """JSON within a cell."""

    def read(value: object) -> Item:
        if not isinstance(value, str):
            raise WrongValueError("JSON", value)
        try:
            content = json_text.parse(value.encode("utf-8", "surrogatepass"), "it")
        except InputError:
            raise WrongValueError("JSON", value) from None
        return reader(content)

    return read


def _shown(value: object) -> Shown:
    file, unit, place = items(_as_is, least=3, most=3)(value)
    return Shown(text(1, 300)(file), _UNIT(unit), whole(-1)(place))


def _as_is(value: object) -> object:
    return value


_MISFITS = _json(items(whole(0, _MOST_SHOWN), most=_MOST_SHOWN))
_SAID: dict[str, Reader[Any]] = {
    "word": text(0, 4096), "kind": one_of(["", *NAMES]), "misfits": _MISFITS, "at": _AT,
}  # fmt: skip
_ANSWER = record({
    **_SAID, "annotator": text(1, 1000), "layer": text(1, 1000), "unit": _UNIT, "saved": text(0, 100),
    "shown": _json(items(_shown, most=_MOST_SHOWN)),
})  # fmt: skip
ANSWER = ("annotator", "layer", "unit", "word", "kind", "misfits", "shown", "saved", "at")
"""Columns of an answer, in the order in which they are read."""
DRAFT = ("word", "kind", "misfits", "at", "page")
"""Columns of a draft, likewise."""
_DRAFT = record({**_SAID, "page": text(0, 100)})
_SETTINGS = record({"token": text(1, 200), "decoys": text(1, 40), "seed": numeral(-(1 << 63), 1 << 64)})


def answer_of(row: Sequence[object], source: str) -> tuple[Answer, int]:
    """An answer and its time, from the cells of a row.

    Args:
        row: a value for each of :data:`ANSWER`.
        source: where it comes from, for the error.

    Raises:
        InputError: it is none that anybody could have given.
    """
    held = checked(dict(zip(ANSWER, row, strict=True)), _ANSWER, source)
    at: int = held.pop("at")
    try:
        return Answer(**held), at
    except InputError as fault:
        raise InputError(f"{source}: {fault}") from fault


def draft_of(row: Sequence[object], source: str) -> Draft:
    """A draft from the cells of a row.

    Args:
        row: a value for each of :data:`DRAFT`.
        source: where it comes from, for the error.

    Raises:
        InputError: it is none that anybody could have written.
    """
    return Draft(**checked(dict(zip(DRAFT, row, strict=True)), _DRAFT, source))


def settings_of(held: Mapping[object, object], source: str) -> tuple[Mixing, str]:
    """How pictures are mixed, and the token of the file.

    Args:
        held: the settings by name.
        source: where they come from, for the error.

    Raises:
        InputError: one is missing, or cannot be.
    """
    settings = checked(dict(held), _SETTINGS, source)
    try:
        share = float(settings["decoys"])
    except ValueError:
        share = -1.0
    if not 0 <= share <= LARGEST_SHARE:
        raise InputError(f"{source}: decoys: expected a share from 0 to {LARGEST_SHARE}, not {settings['decoys']!r}")
    return Mixing(share, settings["seed"]), settings["token"]
