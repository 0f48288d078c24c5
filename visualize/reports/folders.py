"""Folders of a report: where its records and pictures lie, written so that nothing that is whole is lost."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.files import save_bytes
from visualize.intake import json_text
from visualize.intake.fields import checked
from visualize.methods.errors import InputError
from visualize.pages.names import slug
from visualize.reports import records
from visualize.reports.records import FORMAT, LayerFacts, UnitFacts, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from visualize.people.consensus import PeopleName

DATA = "data"
PICTURES = "pictures"
MARKER = "report.json"
_LAYER = "layer.json"
_UNITS = "units.jsonl"
_PEOPLE = "people.json"
_ENDING = ".jsonl"


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
        return json_text.read(self._records / _LAYER, records.layer_facts)

    def units(self) -> dict[int, UnitFacts]:
        """Facts of the units, by their numbers; those that cannot be read are left aside."""
        return {item.unit: item for item in _lines(self._records / _UNITS, "unit") if isinstance(item, UnitFacts)}

    def people(self) -> dict[int, PeopleName]:
        """Names that people gave, by the units' numbers; none if they cannot be read."""
        path = self._records / _PEOPLE
        try:
            return json_text.read(path, records.people) if path.is_file() else {}
        except InputError:
            return {}

    def write_people(self, names: Mapping[int, PeopleName]) -> None:
        """Write names that people gave."""
        held = {str(unit): records.document(name) for unit, name in sorted(names.items())}
        save_bytes(f"{json.dumps(held, indent=1)}\n".encode(), self._records / _PEOPLE)

    def views(self, method: str) -> dict[int, View]:
        """A method's views by the units' numbers; those that cannot be read, or lack a picture, are left aside."""
        there = {path.name for path in self.pictures.glob("*")}
        held = (item for item in _lines(self._views(method), "view") if isinstance(item, View))
        return {item.unit: item for item in held if {shown.file for shown in item.pictures} <= there}

    def write(self, facts: LayerFacts, units: Iterable[UnitFacts]) -> None:
        """Write the facts of the layer and of its units."""
        _save_lines(self._records / _UNITS, units)
        text = json.dumps({"format": FORMAT, **records.document(facts)}, indent=1)
        save_bytes(f"{text}\n".encode(), self._records / _LAYER)

    @contextmanager
    def adding(self, method: str) -> Iterator[Adding]:
        """Add views of a method; each is there once it is added, whatever happens after."""
        path = self._views(method)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pictures.mkdir(parents=True, exist_ok=True)
        _end_line(path)
        with path.open("ab") as file:
            yield Adding(file)

    def settle(self, method: str, views: Sequence[View]) -> None:
        """Write the views of a method anew, each once, in the order of the units."""
        _save_lines(self._views(method), sorted(views, key=lambda item: item.unit))

    def _views(self, method: str) -> Path:
        return self._records / f"view-{slug(method)}{_ENDING}"


@dataclass(frozen=True)
class Adding:
    """Takes views one by one."""

    file: IO[bytes]

    def add(self, item: View) -> None:
        """Write a view behind the others."""
        self.file.write(_line(item))
        self.file.flush()


def layer_folders(site: Path) -> list[LayerFolder]:
    """Folders of the layers of a report, by name."""
    return [LayerFolder(site, path.parent.name) for path in sorted((site / DATA).glob(f"*/{_LAYER}"))]


def begin(site: Path) -> None:
    """Make the folder of a report, or go on with the one that is there.

    Raises:
        InputError: other pages lie in its place.
    """
    if site.exists() and not site.is_dir():
        raise InputError(f"{site} is a file; give a folder for the report")
    if not is_report(site) and (site / "index.html").exists():
        raise InputError(f"{site} holds an index.html that no report wrote; give another folder with --out")
    save_bytes(f"{json.dumps({'format': FORMAT})}\n".encode(), site / DATA / MARKER)


def is_report(site: Path) -> bool:
    """Whether a folder holds a report."""
    return (site / DATA / MARKER).is_file()


def _line(item: View | UnitFacts) -> bytes:
    return f"{json.dumps(records.document(item), separators=(',', ':'), allow_nan=False)}\n".encode()


def _save_lines(path: Path, items: Iterable[View | UnitFacts]) -> None:
    save_bytes(b"".join(map(_line, items)), path)


def _end_line(path: Path) -> None:
    """End a line that a killed process left unfinished."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")


def _lines(path: Path, kind: str) -> Iterator[View | UnitFacts]:
    """Records of a file, a line each; lines that are none are passed over."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                yield checked(json_text.parse(line, str(path)), records.READERS[kind], str(path))
            except InputError:
                continue
