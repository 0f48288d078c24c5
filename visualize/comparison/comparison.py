"""What several dissections have in common, and what sets them apart."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from methods.errors import InputError, suggest
from visualize.dissection.tables import CUT, Table, read_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from methods.dissection.scores import Count, Verdict
    from methods.provenance import Json


Concept = tuple[str, str]
"""(category, name)."""

_SUFFIXES = {"scene": "-s", "color": "-c"}  # Broden's, which tell the scene "street-s" from the object "street"


@dataclass(frozen=True)
class Comparison:
    """Tables of dissections, in the order given.

    Args:
        tables: two or more; one is described by itself.
    """

    tables: tuple[Table, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """Of all tables, those of the first one first."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.categories))

    def counts(self, *, once_per_category: bool) -> tuple[Count, ...]:
        """Detectors and unique concepts of each table, counted in one of the two ways."""
        return tuple(table.count(once_per_category=once_per_category) for table in self.tables)

    def concepts(self, table: Table) -> Counter[Concept]:
        """The concepts that have detectors, counted once per category, and how many."""
        return Counter(
            (category, best.label)
            for verdict in table.verdicts
            for category, best in verdict.bests.items()
            if best.label and best.iou > table.cut
        )

    def only(self, table: Table) -> list[Concept]:
        """The concepts that have detectors in this table alone, those with most detectors first."""
        others = {concept for other in self.tables if other is not table for concept in self.concepts(other)}
        own = self.concepts(table)
        return sorted((one for one in own if one not in others), key=lambda one: (-own[one], one))

    def shared(self) -> list[Concept]:
        """The concepts that have detectors in every table, the one whose weakest best unit is strongest first."""
        held = [set(self.concepts(table)) for table in self.tables]
        return sorted(set.intersection(*held), key=lambda one: (-min(best.iou for best in self._bests(one)), one))

    def common(self) -> list[Concept]:
        """The concepts that have detectors in two tables or more: those of most tables first, then the strongest."""
        held = Counter(concept for table in self.tables for concept in self.concepts(table))
        several = [one for one, often in held.items() if often > 1]
        return sorted(several, key=lambda one: (-held[one], -self._weakest(one, held[one]), one))

    def _weakest(self, concept: Concept, often: int) -> float:
        """The smallest IoU among the best units of the tables that detect a concept."""
        return sorted((best.iou for best in self._bests(concept)), reverse=True)[often - 1]

    def best(self, concept: Concept) -> tuple[tuple[int, float] | None, ...]:
        """In each table the unit (from 0) that fits a concept best, and its IoU; None where it is no unit's best."""
        category, name = concept
        found = [table.best(name, category) for table in self.tables]
        return tuple(None if one is None else (one.unit, one.bests[category].iou) for one in found)

    def _bests(self, concept: Concept) -> list[_Iou]:
        return [_Iou(one[1]) for one in self.best(concept) if one is not None]

    def find(self, name: str) -> Concept:
        """The concept of that name; ``"object:house"`` says its category too.

        Raises:
            InputError: no unit of any table is called that; the message names close ones.
        """
        known = list(dict.fromkeys(one for table in self.tables for one in _labels(table)))
        prefix, colon, rest = name.partition(":")
        found = [one for one in known if _plain(one[0], name) == one[1]]
        found += [one for one in known if colon and one == (prefix, _plain(prefix, rest))]
        if not found:
            raise InputError(f"no unit is called {name!r}{suggest(name, {label for _, label in known})}")
        return max(found, key=lambda one: max(best.iou for best in self._bests(one)))

    def document(self) -> dict[str, Json]:
        """All of it, ready for JSON; units count from 0."""
        return {
            "tables": [self._record(table) for table in self.tables],
            "shared": [
                {"concept": name, "category": category, "best": [_unit(one) for one in self.best((category, name))]}
                for category, name in self.shared()
            ],
        }

    def _record(self, table: Table) -> dict[str, Json]:
        found: dict[str, Json] = {
            "name": table.name,
            "model": table.model,
            "layer": table.layer,
            "set": table.data,
            "units": len(table.verdicts),
            "cut": table.cut,
        }
        for key, once in (("best_category_only", False), ("once_per_category", True)):
            count = table.count(once_per_category=once)
            each = {name: {"detectors": own[0], "concepts": own[1]} for name, own in count.by_category.items()}
            found[key] = {"detectors": count.detectors, "concepts": count.concepts, "by_category": each}
        return {**found, "only": [{"concept": name, "category": category} for category, name in self.only(table)]}


@dataclass(frozen=True)
class _Iou:
    iou: float


def _unit(found: tuple[int, float] | None) -> Json:
    return None if found is None else {"unit": found[0], "iou": found[1]}


def said(concepts: Sequence[Concept], among: Iterable[Concept] = ()) -> list[str]:
    """Concepts by name; where two of one name are among them (or among others that are listed), with categories."""
    often = Counter(name for _, name in {*concepts, *among})
    return [f"{name} ({category})" if often[name] > 1 else name for category, name in concepts]


def _labels(table: Table) -> list[Concept]:
    return [
        (category, best.label)
        for verdict in table.verdicts
        for category, best in verdict.bests.items()
        if best.label and best.iou > 0
    ]


def open_tables(wheres: Sequence[str], *, cut: float | None = None) -> tuple[Table, ...]:
    """Read dissections from wherever they lie.

    Args:
        wheres: folders that ``viz dissect`` has written (every layer in them), CSV files in NetDissect's columns, or
            addresses of such files, which are kept in the user's cache folder.
        cut: the IoU above which a unit is a detector; None takes that of each dissection, 0.04 for plain tables.

    Returns:
        the tables, no two of one name; the concepts' names without Broden's ``-s`` and ``-c``.

    Raises:
        InputError: one of them cannot be read.
    """
    found = [_plainly(table) for where in wheres for table in read_all(_local(where))]
    if cut is not None:
        if not 0 <= cut < 1:
            raise InputError(f"the cut is an IoU, in 0..1 (0.04 in the paper), not {cut}")
        found = [replace(table, cut=cut) for table in found]
    return tuple(_told_apart(found))


def _plain(category: str, label: str) -> str:
    """A concept's name without the letter that Broden adds to those of scenes and colours."""
    return label.removesuffix(_SUFFIXES.get(category, ""))


def _plainly(table: Table) -> Table:
    """The table with plain names, so that Broden's "red-c" is the "red" of other sets."""
    verdicts = tuple(
        replace(
            verdict,
            bests=MappingProxyType(
                {name: replace(best, label=_plain(name, best.label)) for name, best in verdict.bests.items()}
            ),
        )
        for verdict in table.verdicts
    )
    return replace(table, verdicts=verdicts)


def _local(where: str) -> Path:
    """The path; a file at an address is downloaded."""
    if "://" not in where:
        return Path(where).expanduser()
    from visualize.download.fetch import fetch
    from visualize.download.resource import Resource

    if not where.startswith(("http://", "https://", "file://")):
        raise InputError(f"{where} is no address that can be read; give one that begins with https:// or http://")
    stem, _, kind = where.partition("?")[0].rstrip("/").rpartition("/")[2].rpartition(".")
    mark = hashlib.sha256(where.encode()).hexdigest()[:8]  # two addresses may end alike
    file = f"{stem or 'table'}-{mark}.{kind or 'csv'}"
    return fetch(Resource(file=file, sources=(where,)), otherwise=", or name the file itself in place of its address")


def _told_apart(tables: Sequence[Table]) -> list[Table]:
    """No two tables of one name: a number behind it says which."""
    names: Counter[str] = Counter()
    made = []
    for table in tables:
        names[table.name] += 1
        again = names[table.name]
        made.append(table if again == 1 else replace(table, name=f"{table.name} ({again})"))
    return made


def strongest(verdicts: Sequence[Verdict], count: int) -> list[Verdict]:
    """The units with the largest IoU, the best first."""
    return sorted((one for one in verdicts if one.label), key=lambda one: (-one.iou, one.unit))[:count]


__all__ = ["CUT", "Comparison", "Concept", "open_tables", "said", "strongest"]
