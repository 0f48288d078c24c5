"""Results that lie there as a report: other reports, dissections, tables; nothing is computed anew."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cards.dissection_labels import Names
from visualize.comparison.comparison import open_tables
from visualize.dissection import sweep_record
from visualize.dissection.at_hand import Finished, given
from visualize.dissection.results import paths_of
from visualize.files import save_bytes
from visualize.methods.concept_words import spoken
from visualize.methods.errors import InputError, InputNote
from visualize.printable import printable
from visualize.reports.folders import DATA, LayerFolder, begin, is_report, layer_folders
from visualize.reports.making import Making, alone
from visualize.reports.picture_files import mark, picture
from visualize.reports.record_lines import damaged
from visualize.reports.records import Fit, LayerFacts, UnitFacts
from visualize.reports.request import ReportRequest
from visualize.reports.transfers import FILE, held_scores, keep, scores, share
from visualize.reports.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.dissection import Table
    from visualize.methods.pictures.labelled import Labelled
    from visualize.reports.folders import LayerContent
    from visualize.watch import Watch


def gather(results: Sequence[str | Path], site: Path, watch: Watch) -> None:
    """Put results that lie there into the folder of a report; all are read before anything is written.

    Args:
        results: folders of reports, of dissections and of sweeps, and tables in NetDissect's columns.
        site: the report's folder.
        watch: shows how the work goes on.

    Raises:
        InputError: one of them is none of these, or cannot be read, or is damaged.
    """
    known = [_opened(place, site) for where in results for place in _places(Path(where).expanduser())]
    files = [item for item in known if isinstance(item, Path)]
    scores(files)
    with alone(site):
        begin(site)
        for item in known:
            if isinstance(item, Other):
                _take_over(item, site)
            elif not isinstance(item, Path):
                _put(item, site, watch)
        if files:
            keep(site, {place.facts().model for place in layer_folders(site)}, Wording.of(*files), files)


def _places(path: Path) -> list[Path]:
    """Paths of what a sweep's folder holds: its pages, dissections that they do not show, scores; else the path itself.

    Raises:
        InputError: the sweep has no results of these kinds.
    """
    if not sweep_record.is_swept(path):
        return [path]
    swept = sweep_record.read(path)
    places = [*filter(None, [swept.site]), *swept.unseen]
    if not places:
        raise InputError(f"{printable(str(path))} holds a sweep without pages or dissections; let it dissect first")
    return [*places, *swept.transfers]


@dataclass(frozen=True)
class Other:
    """A report that another one takes over.

    Args:
        site: its folder.
        layers: everything that its pages show.
        transfers: the scores that are kept with it.
    """

    site: Path
    layers: Sequence[LayerContent]
    transfers: Sequence[Mapping[str, Any]]


def _opened(path: Path, site: Path) -> Other | Path | Sequence[Table | Finished]:
    """Results, read as far as they can be before anything is written; of ``viz transfer`` the path of the record.

    Raises:
        InputError: there is nothing there, or it cannot be read.
    """
    if not path.exists():
        raise InputError(f"{printable(str(path))} is not there; give folders of reports or dissections, or tables")
    if path.is_dir() and is_report(path):
        if path.resolve() == site.resolve():
            return []
        places = layer_folders(path)
        if not places:
            raise InputError(f"{printable(str(path / DATA))} holds no layer; make the report first")
        return Other(path, [place.content() for place in places], held_scores(path))
    if FILE in {path.name, *(item.name for item in path.glob(FILE))}:
        return path if path.name == FILE else path / FILE
    if path.is_file() and path.suffix.lower() == ".csv":
        return open_tables([str(path)])
    held = given([path])
    if turned := next((item for item in held if item.turned), None):
        raise InputError(f"{turned.folder} is of random directions, which have no pages; leave it out")
    for item in held:
        _read(item)
    return held


def _read(held: Finished) -> None:
    """Read every file of a dissection.

    Raises:
        InputError: one is damaged.
    """
    from visualize.dissection.kept_tests import read_tests

    paths_of(held.folder)
    for layer in held.layers:
        read_tests(held.folder, layer)


def _put(items: Sequence[Table | Finished], site: Path, watch: Watch) -> None:
    for item in items:
        if isinstance(item, Finished):
            _of_dissection(item, site, watch)
        else:
            _of_table(item, site)


def _take_over(other: Other, site: Path) -> None:
    """Copy the records and pictures of another report: what its own pages would show, and nothing else."""
    for content in other.layers:
        theirs, mine = content.folder.pictures, LayerFolder(site, content.folder.name)
        mine.pictures.mkdir(parents=True, exist_ok=True)
        for method, views in content.views.items():
            for view in views.values():
                copied = [(shown.file, picture(theirs / shown.file, shown.crc32)) for shown in view.pictures]
                copied += [(file, mark(theirs / file)) for file, _ in view.legend]
                for file, bytes_ in copied:
                    if bytes_ is None:
                        raise damaged(theirs / file, "it was changed just now")
                    save_bytes(bytes_, mine.pictures / file)
            mine.settle(method, list(views.values()))
        mine.write(content.facts, content.units.values())
        if content.people:
            mine.write_people(content.people)
    share(other.transfers, site)


def _of_table(table: Table, site: Path) -> None:
    """A layer of which only a table is there: names, and no picture."""
    wording = Wording.of(table.folder or None)
    name = wording.name(table.model or table.name)
    layer = table.layer or "layer"
    formulas = _formulas(table)
    units = [
        UnitFacts(
            unit=verdict.unit,
            fits=tuple(
                Fit(category=category, name=spoken(category, best.label), iou=best.iou)
                for category, best in sorted(verdict.bests.items(), key=lambda item: -item[1].iou)
                if best.label and best.iou > 0
            ),
            lines=wording.lines(formulas.get(verdict.unit, ())),
        )
        for verdict in table.verdicts
    ]
    facts = LayerFacts(
        model=name,
        weights_sha256="",
        layer=layer,
        about=(("Layer", layer), ("Units", f"{len(units)}, counted from 0")),
        units=len(units),
        data=wording.name(table.data) if table.data else "",
        dissected=True,
        cut=table.cut,
        categories=table.categories,
        options={"model": name},
    )
    LayerFolder.of(site, name, layer, facts.data).write(facts, units)


def _formulas(table: Table) -> dict[int, tuple[str, ...]]:
    """Sentences on the formulas of each unit, where the dissection looked for them."""
    from visualize.dissection.formulas import read_formulas, sentences

    composed = read_formulas(table.folder, table.layer) if table.folder and table.layer else None
    return {} if composed is None else {unit: sentences(composed, unit) for unit in range(len(composed.best))}


def _of_dissection(held: Finished, site: Path, watch: Watch) -> None:
    """Layers of a dissection, with the pictures that are kept of their units."""
    from visualize.data.open import open_any
    from visualize.data.segmenters.names import named_by_a_record
    from visualize.models.loading import load
    from visualize.models.recorded import require_recorded

    source = held.source()
    where = source.get("where")
    probe = None
    try:
        require_recorded(held.model, str(held.folder))
        with watch(f"loading {held.model}") as progress:
            probe = load(held.model, progress=progress)
    except InputError as fault:
        warnings.warn(f"{held.folder} gives names without pictures: {fault}", InputNote, stacklevel=2)
    labelled: Labelled | None = None
    if probe is not None and held.is_of(probe) and where is not None:
        try:
            with named_by_a_record():
                labelled = open_any(where)
        except InputError:
            labelled = None
    if probe is None or labelled is None or labelled.fingerprint != held.content["set"]["fingerprint"]:
        for table in open_tables([str(held.folder)]):
            _of_table(table, site)
        return
    request = ReportRequest(model=held.model, layers=held.layers, data=where, out=site)
    names = {layer: Names(held, layer, labelled) for layer in held.layers}
    making = Making(request, probe, held.layers, labelled, where, watch, making=False)
    making.folders(site, names)
