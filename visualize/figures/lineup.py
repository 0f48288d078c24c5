"""Photographs and what explains them: under each other, or, where there is much of it, beside each other."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.figures.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST = 4  # photographs that stand side by side, each with its explanations under it
_MOST_UNDER = 3  # pictures of a photograph that stand under each other; more, and those of one alone, stand beside it


@dataclass(frozen=True)
class Lineup(Section):
    """Sections with one picture each for the same photographs, in the same order.

    Args:
        rows: the sections, from top to bottom, or from left to right if there are many; their panels are the lineup's,
            in the order in which they are drawn.
    """

    rows: tuple[Section, ...] = ()

    @classmethod
    def of(cls, rows: Sequence[Section]) -> Lineup:
        """Line up sections, the first of which shows the photographs."""
        under = _under(rows)
        columns = rows if under else zip(*(row.panels for row in rows), strict=True)
        panels = (panel for each in columns for panel in (each.panels if isinstance(each, Section) else each))
        notes = () if under else tuple(note for row in rows for note in row.notes)
        return cls(rows[0].title, rows[0].explanation, tuple(panels), notes, rows=tuple(rows))

    @property
    def parts(self) -> tuple[Section, ...]:
        """The rows, or the whole lineup where each section has a column of its own."""
        return (self,) if self.heads else self.rows

    @property
    def heads(self) -> tuple[Section, ...]:
        """The sections, if each has a column of its own; else none."""
        return () if _under(self.rows) else self.rows

    @property
    def columns(self) -> Sequence[int]:
        """One number of columns: that of the photographs, or of the sections."""
        return [len(self.heads or self.rows[0].pictures)]


def _under(rows: Sequence[Section]) -> bool:
    """Whether explanations stand under their photographs; those of a single photograph fill the width beside it."""
    return len(rows) <= _MOST_UNDER and len(rows[0].pictures) > 1


def line_up(sections: Sequence[Section]) -> list[Section]:
    """Stand sections that explain photographs by the section that shows these.

    That section is parted: its first photographs head the columns, the others follow by themselves. Sections that
    explain something else, or more than ``_MOST`` photographs, stay as they are.
    """
    lined_up: list[Section] = []
    taken: set[int] = set()
    for place, section in enumerate(sections):
        if id(section) in taken:
            continue
        under = [] if section.explains else _explaining(section, sections[place + 1 :])
        taken.update(map(id, under))
        lined_up.extend(_parted(section, under) if under else [section])
    return lined_up


def _explaining(section: Section, others: Sequence[Section]) -> list[Section]:
    """The sections that explain the first photographs of a section: those with the most of them."""
    names = _names(section)
    fitting = [
        other
        for other in others
        if other.explains and not other.diagrams and 0 < len(other.pictures) <= _MOST
        if _names(other) == names[: len(other.pictures)] and all(_names(other))
    ]
    most = max((len(other.pictures) for other in fitting), default=0)
    return [other for other in fitting if len(other.pictures) == most]


def _names(section: Section) -> list[str]:
    return [panel.of for panel in section.pictures]


def _parted(section: Section, under: Sequence[Section]) -> Iterator[Section]:
    heads = len(under[0].pictures)
    first = dataclasses.replace(section, panels=section.pictures[:heads])
    yield Lineup.of([first, *under])
    rest = (*section.pictures[heads:], *section.diagrams)
    if rest:
        more = len(section.pictures) - heads
        yield Section(f"{section.title}: the next {more}" if more else section.title, "", rest)


__all__ = ["Lineup", "line_up"]
