"""Folders of a report: where its records and pictures lie, written so that nothing that is whole is lost."""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from visualize.files import save_bytes
from visualize.intake import json_text
from visualize.intake.fields import checked
from visualize.intake.json_seals import sealed, unsealed
from visualize.intake.regular_files import require_regular
from visualize.methods.errors import InputError, InputWarning
from visualize.pages.names import slug
from visualize.printable import printable
from visualize.reports import records
from visualize.reports.picture_files import mark, picture
from visualize.reports.record_lines import RecordLines, damaged, record_line
from visualize.reports.records import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from visualize.people.consensus import PeopleName
    from visualize.reports.records import LayerFacts, UnitFacts, View

Item = TypeVar("Item", "UnitFacts", "View")

DATA = "data"
PICTURES = "pictures"
MARKER = "report.json"
_LAYER = "layer.json"
_UNITS = "units.jsonl"
_PEOPLE = "people.json"
_ENDING = ".jsonl"
_FILES = {".css", ".html", ".js", ".json", _ENDING, ".svg", ".webp"}  # endings of files, which are replaced whole


@dataclass(frozen=True)
class LayerFolder:
    """The records and pictures of one layer.

    Args:
        site: the report's folder.
        name: of the layer's folders in it.
    """

    site: Path
    name: str

    @classmethod
    def of(cls, site: Path, model: str, layer: str, data: str) -> LayerFolder:
        """The folder of a layer of a network on a set, by their names."""
        return cls(site, slug(*filter(None, (model, layer, data))))

    @property
    def pictures(self) -> Path:
        """Folder of the layer's pictures."""
        return self.site / PICTURES / self.name

    @property
    def _records(self) -> Path:
        return self.site / DATA / self.name

    def facts(self) -> LayerFacts:
        """Facts of the layer.

        Raises:
            InputError: they are not there, or are none.
        """
        path = self._records / _LAYER
        return checked(unsealed(json_text.load(path), str(path)), records.layer_facts, str(path))

    def units(self) -> dict[int, UnitFacts]:
        """Facts of the units, by their numbers; those that cannot be read are left aside."""
        lines = RecordLines(self._records / _UNITS, records.unit_facts)
        return {item.unit: item for item in lines.good()}

    def people(self) -> dict[int, PeopleName]:
        """Names that people gave, by the units' numbers; none if there are none, or, as is said, they are damaged."""
        path = self._records / _PEOPLE
        if not path.is_symlink() and not path.exists():
            return {}
        try:
            return checked(unsealed(json_text.load(path), str(path)), records.people, str(path))
        except InputError as fault:
            warnings.warn(f"names that people gave are left out: {fault}", InputWarning, stacklevel=2)
            return {}

    def write_people(self, names: Mapping[int, PeopleName]) -> None:
        """Write names that people gave."""
        held = {str(unit): records.document(name) for unit, name in sorted(names.items())}
        save_bytes(f"{json.dumps(sealed(held), indent=1)}\n".encode(), self._records / _PEOPLE)

    def views(self, method: str) -> dict[int, View]:
        """A method's views by the units' numbers; those that cannot be read, or lack a picture, are left aside."""
        lines = RecordLines(self._views(method), records.view)
        return {item.unit: item for item in lines.good() if self._lacking(item) is None}

    def content(self) -> LayerContent:
        """Everything that pages show of the layer, nothing of which is missing or damaged.

        Raises:
            InputError: something is; the message names the file.
        """
        facts, path = self.facts(), self._records / _UNITS
        units = _by_unit(RecordLines(path, records.unit_facts))
        if sorted(units) != list(range(facts.units)):
            raise damaged(path, f"it lists {len(units)} of {facts.units} units")
        views = {method: self._all_views(method) for method in facts.methods}
        for method, count in facts.views.items():
            if len(views.get(method, ())) != count:
                raise damaged(self._views(method), f"it lists {len(views.get(method, ()))} of {count} units")
        return LayerContent(self, facts, units, views, self.people())

    def _all_views(self, method: str) -> dict[int, View]:
        path = self._views(method)
        views = _by_unit(RecordLines(path, records.view))
        lacking = next(filter(None, map(self._lacking, views.values())), None)
        if lacking is not None:
            raise damaged(self.pictures / lacking, "it is not the picture that was drawn")
        return views

    def _lacking(self, view: View) -> str | None:
        """File of a picture, or of a mark, that is not there as it was drawn."""
        for shown in view.pictures:
            if picture(self.pictures / shown.file, shown.crc32) is None:
                return shown.file
        return next((file for file, _ in view.legend if mark(self.pictures / file) is None), None)

    def write(self, facts: LayerFacts, units: Iterable[UnitFacts]) -> None:
        """Write the facts of the layer and of its units."""
        _save_lines(self._records / _UNITS, units)
        text = json.dumps(sealed({"format": FORMAT, **records.document(facts)}), indent=1)
        save_bytes(f"{text}\n".encode(), self._records / _LAYER)

    @contextmanager
    def adding(self, method: str) -> Iterator[Adding]:
        """Add views of a method; each is there once it is added, whatever happens after."""
        path = self._views(method)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pictures.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()  # what it leads to is left as it is
        elif path.exists():
            require_regular(path)
        _end_line(path)
        with path.open("ab") as file:
            yield Adding(file)

    def settle(self, method: str, views: Sequence[View]) -> None:
        """Write the views of a method anew, each once, in the order of the units."""
        _save_lines(self._views(method), sorted(views, key=lambda item: item.unit))

    def _views(self, method: str) -> Path:
        return self._records / f"view-{slug(method)}{_ENDING}"


@dataclass(frozen=True)
class LayerContent:
    """Everything that pages show of a layer.

    Args:
        folder: where it lies.
        facts: of the layer.
        units: facts of every unit, by their numbers.
        views: by the methods' names, and by the units' numbers.
        people: names that people gave, by the units' numbers.
    """

    folder: LayerFolder
    facts: LayerFacts
    units: Mapping[int, UnitFacts]
    views: Mapping[str, Mapping[int, View]]
    people: Mapping[int, PeopleName]


@dataclass(frozen=True)
class Adding:
    """Takes views one by one."""

    file: IO[bytes]

    def add(self, item: View) -> None:
        """Write a view behind the others."""
        self.file.write(record_line(item))
        self.file.flush()


def layer_folders(site: Path) -> list[LayerFolder]:
    """Folders of the layers of a report, by name."""
    return [LayerFolder(site, path.parent.name) for path in sorted((site / DATA).glob(f"*/{_LAYER}"))]


def begin(site: Path) -> None:
    """Make the folder of a report, or go on with the one that is there.

    Raises:
        InputError: other pages lie in its place, or one of its own folders is a link.
    """
    if site.exists() and not site.is_dir():
        raise InputError(f"{site} is a file; give a folder for the report")
    if not is_report(site) and (site / "index.html").exists():
        raise InputError(f"{site} holds an index.html that no report wrote; give another folder with --out")
    _refuse_links(site)
    save_bytes(f"{json.dumps({'format': FORMAT})}\n".encode(), site / DATA / MARKER)


def _refuse_links(site: Path) -> None:
    """Refuse a report one of whose folders is a link: what is written there would go elsewhere.

    Raises:
        InputError: the message names the link.
    """
    for path in (*site.glob("*"), *site.glob("*/*")):
        if path.is_symlink() and (path.is_dir() or not (path.exists() or path.suffix in _FILES)):
            raise InputError(
                f"{printable(str(path))} is a link, and nothing is written through one; remove it, or give another "
                f"folder with --out"
            )


def is_report(site: Path) -> bool:
    """Whether a folder holds a report."""
    return (site / DATA / MARKER).is_file()


def _by_unit(lines: RecordLines[Item]) -> dict[int, Item]:
    """Records by the units' numbers.

    Raises:
        InputError: one is damaged, or a unit is there twice.
    """
    several: dict[int, Item] = {}
    for item in lines.all():
        if item.unit in several:
            raise damaged(lines.path, f"unit {item.unit} is there twice")
        several[item.unit] = item
    return several


def _save_lines(path: Path, items: Iterable[View | UnitFacts]) -> None:
    save_bytes(b"".join(map(record_line, items)), path)


def _end_line(path: Path) -> None:
    """End a line that a killed process left unfinished."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")
