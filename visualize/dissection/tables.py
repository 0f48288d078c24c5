"""Tables of dissections: writing and reading NetDissect's columns, and this project's own folders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from visualize.data.files.csv_tables import as_whole, read_table
from visualize.dissection.record_fields import read_manifest
from visualize.dissection.seals import AGAIN, of_file
from visualize.intake.regular_files import require_regular
from visualize.methods.dissection.certainty import Certainty
from visualize.methods.dissection.scores import Best, Count, Verdict, count
from visualize.methods.errors import InputError, system_words
from visualize.methods.frames import frame
from visualize.spreadsheets import line, quoted, unquoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from visualize.data.files.csv_tables import Row

CUT = 0.04
MANIFEST = "dissection.json"

_HEAD = ("unit", "category", "label", "score")
_PER_CATEGORY = ("label", "truth", "activation", "intersect", "iou")
_BEST = 10  # units that a notebook shows
_SURE = ("low", "high", "kept", "margin", "second-category", "second")
_MOST_UNITS = 10_000_000
_MOST_PIXELS = 1e18


@dataclass(frozen=True)
class Table:
    r"""Concepts that the units of one layer are called by, and how well they fit.

    Args:
        name: for a figure or a list: model and layer, or the file's name.
        categories: in the order of the columns.
        verdicts: the verdict on each unit, by the units' numbers from 0.
        cut: the IoU above which a unit is a detector.
        model: the network's name; empty if the file does not say.
        layer: the layer's name; empty if the file does not say.
        data: the probe set's name; empty if the file does not say.
        folder: the dissection's folder, which holds the full table as well; empty for a file by itself.

    Example:
        >>> from pathlib import Path
        >>> from visualize.dissection import read_csv
        >>> each = ",".join(f"object-{column}" for column in ("label", "truth", "activation", "intersect", "iou"))
        >>> rows = ["1,object,car,0.25,car,80,60,28,0.25", "2,object,dog,0.02,dog,90,66,3,0.02"]
        >>> _ = Path("conv5.csv").write_text("\n".join([f"unit,category,label,score,{each}", *rows]))
        >>> table = read_csv("conv5.csv")
        >>> table.name, table.count().detectors, table.best("car").unit
        ('conv5', 1, 0)
    """

    name: str
    categories: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    cut: float = CUT
    model: str = ""
    layer: str = ""
    data: str = ""
    folder: str = ""

    def __repr__(self) -> str:
        """Name, units and how many of them are detectors, in one line."""
        detectors = self.count().detectors
        return f"<{type(self).__name__} of {self.name}: {len(self.verdicts)} units, {detectors} detectors>"

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """The table as one of pandas: a row for each unit, with its best concept and its IoU in each category.

        Units count from 0, as everywhere but in NetDissect's files.

        Raises:
            InputError: pandas is not installed.
        """
        return frame(self.rows())

    def _repr_html_(self) -> str:
        """The table for a notebook: how many units detect what, and the best of them."""
        from visualize.figures.categories import category_colours
        from visualize.methods.concept_words import spoken
        from visualize.pages.charts import bars
        from visualize.pages.snippets import Grid, snippet

        count, colours = self.count(), category_colours(self.categories)
        detectors, concepts = (
            bars([(self.name, {name: numbers[place] for name, numbers in count.by_category.items()})], colours)
            for place in (0, 1)
        )
        best = sorted(self.verdicts, key=lambda verdict: (-verdict.iou, verdict.unit))[:_BEST]
        rows = [
            (str(item.unit), spoken(item.category, item.label), item.category, f"{item.iou:.3f}")
            for item in best
            if item.label
        ]
        told = f"{count.detectors} of {len(self.verdicts)} units detect {count.concepts} concepts"
        return snippet(
            self.name,
            lines=[f"{told}: their masks overlap one with an IoU above {self.cut:g}."],
            bars=[("Detectors", detectors), ("Unique concepts", concepts)],
            colours=colours,
            tables=[Grid(title="Best units", heads=("unit", "concept", "category", "IoU"), rows=rows)],
        )

    def rows(self) -> list[dict[str, Any]]:
        """Units by column: unit, label, category, iou, detector, and the label and IoU of each category.

        Where it was measured, low, high, kept, margin, second and second_category say how sure the name is.
        """
        return [
            {
                "unit": verdict.unit,
                "label": verdict.label,
                "category": verdict.category,
                "iou": verdict.iou,
                "detector": bool(verdict.label) and verdict.iou > self.cut,
                **{
                    f"{name}-{column}": getattr(verdict.bests[name], column)
                    for name in self.categories
                    for column in ("label", "iou")
                },
                **({} if verdict.certainty is None else verdict.certainty.facts()),
            }
            for verdict in self.verdicts
        ]

    def count(self, *, once_per_category: bool = False) -> Count:
        """Detectors and unique concepts; see :func:`visualize.methods.dissection.scores.count` for the two ways."""
        return count(self.verdicts, self.categories, self.cut, once_per_category=once_per_category)

    def best(self, label: str, category: str | None = None) -> Verdict | None:
        """The unit with the largest IoU for a concept among those for which it is the best of its category."""
        candidates = [
            (best.iou, -verdict.unit, verdict)
            for verdict in self.verdicts
            for name, best in verdict.bests.items()
            if best.label == label and category in {None, name}
        ]
        return max(candidates, key=lambda candidate: candidate[:2])[2] if candidates else None


def as_csv(verdicts: Sequence[Verdict], categories: Sequence[str]) -> str:
    """A table in NetDissect's columns, the best unit first; its units count from 1.

    Behind them, where it was measured, stands how sure each name is: see
    :class:`~visualize.methods.dissection.certainty.Certainty`.

    A name that a spreadsheet would take for a formula has an apostrophe before it, which :func:`read_csv` takes away.
    """
    heads = [*_HEAD, *(quoted(f"{name}-{column}") for name in categories for column in _PER_CATEGORY)]
    sure = any(verdict.certainty is not None for verdict in verdicts)
    lines = [line([*heads, *(_SURE if sure else ())])]
    for verdict in sorted(verdicts, key=lambda verdict: (-verdict.iou, verdict.unit)):
        row: list[object] = [verdict.unit + 1, quoted(verdict.category), quoted(verdict.label), verdict.iou]
        for name in categories:
            best = verdict.bests[name]
            row += [quoted(best.label), *map(_whole, (best.truth, best.activation, best.intersection)), best.iou]
        lines.append(line([*row, *(_certain(verdict) if sure else ())]))
    return "".join(lines)


def _certain(verdict: Verdict) -> Sequence[object]:
    """The cells that say how sure a name is; empty of a unit without one."""
    sure = verdict.certainty
    if sure is None:
        return [""] * len(_SURE)
    return [sure.low, sure.high, sure.kept, sure.margin, quoted(sure.second_category), quoted(sure.second)]


def _whole(pixels: float) -> float:
    """The number as an int where it is whole: NetDissect writes some of its counts as ``5092864.0``."""
    return int(pixels) if pixels == int(pixels) else pixels


def read_csv(path: str | Path, *, cut: float = CUT) -> Table:
    """Read a table of NetDissect, NetDissect-Lite or this project.

    Args:
        path: the file.
        cut: the IoU above which a unit is a detector.

    Raises:
        InputError: the file cannot be read or has other columns; the message names the line.
    """
    path = Path(path).expanduser()
    written, rows = read_table(path)
    heads = [unquoted(name) for name in written]
    places = {name: place for place, name in enumerate(heads)}
    categories = tuple(name.removesuffix("-iou") for name in heads if name.endswith("-iou"))
    needed = [*_HEAD, *(f"{name}-{column}" for name in categories for column in _PER_CATEGORY)]
    missing = [name for name in needed if name not in heads]
    if missing or not categories:
        raise InputError(
            f"{path} has not the columns of a dissection; missing: {', '.join(missing or ['CATEGORY-iou'])}"
        )
    if twice := next((name for name in needed if heads.count(name) > 1), None):
        raise InputError(f"{path} has the column {twice} twice")
    verdicts: dict[int, Verdict] = {}
    for row in rows:
        verdict = _verdict(replace(row, places=places), categories)
        if verdict.unit in verdicts:
            raise row.wrong(f"unit {verdict.unit + 1} is there twice")
        verdicts[verdict.unit] = verdict
    if not verdicts:
        raise InputError(f"{path} lists no unit")
    return Table(path.stem, categories, tuple(verdicts[unit] for unit in sorted(verdicts)), cut)


def _verdict(row: Row, categories: Sequence[str]) -> Verdict:
    def number(column: str, most: float = _MOST_PIXELS) -> float:
        if not row[column]:
            raise row.wrong(f"the column {column} is empty; expected a number")
        return row.number(column, least=0, most=most)

    bests = {}
    for name in categories:
        truth, activation, intersection = (number(f"{name}-{column}") for column in _PER_CATEGORY[1:-1])
        label, iou = unquoted(row[f"{name}-label"]), number(f"{name}-iou", most=1)
        bests[name] = Best(label, truth, activation, intersection, iou)
    number("score", most=1)
    unit, category = as_whole(row["unit"]), unquoted(row["category"])
    if unit is None or not 1 <= unit <= _MOST_UNITS:
        raise row.wrong(f"there is no unit {row['unit'][:60]}; these tables count from 1 to {_MOST_UNITS:,} at most")
    if category and category not in categories:
        raise row.wrong(f"category {category[:60]!r} has no columns")
    return Verdict(unit - 1, category, MappingProxyType(bests), _certainty(row))


def _certainty(row: Row) -> Certainty | None:
    """How sure a name is, if the table says so."""
    if not all(column in row.places for column in _SURE) or not row["kept"]:
        return None
    low, high, kept, margin = (row.number(column, least=0, most=1) for column in _SURE[:4])
    return Certainty(
        low=low,
        high=high,
        kept=kept,
        margin=margin,
        second=unquoted(row["second"]),
        second_category=unquoted(row["second-category"]),
    )


def undissected(folder: str | Path) -> InputError:
    """Error for a folder without a finished dissection."""
    return InputError(f"{folder} holds no finished dissection ({MANIFEST}); give a folder that viz dissect has written")


def read(path: str | Path, *, layer: str | None = None) -> Table:
    """Read the table of one layer.

    Args:
        path: a CSV file in NetDissect's columns, or a folder that :func:`visualize.dissection.run` has written.
        layer: the layer's name, if the folder holds several.

    Raises:
        InputError: there is no such table; of several layers, the message lists them.
    """
    path = Path(path).expanduser()
    if not path.is_dir() and path.name != MANIFEST:
        return read_csv(path)
    tables = {table.layer: table for table in read_all(path)}
    if layer is None and len(tables) == 1:
        return next(iter(tables.values()))
    if layer not in tables:
        problem = "holds several layers" if layer is None else f"holds no layer {layer!r}"
        raise InputError(f"{path} {problem}; choose one of {', '.join(tables)}")
    return tables[layer]


def read_all(path: str | Path) -> list[Table]:
    """The tables of every layer in a folder, or the one of a CSV file.

    A CSV file that a dissection has written gets network, layer, probe set and cut from the files beside it.

    Raises:
        InputError: the folder holds no finished dissection.
    """
    path = Path(path).expanduser()
    if not path.is_dir() and path.name != MANIFEST:
        beside = path.parent / MANIFEST
        listed = read_listed(beside, read_manifest(beside), only=path.name) if _made(beside, path) else []
        return listed or [read_csv(path)]
    manifest = path if path.name == MANIFEST else path / MANIFEST
    if not manifest.is_file():
        raise undissected(path)
    return read_listed(manifest, read_manifest(manifest))


def _made(beside: Path, path: Path) -> bool:
    """Whether a table may be one of a dissection whose record lies beside it."""
    return beside.is_file() and path.is_file()


def read_listed(manifest: Path, held: Mapping[str, Any], *, only: str | None = None) -> list[Table]:
    """The tables that a finished dissection lists, or the one in a certain file.

    Args:
        manifest: the path of ``dissection.json``.
        held: its content.
        only: the name of a file beside it; None for all tables.

    Raises:
        InputError: a table is missing, cut or otherwise not what was written.
    """
    model, data, cut, tables = held["model"], held["set"]["name"], held["settings"]["cut"], []
    turned = f", rotated {held['settings']['rotate']:g}" if held["settings"]["rotate"] else ""
    for name, about in held["layers"].items():
        path = manifest.parent / about["csv"]
        if only not in {None, path.name}:
            continue
        verify(path, about, "csv")
        table = read_csv(path, cut=cut)
        if [verdict.unit for verdict in table.verdicts] != list(range(about["units"])):
            raise InputError(f"{path} is damaged: it does not list each of the {about['units']} units once; {AGAIN}")
        if "sha256" not in about and (wrong := next(filter(_contradicts, table.verdicts), None)):
            raise InputError(f"{path} is damaged: the counts of unit {wrong.unit + 1} do not give its IoU; {AGAIN}")
        named = replace(table, name=f"{model} {name}{turned}", model=model, layer=name, data=data)
        tables.append(replace(named, folder=str(manifest.parent)))
    return tables


def _contradicts(verdict: Verdict) -> bool:
    """Whether an IoU is not that of the counts beside it, as this project writes both."""
    for best in verdict.bests.values():
        union = best.truth + best.activation - best.intersection
        if best.label and abs(best.iou - (best.intersection / union if union else 0.0)) > 1e-9:
            return True
    return False


def verify(path: Path, about: Mapping[str, Any], kind: str) -> None:
    """Refuse a file of a finished dissection that is not what was written.

    Args:
        path: the file.
        about: what the record says of its layer.
        kind: csv or npz.

    Raises:
        InputError: the file is missing, or is not the one that was written.
    """
    sums = about.get("sha256")
    try:
        good = sums is None or of_file(path) == sums[kind]
        require_regular(path)
    except OSError as fault:
        raise InputError(f"{path}, which {MANIFEST} lists, cannot be read: {system_words(fault)}; {AGAIN}") from fault
    if not good:
        raise InputError(f"{path} is damaged, or was changed since the dissection wrote it; {AGAIN}")
