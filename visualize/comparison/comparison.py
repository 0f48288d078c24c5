"""Comparison of dissections: the concepts that several have in common, and those that set them apart."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from visualize.data.files.csv_tables import MOST_BYTES
from visualize.dissection import sweep_record
from visualize.dissection.concept_names import Concept, fitting, plain
from visualize.dissection.finding import columns, ious
from visualize.dissection.results import has_scores, read_scores
from visualize.dissection.tables import CUT, Table, read_all
from visualize.methods.errors import InputError, suggest
from visualize.methods.frames import frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visualize.methods.dissection.scores import Count, LayerScores, Verdict
    from visualize.methods.provenance import Json


_TOLD = 12  # tables that are named where a comparison is printed
_PATIENCE = 2.4  # seconds, with which no server takes longer than 15 to be given up


@dataclass(frozen=True)
class Comparison:
    """Tables of dissections, in the order given.

    Args:
        tables: two or more; a single one is described by itself.

    Example:
        >>> import visualize as viz
        >>> tables = viz.dissect("scenes-alexnet", "conv4,conv5", count=8, settings={"resamples": 0})
        >>> len(Comparison(tuple(tables)).frame())
        160
    """

    tables: tuple[Table, ...]

    def __repr__(self) -> str:
        """Names of the tables, a line each."""
        more = len(self.tables) - _TOLD
        names = [table.name for table in self.tables[:_TOLD]] + ([f"and {more} more"] if more > 0 else [])
        return f"<{type(self).__name__} of\n" + "\n".join(f"  {name}" for name in names) + ">"

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """All tables as one of pandas: a row for each unit, with the table's name, model and layer.

        Raises:
            InputError: pandas is not installed.
        """
        return frame(
            [
                {"table": table.name, "model": table.model, "layer": table.layer, **row}
                for table in self.tables
                for row in table.rows()
            ]
        )

    def _repr_html_(self) -> str:
        """The comparison for a notebook: stacked bars by category, and the best unit of each for the same concept."""
        from visualize.figures.categories import category_colours
        from visualize.pages.charts import bars
        from visualize.pages.snippets import Grid, snippet

        colours, counts = category_colours(self.categories), self.counts(once_per_category=True)
        names = [table.name for table in self.tables]
        detectors, concepts = (
            bars(
                [
                    (name, {category: numbers[place] for category, numbers in count.by_category.items()})
                    for name, count in zip(names, counts, strict=True)
                ],
                colours,
            )
            for place in (0, 1)
        )
        common = (self.common() if len(self.tables) > 1 else self.shared())[:_TOLD]
        rows = [
            (f"{name} ({category})", *("-" if best is None else f"{best[0]} ({best[1]:.3f})" for best in bests))
            for category, name in common
            for bests in [self.best((category, name))]
        ]
        return snippet(
            "Network Dissection compared",
            lines=["The bars count a unit once in every category, as the paper does; units count from 0."],
            bars=[("Unique concepts", concepts), ("Detectors", detectors)],
            colours=colours,
            tables=[Grid(title="The best unit, and its IoU", heads=("concept", *names), rows=rows)] if rows else [],
        )

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
            set.intersection(*held),
            key=lambda concept: (-min((best.iou for best in self._bests(concept)), default=0), concept),
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
        """In each table the unit (from 0) that fits a concept best, and its IoU; None where no unit's mask meets it.

        All units count, whatever their own label is. A CSV file by itself, without the full table beside it, knows of
        each unit only the best concept of every category.
        """
        return tuple(full.best(concept) for full in self._full)

    @functools.cached_property
    def _full(self) -> list[_Full]:
        return [_Full(table) for table in self.tables]

    @property
    def partial(self) -> tuple[str, ...]:
        """Names of the tables that know of each unit only the best concept of every category."""
        return tuple(full.table.name for full in self._full if full.scores is None)

    def _bests(self, concept: Concept) -> list[_Iou]:
        return [_Iou(best[1]) for best in self.best(concept) if best is not None]

    def find(self, name: str) -> Concept:
        """The concept of a name; ``"object:house"`` says the category too.

        Raises:
            InputError: no table has a concept of that name; the message names close ones.
        """
        known = [concept for full in self._full for concept in full.concepts]
        return max(
            fitting(name, known), key=lambda concept: max((best.iou for best in self._bests(concept)), default=0)
        )

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


@dataclass(frozen=True, eq=False)
class _Full:
    """A table together with the full one beside it, if there is one.

    Args:
        table: the concepts that its units are called by.
    """

    table: Table

    @functools.cached_property
    def scores(self) -> LayerScores | None:
        here = self.table.folder and has_scores(self.table.folder, self.table.layer)
        return read_scores(self.table.folder, self.table.layer) if here else None

    @functools.cached_property
    def _columns(self) -> dict[Concept, int]:
        return {} if self.scores is None else columns(self.scores)

    @property
    def concepts(self) -> list[Concept]:
        """The concepts that the table can tell of."""
        if self.scores is not None:
            return list(self._columns)
        return [
            (category, best.label)
            for verdict in self.table.verdicts
            for category, best in verdict.bests.items()
            if best.label and best.iou > 0
        ]

    def best(self, concept: Concept) -> tuple[int, float] | None:
        """The unit that fits a concept best, the first of equals, and its IoU."""
        category, name = concept
        if self.scores is None:
            verdict = self.table.best(name, category)
            return None if verdict is None else (verdict.unit, verdict.bests[category].iou)
        place = self._columns.get((category, plain(category, name)))
        if place is None:
            return None
        fits = ious(self.scores, place)
        unit = int(fits.argmax())
        return (unit, float(fits[unit])) if fits[unit] > 0 else None


def require_cut(cut: float | None) -> None:
    """Refuse a cut that no IoU has.

    Raises:
        InputError: it is below 0, or 1 or more.
    """
    if cut is not None and not 0 <= cut < 1:
        raise InputError(f"the cut is an IoU, in 0..1 (0.04 in the paper), not {cut}")


def open_tables(wheres: Sequence[str], *, cut: float | None = None, data: str | None = None) -> tuple[Table, ...]:
    """Read dissections from folders, files and addresses.

    Args:
        wheres: folders that ``viz dissect`` has written (every layer in them), a folder of ``viz sweep`` (every
            dissection in it), CSV files in NetDissect's columns, or addresses of such files, which are kept in the
            user's cache folder.
        cut: the IoU above which a unit is a detector; None takes that of each dissection, 0.04 for plain tables.
        data: the name of a probe set; only tables on it are kept.

    Returns:
        the tables, no two of one name; the concepts' names without Broden's ``-s`` and ``-c``.

    Raises:
        InputError: one of them cannot be read.
    """
    require_cut(cut)
    tables = [plainly(table) for where in wheres for place in _places(where) for table in read_all(place)]
    if data is not None:
        names = list(dict.fromkeys(table.data or "a set that its table does not name" for table in tables))
        tables = [table for table in tables if table.data == data]
        if not tables:
            raise InputError(f"no table is on {data}{suggest(data, names)}; there is {', '.join(names)}")
    if cut is not None:
        tables = [replace(table, cut=cut) for table in tables]
    return tuple(distinct(tables))


def plainly(table: Table) -> Table:
    """The table with plain names, so that Broden's "red-c" is the "red" of other sets."""
    verdicts = tuple(
        replace(
            verdict,
            bests=MappingProxyType(
                {name: replace(best, label=plain(name, best.label)) for name, best in verdict.bests.items()}
            ),
        )
        for verdict in table.verdicts
    )
    return replace(table, verdicts=verdicts)


def _places(where: str) -> list[Path]:
    """Paths of the tables that are meant: of a sweep's folder those of its dissections."""
    place = _local(where)
    if not sweep_record.is_swept(place):
        return [place]
    dissections = sweep_record.read(place).dissections
    if not dissections:
        raise InputError(f"{where} holds a sweep without a finished dissection; add dissect to its methods")
    return dissections


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


def distinct(tables: Sequence[Table]) -> list[Table]:
    """Tables of which no two have one name: their folders tell them apart, else a number behind the name.

    Args:
        tables: of two checkpoints, say, whose network has one name.
    """
    marked = [(table, _mark(table, tables)) for table in tables]
    names: Counter[str] = Counter()
    told = []
    for table, mark in marked:
        name = f"{table.name} ({mark})" if mark else table.name
        names[name] += 1
        told.append(replace(table, name=name if names[name] == 1 else f"{name} ({names[name]})"))
    return told


def _mark(table: Table, tables: Sequence[Table]) -> str:
    """The end of a folder's path that sets a table apart from others of its name; "" where none does."""
    alike = [Path(other.folder).parts for other in tables if other.name == table.name]
    own = Path(table.folder).parts
    ends = (size for size in range(1, len(own) + 1) if sum(parts[-size:] == own[-size:] for parts in alike) == 1)
    size = next(ends, 0) if len(alike) > 1 else 0
    return "/".join(own[-size:]) if size else ""


def strongest(verdicts: Sequence[Verdict], count: int) -> list[Verdict]:
    """The units with the largest IoU, the best first."""
    labelled = [verdict for verdict in verdicts if verdict.label]
    return sorted(labelled, key=lambda verdict: (-verdict.iou, verdict.unit))[:count]


__all__ = ["CUT", "Comparison", "Concept", "open_tables", "said", "strongest"]
