"""Results that lie there as a report: other reports, dissections, tables; nothing is computed anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards.dissection_labels import Names
from visualize.comparison.comparison import open_tables
from visualize.dissection.at_hand import given
from visualize.methods.concept_words import spoken
from visualize.methods.errors import InputError
from visualize.reports.folders import DATA, LayerFolder, begin, is_report, layer_folders
from visualize.reports.making import Making, alone
from visualize.reports.records import Fit, LayerFacts, UnitFacts
from visualize.reports.request import ReportRequest
from visualize.reports.transfers import FILE, keep, share
from visualize.reports.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.dissection import Table
    from visualize.dissection.at_hand import Finished
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch

_WEBP = (b"RIFF", b"WEBP")
_LARGEST = 4 << 20  # bytes of a picture that is taken over


def gather(results: Sequence[str | Path], site: Path, watch: Watch) -> None:
    """Put results that lie there into the folder of a report.

    Args:
        results: folders of reports and of dissections, and tables in NetDissect's columns.
        site: the report's folder.
        watch: shows how the work goes on.

    Raises:
        InputError: one of them is none of these, or cannot be read.
    """
    known = [(Path(where).expanduser(), _kind(where)) for where in results]
    with alone(site):
        begin(site)
        files: list[Path] = []
        for where, kind in known:
            if kind == "report":
                _take_over(where, site)
            elif kind == "transfer":
                files += [where if where.name == FILE else where / FILE]
            elif kind == "table":
                for table in open_tables([str(where)]):
                    _of_table(table, site)
            else:
                for held in given([where]):
                    _of_dissection(held, site, watch)
        if files:
            keep(site, {place.facts().model for place in layer_folders(site)}, Wording.of(*files), files)


def _kind(where: str | Path) -> str:
    """Kind of results: ``"report"``, ``"dissection"``, ``"transfer"`` or ``"table"``.

    Raises:
        InputError: there is nothing there.
    """
    path = Path(where).expanduser()
    if not path.exists():
        raise InputError(f"{where} is not there; give folders of reports or dissections, or tables")
    if path.is_dir() and is_report(path):
        return "report"
    if FILE in {path.name, *(item.name for item in path.glob(FILE))}:
        return "transfer"
    return "table" if path.is_file() and path.suffix.lower() == ".csv" else "dissection"


def _take_over(other: Path, site: Path) -> None:
    """Copy the records and pictures of another report: what its own pages would show, and nothing else."""
    if other.resolve() == site.resolve():
        return
    places = layer_folders(other)
    if not places:
        raise InputError(f"{other / DATA} holds no layer; make the report first")
    for place in places:
        facts, mine = place.facts(), LayerFolder(site, place.name)
        mine.pictures.mkdir(parents=True, exist_ok=True)
        for method in facts.methods:
            views = place.views(method)
            for view in views.values():
                for file in (*(shown.file for shown in view.pictures), *(mark for mark, _ in view.legend)):
                    _copy(place.pictures / file, mine.pictures / file)
            mine.settle(method, list(views.values()))
        mine.write(facts, place.units().values())
        if called := place.people():
            mine.write_people(called)
    share(other, site)


def _copy(picture: Path, to: Path) -> None:
    """Copy a picture, unless it is none."""
    if picture.is_symlink() or not picture.is_file() or picture.stat().st_size > _LARGEST:
        return
    with picture.open("rb") as file:
        head = file.read(12)
    if (head[:4], head[8:]) == _WEBP:
        shutil.copyfile(picture, to)


def _of_table(table: Table, site: Path) -> None:
    """A layer of which only a table is there: names, and no picture."""
    wording = Wording.of(table.folder or None)
    name = wording.name(table.model or table.name)
    layer = table.layer or "layer"
    units = [
        UnitFacts(
            unit=verdict.unit,
            fits=tuple(
                Fit(category=category, name=spoken(category, best.label), iou=best.iou)
                for category, best in sorted(verdict.bests.items(), key=lambda item: -item[1].iou)
                if best.label and best.iou > 0
            ),
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


def _of_dissection(held: Finished, site: Path, watch: Watch) -> None:
    """Layers of a dissection, with the pictures that are kept of their units."""
    from visualize.data.open import open_any
    from visualize.data.segmenters.names import named_by_a_record
    from visualize.models.loading import load

    if held.turned:
        raise InputError(f"{held.folder} is of random directions, which have no pages; leave it out")
    source = held.source()
    where = source.get("where")
    try:
        with watch(f"loading {held.model}") as progress:
            probe = load(held.model, progress=progress)
    except InputError:
        probe = None
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
