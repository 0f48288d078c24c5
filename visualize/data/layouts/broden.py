"""Broden's format (Bau, Zhou et al. 2017): index.csv, category.csv, label.csv, c_*.csv, and a folder of images."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from visualize.data.files.csv_tables import as_shown, as_whole, columns, read_table
from visualize.data.files.inner_paths import inside
from visualize.data.files.label_maps import lookup, read_colours, red_green, translate
from visualize.data.layouts.layout import Annotation, Layout, MapFile
from visualize.methods.errors import InputError
from visualize.methods.pictures.labelled import Concept
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.csv_tables import Row
    from visualize.data.files.registration import Size
    from visualize.data.layouts.layout import Meaning
    from visualize.methods.network.preprocessing import Preparation


INDEX, CATEGORIES, LABELS, PICTURES = "index.csv", "category.csv", "label.csv", "images"
USUAL_ORDER = ("object", "part", "scene", "material", "texture", "color")
_SIZES = ("ih", "iw", "sh", "sw")
_FINEST = 4  # times as many rows as its picture that a label map may have
_MOST_SIDE = 1 << 20  # pixels
_COUNTED = re.compile(r"\s*([^();]+?)\s*(?:\(\s*([0-9]+)\s*\))?\s*(?:;|$)")  # "object(467);part(12)"


@dataclass(frozen=True, slots=True)
class _Picture:
    """A line of the index: the picture, its and its label maps' height and width, and its labels by category."""

    path: str
    size: Size
    label_size: Size
    labels: tuple[tuple[str, tuple[str | int, ...]], ...]


@dataclass(frozen=True)
class _Label:
    """A line of label.csv, with how much the label covers in each category."""

    number: int
    name: str
    covers: Mapping[str, float]


@dataclass(frozen=True)
class Broden(Layout):
    """A folder in Broden's format.

    Args:
        name: what to call the set.
        root: the folder.
        categories: the set's categories.
        pictures: the lines of the index.
        known: the set's labels, in rising order of numbers.
        kind: what the format is called.
    """

    name: str
    root: Path
    categories: tuple[str, ...]
    pictures: tuple[_Picture, ...]
    known: tuple[_Label, ...]
    kind: str = "Broden"
    listed: ClassVar[bool] = True

    def __len__(self) -> int:
        return len(self.pictures)

    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """Concepts, each under the one of the categories in which it covers most; of equals, the last one asked for."""
        concepts = []
        for label in self.known:
            covers = [(share, place) for place, name in enumerate(categories) if (share := label.covers.get(name, 0.0))]
            if covers:
                concepts.append(Concept(label.number, label.name, categories[max(covers)[1]]))
        return concepts

    def file(self, index: int) -> str:
        """The path of a picture as the index has it."""
        return self.pictures[index].path

    def picture(self, index: int) -> Path:
        """The file of a picture.

        Raises:
            InputError: it is a link that leads out of the folder.
        """
        return self._inside(self.pictures[index].path)

    def annotation(self, index: int) -> Annotation:
        """Label maps of a picture, and labels that hold for the whole of it.

        Raises:
            InputError: a label map is a link that leads out of the folder.
        """
        line = self.pictures[index]
        maps, wholes = [], []
        for category, cells in line.labels:
            for cell in cells:
                if isinstance(cell, int):
                    wholes.append((category, cell))
                else:
                    path = self._inside(cell)
                    maps.append(MapFile(path, read_colours, ((category, self._meaning(path)),), line.label_size))
        return Annotation(tuple(maps), tuple(wholes), line.size)

    def sources(self, index: int) -> Sequence[Path | str]:
        """Files of a picture's label maps, and its line of the index."""
        line = self.pictures[index]
        paths = [cell for _, cells in line.labels for cell in cells if isinstance(cell, str)]
        return [*map(self._inside, paths), repr((line.size, line.label_size, line.labels))]

    def tables(self) -> Sequence[Path]:
        """Files that say how labels are numbered and in which category each counts."""
        rest = (self.root / f"c_{category}.csv" for category in self.categories)
        return [self.root / LABELS, *(path for path in rest if path.is_file())]

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of label maps, in the set's proportion to pictures: in Broden 112 for 224, 113 for 227."""
        first = self.pictures[0]
        if any(stored > _FINEST * whole for stored, whole in zip(first.label_size, first.size, strict=True)):
            raise InputError(
                f"{printable(str(self.root / INDEX))} says that label maps are {first.label_size[1]} x "
                f"{first.label_size[0]} and pictures {first.size[1]} x {first.size[0]} pixels; no map is so much finer"
            )
        tall, wide = (
            max(1, asked * stored // whole)
            for asked, stored, whole in zip(preparation.size, first.label_size, first.size, strict=True)
        )
        return tall, wide

    @functools.cached_property
    def _table(self) -> NDArray[np.int32]:
        return lookup([(label.number, label.number) for label in self.known])

    def _meaning(self, path: Path) -> Meaning:
        source = f"{printable(str(path))}: {self.root / LABELS}"
        return lambda values: translate(red_green(values), self._table, source)

    def _inside(self, path: str) -> Path:
        return inside(self.root, f"{PICTURES}/{path}")


def is_broden(root: Path) -> bool:
    """Whether the folder has an index with a column ``image``.

    Raises:
        InputError: the index cannot be read.
    """
    return (root / INDEX).is_file() and "image" in columns(root / INDEX)


def broden_pictures(root: Path) -> list[str]:
    """The paths of the pictures that the index lists, below ``images``.

    Raises:
        InputError: the index cannot be used.
    """
    listed = [row.path("image", PICTURES) for row in read_table(root / INDEX, ["image"])[1]]
    _check_folder(root)
    return listed


def read_broden(root: Path) -> Broden:
    """Read the tables of a folder in Broden's format; pictures and label maps are read when they are asked for.

    Raises:
        InputError: a table is missing, cannot be read, lacks a column, or holds what cannot be; the message names file
            and line.
    """
    categories = _categories(root)
    known = _labels(root, categories)
    numbers = {label.number for label in known}
    _check_folder(root)
    _, rows = read_table(root / INDEX, ["image", *_SIZES, *categories])
    pictures = tuple(_picture(row, categories, numbers) for row in rows)
    name = printable(root.resolve().name or str(root))
    return Broden(name, root, categories, pictures, known)


def _check_folder(root: Path) -> None:
    if not (root / PICTURES).is_dir():
        raise InputError(f"{root} has Broden's {INDEX} but no folder {PICTURES} beside it")


def _categories(root: Path) -> tuple[str, ...]:
    """The names in category.csv: the usual ones in their usual order, then others in the file's."""
    _, rows = read_table(root / CATEGORIES, ["name"])
    names: list[str] = []
    for row in rows:
        if not re.fullmatch(r"[^/\\\0;]+", row["name"]) or row["name"] in {"image", "split", *_SIZES, *names}:
            raise row.wrong(f"{row['name']!r} cannot be the name of a category, or is there twice")
        names.append(row["name"])
    if not names:
        raise InputError(f"{root / CATEGORIES} lists no category")
    usual = [name for name in USUAL_ORDER if name in names]
    return (*usual, *(name for name in names if name not in USUAL_ORDER))


def _labels(root: Path, categories: Sequence[str]) -> tuple[_Label, ...]:
    covers = {category: _coverage(root / f"c_{category}.csv") for category in categories}
    labels: dict[int, _Label] = {}
    _, rows = read_table(root / LABELS, ["number", "name"])
    for row in rows:
        number = row.whole("number")
        if number == 0:  # "no label", which some sets list
            continue
        if number in labels or number > 0xFFFF or not row["name"]:
            problem = "is there twice" if number in labels else "has no name" if number <= 0xFFFF else "is above 65535"
            raise row.wrong(f"label {number} {problem}")
        shares = {category: table[number] for category, table in covers.items() if table.get(number)}
        shares = shares or _counted(row, categories)
        if not shares:
            raise row.wrong(
                f"label {number} ({row['name']}) is in no category: neither c_*.csv nor this line says which"
            )
        labels[number] = _Label(number, row["name"], shares)
    if not labels:
        raise InputError(f"{root / LABELS} lists no label")
    return tuple(labels[number] for number in sorted(labels))


def _coverage(path: Path) -> dict[int, float]:
    """Label -> how many pictures' worth of pixels it covers in a category, where its table is there."""
    if not path.is_file():
        return {}
    heads, rows = read_table(path, ["number"])
    column = next((name for name in ("coverage", "frequency") if name in heads), None)
    if column is None:
        raise InputError(f"{path} has no column coverage; its columns are {', '.join(as_shown(heads))}")
    return {row.whole("number"): max(row.number(column, least=0), _TRACE) for row in rows}


_TRACE = 1e-12  # a label that a category lists with coverage 0 still belongs to it, after any other


def _counted(row: Row, categories: Sequence[str]) -> dict[str, float]:
    """Numbers of pictures by category in which a label occurs, as label.csv itself says."""
    counts = {name: max(float(count or 1), _TRACE) for name, count in _COUNTED.findall(row["category"])}
    return {name: share for name, share in counts.items() if name in categories}


def _picture(row: Row, categories: Sequence[str], numbers: set[int]) -> _Picture:
    tall, wide, label_tall, label_wide = (row.whole(column, least=1, most=_MOST_SIDE) for column in _SIZES)
    labels = tuple((category, cells) for category in categories if (cells := _cells(row, category, numbers)))
    return _Picture(row.path("image", PICTURES), (tall, wide), (label_tall, label_wide), labels)


def _cells(row: Row, category: str, numbers: set[int]) -> tuple[str | int, ...]:
    """The labels of one picture in one category: paths of label maps, and numbers that hold for the whole picture."""
    labels: list[str | int] = []
    for text in filter(None, map(str.strip, row[category].split(";"))):
        number = as_whole(text)
        if number is None:
            labels.append(row.inner(text, PICTURES))
        elif number in numbers:
            labels.append(number)
        elif number:
            raise row.wrong(f"the column {category} holds label {number}, which {LABELS} does not have")
    return tuple(labels)
