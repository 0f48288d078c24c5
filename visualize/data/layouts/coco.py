"""COCO panoptic (Kirillov et al. 2019): segments by colour, with a JSON file that says what they are."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from methods.errors import InputError
from visualize.data.files.inner_paths import climbs, inside
from visualize.data.files.label_maps import read_colours, red_green_blue
from visualize.data.files.text_files import read_json
from visualize.data.layouts.concept_numbers import numbered
from visualize.data.layouts.layout import Annotation, Layout, MapFile
from visualize.data.layouts.walk import folder_of, walk
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from methods.pictures.labelled import Concept


_DEPTH = 3  # folders below the one given that are looked through
_MOST = 0xFFFF  # categories


@dataclass(frozen=True)
class _Entry:
    """One annotation: the picture, its segments' file, height and width, and (segment, category) in rising order."""

    picture: str
    segments: str
    size: tuple[int, int] | None
    numbers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CocoPanoptic(Layout):
    """Photographs with their panoptic segments. Things and stuff are both objects, as walls and sky are in Broden.

    Args:
        name: what to call the set.
        root: the folder given, or that of the JSON file.
        table: the JSON file.
        folders: the folder of the photographs, and that of the segments.
        known: the set's concepts.
        entries: the annotations, one for each picture.
        categories: always "object" alone.
        kind: what the format is called.
    """

    name: str
    root: Path
    table: Path
    folders: tuple[Path, Path]
    known: tuple[Concept, ...]
    entries: tuple[_Entry, ...]
    categories: tuple[str, ...] = ("object",)
    kind: str = "COCO panoptic"

    def __len__(self) -> int:
        return len(self.entries)

    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """Concepts that the JSON file lists as categories."""
        return [concept for concept in self.known if concept.category in categories]

    def file(self, index: int) -> str:
        """The file name of a photograph."""
        return self.entries[index].picture

    def picture(self, index: int) -> Path:
        """The file of a photograph.

        Raises:
            InputError: it is a link that leads out of its folder.
        """
        return inside(self.folders[0], self.entries[index].picture)

    def annotation(self, index: int) -> Annotation:
        """Label map of a picture's segments.

        Raises:
            InputError: the map is a link that leads out of its folder.
        """
        entry = self.entries[index]
        path = inside(self.folders[1], entry.segments)
        source = f"{printable(str(path))}: {printable(str(self.table))}"
        meaning = functools.partial(_meaning, numbers=entry.numbers, source=source)
        return Annotation((MapFile(path, read_colours, (("object", meaning),)),))

    def sources(self, index: int) -> Sequence[Path | str]:
        """The file of a picture's segments; the JSON file says what they are."""
        return [inside(self.folders[1], self.entries[index].segments)]

    def tables(self) -> Sequence[Path]:
        """The JSON file, which holds for all pictures."""
        return [self.table]


def panoptic_tables(root: Path) -> list[Path]:
    """The JSON files below a folder that are called after panoptic segmentations."""
    return [
        folder / name
        for folder, _, files in walk(root, depth=_DEPTH)
        for name in files
        if name.startswith("panoptic") and name.endswith(".json") and "categories" not in name
    ]


def read_panoptic(where: Path) -> CocoPanoptic:
    """Read a JSON file of panoptic segmentations and find the folders that belong to it.

    Args:
        where: the JSON file, or a folder with one ``panoptic*.json`` in it or below.

    Raises:
        InputError: there is no such file or there are several, it is no table of segmentations, or the folders are not
            found.
    """
    table = where if where.is_file() else _only(where)
    root = where.parent if where.is_file() else where
    content: Any = read_json(table)
    try:
        names = {
            int(category["id"]): str(category["name"]) for category in content.get("categories") or _companion(table)
        }
        sizes = {image["id"]: (str(image["file_name"]), _size(image)) for image in content["images"]}
        entries = tuple(_entry(annotation, sizes, set(names)) for annotation in content["annotations"])
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        what = f"{type(fault).__name__} {' '.join(str(fault).split())}"
        raise InputError(f"{printable(str(table))} is no table of panoptic segmentations: {what}") from fault
    if not entries or not names or not 0 < min(names) <= max(names) <= _MOST:
        raise InputError(f"{printable(str(table))} lists no annotations, or no categories numbered from 1 to {_MOST}")
    for path in {name for entry in entries for name in (entry.picture, entry.segments) if climbs(name)}:
        raise InputError(f"{printable(str(table))}: {printable(path)} leads out of its folder")
    folders = _folders(table, root, entries[0])
    return CocoPanoptic(printable(table.stem), root, table, folders, tuple(numbered(names, "object")), entries)


def _only(root: Path) -> Path:
    tables = panoptic_tables(root)
    if len(tables) != 1:
        there = f"several: {', '.join(str(path.relative_to(root)) for path in tables)}" if tables else "none"
        raise InputError(f"one panoptic*.json was expected in {root}, and there are {there}; give it as coco:FILE.json")
    return tables[0]


def _companion(table: Path) -> Any:  # noqa: ANN401 (whatever the file holds)
    """The categories in a file beside the table, as panopticapi has them."""
    beside = sorted(table.parent.glob("*categories*.json"))
    if not beside:
        raise InputError(f"{printable(str(table))} has no categories, and no *categories*.json lies beside it")
    return read_json(beside[0])


def _size(image: Any) -> tuple[int, int] | None:  # noqa: ANN401 (an object of JSON)
    return (int(image["height"]), int(image["width"])) if "height" in image and "width" in image else None


def _entry(annotation: Any, sizes: dict[Any, tuple[str, tuple[int, int] | None]], known: set[int]) -> _Entry:  # noqa: ANN401
    picture, size = sizes[annotation["image_id"]]
    segments = str(annotation["file_name"])
    numbers = tuple(
        sorted((int(segment["id"]), int(segment["category_id"])) for segment in annotation["segments_info"])
    )
    for segment, category in numbers:
        if category not in known:
            raise ValueError(f"segment {segment} of {segments} is of category {category}, which is not listed")
    return _Entry(picture, segments, size, numbers)


def _folders(table: Path, root: Path, entry: _Entry) -> tuple[Path, Path]:
    """The folders of the photographs and of the segments."""
    folder = table.with_suffix("")
    segments = folder if (folder / entry.segments).is_file() else None
    bases = dict.fromkeys((root, table.parent, table.parent.parent))
    for base in bases:
        segments = segments or folder_of(entry.segments, base)
        pictures = folder_of(entry.picture, base, other=segments if entry.picture == entry.segments else None)
        if pictures and segments:
            return pictures, segments
    raise InputError(
        f"{entry.picture} and {entry.segments}, which {printable(str(table))} begins with, were not found in folders "
        f"below {root}; put the photographs and the segments there"
    )


def _meaning(colours: NDArray[np.uint8], *, numbers: tuple[tuple[int, int], ...], source: str) -> NDArray[np.int32]:
    """Numbers of concepts of a map of segments; black is no segment.

    Raises:
        InputError: the map holds a segment that the JSON file does not list.
    """
    values = red_green_blue(colours)
    segments = np.array([0, *(segment for segment, _ in numbers)], np.int32)
    categories = np.array([0, *(category for _, category in numbers)], np.int32)
    places = np.searchsorted(segments, values).clip(0, len(segments) - 1)
    wrong = segments[places] != values
    if wrong.any():
        raise InputError(f"{source} does not have segment {int(values[wrong][0])}")
    concepts: NDArray[np.int32] = categories[places]
    return concepts
