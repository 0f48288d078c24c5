"""Comparison of dissections: the concepts that several have in common, and those that set them apart."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from methods.errors import InputError, suggest
from visualize.data.files.csv_tables import MOST_BYTES
from visualize.dissection.tables import CUT, Table, read_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from methods.dissection.scores import Count, Verdict
    from methods.provenance import Json


Concept = tuple[str, str]
"""Category and name of a concept."""

_SUFFIXES = {"scene": "-s", "color": "-c"}  # Broden's, which tell the scene "street-s" from the object "street"
_PATIENCE = 2.4  # seconds, with which no server takes longer than 15 to be given up


@dataclass(frozen=True)
class Comparison:
    """Tables of dissections, in the order given.

    Args:
        tables: two or more; a single one is described by itself.
    """

    tables: tuple[Table, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories of all tables, those of the first table first."""
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
        counts = self.concepts(table)
        return sorted(
            (concept for concept in counts if concept not in others), key=lambda concept: (-counts[concept], concept)
        )

    def shared(self) -> list[Concept]:
        """The concepts that have detectors in every table, the one whose weakest best unit is strongest first."""
        held = [set(self.concepts(table)) for table in self.tables]
        return sorted(
            set.intersection(*held), key=lambda concept: (-min(best.iou for best in self._bests(concept)), concept)
        )

    def common(self) -> list[Concept]:
        """The concepts that have detectors in two tables or more: those of most tables first, then the strongest."""
        held = Counter(concept for table in self.tables for concept in self.concepts(table))
        several = [concept for concept, often in held.items() if often > 1]
        return sorted(several, key=lambda concept: (-held[concept], -self._weakest(concept, held[concept]), concept))

    def _weakest(self, concept: Concept, often: int) -> float:
        """The smallest IoU among the best units of the tables that detect a concept."""
        return sorted((best.iou for best in self._bests(concept)), reverse=True)[often - 1]

    def best(self, concept: Concept) -> tuple[tuple[int, float] | None, ...]:
        """In each table the unit (from 0) that fits a concept best, and its IoU; None where it is no unit's best."""
        category, name = concept
        verdicts = [table.best(name, category) for table in self.tables]
        return tuple(None if verdict is None else (verdict.unit, verdict.bests[category].iou) for verdict in verdicts)

    def _bests(self, concept: Concept) -> list[_Iou]:
        return [_Iou(best[1]) for best in self.best(concept) if best is not None]

    def find(self, name: str) -> Concept:
        """The concept of a name; ``"object:house"`` says the category too.

        Raises:
            InputError: no unit of any table is called that; the message names close ones.
        """
        known = list(dict.fromkeys(concept for table in self.tables for concept in _labels(table)))
        prefix, colon, rest = name.partition(":")
        fitting = [concept for concept in known if _plain(concept[0], name) == concept[1]]
        fitting += [concept for concept in known if colon and concept == (prefix, _plain(prefix, rest))]
        if not fitting:
            raise InputError(f"no unit is called {name!r}{suggest(name, {label for _, label in known})}")
        return max(fitting, key=lambda concept: max(best.iou for best in self._bests(concept)))

    def document(self) -> dict[str, Json]:
        """The whole comparison, ready for JSON; units count from 0."""
        return {
            "tables": [self._record(table) for table in self.tables],
            "shared": [
                {"concept": name, "category": category, "best": [_unit(best) for best in self.best((category, name))]}
                for category, name in self.shared()
            ],
        }

    def _record(self, table: Table) -> dict[str, Json]:
        record: dict[str, Json] = {
            "name": table.name,
            "model": table.model,
            "layer": table.layer,
            "set": table.data,
            "units": len(table.verdicts),
            "cut": table.cut,
        }
        for key, once in (("best_category_only", False), ("once_per_category", True)):
            count = table.count(once_per_category=once)
            each = {
                name: {"detectors": numbers[0], "concepts": numbers[1]} for name, numbers in count.by_category.items()
            }
            record[key] = {"detectors": count.detectors, "concepts": count.concepts, "by_category": each}
        return {**record, "only": [{"concept": name, "category": category} for category, name in self.only(table)]}


@dataclass(frozen=True)
class _Iou:
    iou: float


def _unit(best: tuple[int, float] | None) -> Json:
    return None if best is None else {"unit": best[0], "iou": best[1]}


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
    """Read dissections from folders, files and addresses.

    Args:
        wheres: folders that ``viz dissect`` has written (every layer in them), CSV files in NetDissect's columns, or
            addresses of such files, which are kept in the user's cache folder.
        cut: the IoU above which a unit is a detector; None takes that of each dissection, 0.04 for plain tables.

    Returns:
        the tables, no two of one name; the concepts' names without Broden's ``-s`` and ``-c``.

    Raises:
        InputError: one of them cannot be read.
    """
    tables = [_plainly(table) for where in wheres for table in read_all(_local(where))]
    if cut is not None:
        if not 0 <= cut < 1:
            raise InputError(f"the cut is an IoU, in 0..1 (0.04 in the paper), not {cut}")
        tables = [replace(table, cut=cut) for table in tables]
    return tuple(_distinct(tables))


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
    """The path of a folder or file; a file at an address is downloaded."""
    if "://" not in where:
        return Path(where).expanduser()
    from visualize.download.fetch import fetch
    from visualize.download.resource import Resource

    if not where.startswith(("http://", "https://", "file://")):
        raise InputError(f"{where} is no address that can be read; give one that begins with https:// or http://")
    stem, _, kind = where.partition("?")[0].rstrip("/").rpartition("/")[2].rpartition(".")
    mark = hashlib.sha256(where.encode()).hexdigest()[:8]  # two addresses may end alike
    file = f"{stem or 'table'}-{mark}.{kind or 'csv'}"
    table = Resource(file=file, sources=(where,), most=MOST_BYTES)
    return fetch(table, timeout=_PATIENCE, otherwise=", or name the file itself in place of its address")


def _distinct(tables: Sequence[Table]) -> list[Table]:
    """Tables of which no two have one name: a number behind the name tells them apart."""
    names: Counter[str] = Counter()
    distinct = []
    for table in tables:
        names[table.name] += 1
        again = names[table.name]
        distinct.append(table if again == 1 else replace(table, name=f"{table.name} ({again})"))
    return distinct


def strongest(verdicts: Sequence[Verdict], count: int) -> list[Verdict]:
    """The units with the largest IoU, the best first."""
    labelled = [verdict for verdict in verdicts if verdict.label]
    return sorted(labelled, key=lambda verdict: (-verdict.iou, verdict.unit))[:count]


__all__ = ["CUT", "Comparison", "Concept", "open_tables", "said", "strongest"]
