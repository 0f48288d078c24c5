"""Types and ranges of what JSON held, stated once by small readers that check a value and hand it on.

A reader is a function of one value. Readers of lists and objects are made of those of what is in them, and a value that
is wrong is named by its path: ``annotations[3].bbox[2]: expected a number, not 'x'``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Item = TypeVar("Item")
    Reader = Callable[[object], Item]

_LONGEST = 60  # letters of a wrong value that are shown


class WrongValueError(ValueError):
    """A value that is not what a reader takes; readers of what it lies in add their part of its path.

    Args:
        expected: what the reader takes, in words.
        value: what it was given.
    """

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(f"expected {expected}, not {_shown(value)}")
        self.where = ""

    def within(self, step: str) -> WrongValueError:
        """Put a step in front of the path, such as ``[3]`` or ``.bbox``; gives the error itself."""
        self.where = step + self.where
        return self


def checked(content: object, reader: Reader[Item], source: str) -> Item:
    """The content of a file as its reader takes it.

    Args:
        content: whatever JSON held.
        reader: what it should be.
        source: the file, for the error.

    Raises:
        InputError: a value is of another type or out of range; the message names its path.
    """
    try:
        return reader(content)
    except WrongValueError as fault:
        where = printable(fault.where.lstrip("."))
        raise InputError(f"{printable(source)}: {f'{where}: ' if where else ''}{fault}") from fault


def whole(least: int = 0, most: int = (1 << 53)) -> Reader[int]:
    """A whole number in a range; 3.0 is one too, as some programs write all numbers with a point."""

    def read(value: object) -> int:
        good = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not good or isinstance(value, bool) or not least <= value <= most:  # type: ignore[operator]
            raise WrongValueError(f"a whole number from {least:,} to {most:,}", value)
        return int(value)  # type: ignore[call-overload, no-any-return]

    return read


def numeral(least: int = 0, most: int = (1 << 53)) -> Reader[int]:
    """A whole number in a range that may be written as text, as keys of objects are."""
    number = whole(least, most)

    def read(value: object) -> int:
        if isinstance(value, str) and value.strip().isdecimal() and value.isascii() and len(value) < 20:
            return number(int(value))
        return number(value)

    return read


def number(least: float = -math.inf, most: float = math.inf) -> Reader[float]:
    """A finite number in a range."""

    def read(value: object) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        try:
            taken = float(value) if good else math.nan  # type: ignore[arg-type]
        except OverflowError:
            taken = math.inf
        if not math.isfinite(taken) or not least <= taken <= most:
            bounds = "" if math.isinf(least) else f" from {least:g}" + ("" if math.isinf(most) else f" to {most:g}")
            raise WrongValueError(f"a number{bounds}", value)
        return taken

    return read


def text(least: int = 0, most: int = 4096) -> Reader[str]:
    """Text of some length, without what no file name and no terminal can hold."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise WrongValueError(f"text of {least} to {most:,} letters", value)
        if "\0" in value or (not value.isascii() and _unpaired(value)):
            raise WrongValueError("text that can be written", value)
        return value

    return read


def truth(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise WrongValueError("true or false", value)
    return value


def maybe(reader: Reader[Item]) -> Reader[Item | None]:
    """A value, or null."""
    return lambda value: None if value is None else reader(value)


def either(*readers: Reader[Any]) -> Reader[Any]:
    """Read what one of several readers takes; the error is that of the last one."""

    def read(value: object) -> Any:  # noqa: ANN401 (of several types)
        for reader in readers[:-1]:
            try:
                return reader(value)
            except WrongValueError:
                continue
        return readers[-1](value)

    return read


def one_of(choices: Collection[object]) -> Reader[Any]:
    """Read one of a few values."""

    def read(value: object) -> object:
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            raise WrongValueError(f"one of {', '.join(map(str, choices))}", value)
        return value

    return read


def items(reader: Reader[Item], *, least: int = 0, most: int = 100_000_000) -> Reader[tuple[Item, ...]]:
    """A list whose items one reader takes."""

    def read(value: object) -> tuple[Item, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            count = f"{least}" if least == most else f"{least} to {most:,}"
            raise WrongValueError(f"a list of {count} items", value)
        place = 0
        taken = []
        try:
            for place, item in enumerate(value):  # noqa: B007 (the error tells the place)
                taken.append(reader(item))
        except WrongValueError as fault:
            raise fault.within(f"[{place}]") from None
        return tuple(taken)

    return read


def mapping(reader: Reader[Item], *, keys: Reader[Any] | None = None, most: int = 1_000_000) -> Reader[dict[Any, Item]]:
    """An object whose keys are anything, and whose values one reader takes."""
    key = text() if keys is None else keys

    def read(value: object) -> dict[Any, Item]:
        if not isinstance(value, dict) or len(value) > most:
            raise WrongValueError(f"an object of at most {most:,} entries", value)
        taken = {}
        for name, item in value.items():
            try:
                taken[key(name)] = reader(item)
            except WrongValueError as fault:
                raise fault.within(f"[{_shown(name)}]") from None
        return taken

    return read


def record(
    fields: Mapping[str, Reader[Any]], optional: Mapping[str, Reader[Any]] | None = None, *, closed: bool = False
) -> Reader[dict[str, Any]]:
    """An object with certain entries; others are left as they are.

    Args:
        fields: name -> reader of entries that must be there.
        optional: name -> reader of entries that may be missing.
        closed: refuse other entries.
    """
    known = {**fields, **(optional or {})}

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongValueError(f"an object with {', '.join(fields) or 'certain entries'}", value)
        if closed and (other := next((name for name in value if name not in known), None)) is not None:
            raise WrongValueError(f"no entry but {', '.join(known)}", other)
        taken = dict(value)
        for name, reader in known.items():
            if name not in value:
                if name in fields:
                    raise WrongValueError(f"an entry {name!r}", value)
                continue
            try:
                taken[name] = reader(value[name])
            except WrongValueError as fault:
                raise fault.within(f".{name}") from None
        return taken

    return read


def _shown(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, dict):
        return f"an object of {len(value):,} entries"
    if isinstance(value, list):
        return f"a list of {len(value):,} items"
    if isinstance(value, int) and not -(10**20) < value < 10**20:
        return "a number of more than 20 digits"
    shown = repr(value[: _LONGEST + 1] if isinstance(value, str) else value)
    return shown if len(shown) <= _LONGEST + 2 else f"{shown[:_LONGEST]}..."


def _unpaired(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False
