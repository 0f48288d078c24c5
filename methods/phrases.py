"""Phrases that sentences share: a number with its noun, names with an "and", the first of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun, which takes an s where it is not one.

    Args:
        count: the number.
        noun: of one.
        plural: of several, where it is no noun with an s.

    Example:
        >>> counted(1, "picture"), counted(1200, "picture"), counted(0, "class", "classes")
        ('1 picture', '1,200 pictures', '0 classes')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def listed(names: Iterable[str]) -> str:
    """Names with commas between them, and "and" before the last; empty without any.

    Example:
        >>> listed(["red"]), listed(["red", "green", "blue"])
        ('red', 'red, green and blue')
    """
    *before, last = [*names] or [""]
    return f"{', '.join(before)} and {last}" if before else last


def first_few(names: Sequence[str], most: int = 5, *, total: int | None = None) -> str:
    """The first of some names, and how many more there are.

    Args:
        names: all of them, or at least the first.
        most: as many are named.
        total: how many there are altogether; None for as many as are given.

    Example:
        >>> first_few(["red", "green", "blue"], 2), first_few(["red"], 2)
        ('red, green and 1 more', 'red')
    """
    more = (len(names) if total is None else total) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
