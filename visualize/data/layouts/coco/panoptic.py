"""COCO panoptic (Kirillov et al. 2019): segments by colour, with a JSON file that says what they are."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from visualize.data.files.inner_paths import climbs, inside
from visualize.data.files.label_maps import read_colours, red_green_blue
from visualize.data.layouts.coco import fields as coco_fields
from visualize.data.layouts.concept_numbers import numbered
from visualize.data.layouts.layout import Annotation, MapFile
from visualize.data.layouts.listed import Listed
from visualize.data.layouts.walk import folder_of, walk
from visualize.intake import json_text
from visualize.intake.fields import items, numeral, record, text, whole
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    from numpy.typing import NDArray

    from visualize.data.layouts.coco.fields import Image
    from visualize.methods.pictures.labelled import Concept

    Key = TypeVar("Key", int, int | str)
    Item = TypeVar("Item")
    _Annotation = tuple[int | str, str, tuple[tuple[int, int], ...]]


_DEPTH = 3  # folders below the one given that are looked through
_MOST = 0xFFFF  # categories
_TIMES = 12  # its own length that the table may take in memory; COCO's take nine


@dataclass(frozen=True)
class _Entry:
    """One annotation: the picture, its segments' file, height and width, and (segment, category) in rising order."""

    picture: str
    segments: str
    size: tuple[int, int] | None
    numbers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CocoPanoptic(Listed):
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
    listed: ClassVar[bool] = True

    @property
    def picture_folder(self) -> Path:
        """The folder of the photographs."""
        return self.folders[0]

    def annotation(self, index: int) -> Annotation:
        """Label map of a picture's segments.

        Raises:
            InputError: the map is a link that leads out of its folder.
        """
        entry = self.entries[index]
        path = inside(self.folders[1], entry.segments)
        source = f"{printable(str(path))}: {printable(str(self.table))}"
        meaning = functools.partial(_meaning, numbers=entry.numbers, source=source)
        return Annotation((MapFile(path, read_colours, (("object", meaning),)),), size=entry.size)

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
    content = json_text.read(table, _panoptic, times=_TIMES)
    names = _once(content.get("categories") or _companion(table), "category", table)
    sizes = _once(content["images"], "image", table)
    entries = tuple(_entry(annotation, sizes, set(names), table) for annotation in content["annotations"])
    if not entries or not names:
        raise InputError(f"{printable(str(table))} lists no annotations, or no categories")
    for path in {name for entry in entries for name in (entry.picture, entry.segments) if climbs(name)}:
        raise InputError(f"{printable(str(table))}: {printable(path)} leads out of its folder")
    folders = _folders(table, root, entries[0])
    return CocoPanoptic(coco_fields.set_name(where), root, table, folders, tuple(numbered(names, "object")), entries)


def _only(root: Path) -> Path:
    tables = panoptic_tables(root)
    if len(tables) != 1:
        there = f"several: {', '.join(str(path.relative_to(root)) for path in tables)}" if tables else "none"
        raise InputError(f"one panoptic*.json was expected in {root}, and there are {there}; give it as coco:FILE.json")
    return tables[0]


def _once(pairs: Iterable[tuple[Key, Item]], what: str, table: Path) -> dict[Key, Item]:
    """Things by their numbers, of which no two are the same."""
    known: dict[Key, Item] = {}
    for number, item in pairs:
        if number in known:
            raise InputError(f"{printable(str(table))} lists {what} {printable(str(number))} twice")
        known[number] = item
    return known


def _companion(table: Path) -> tuple[tuple[int, str], ...]:
    """The categories in a file beside the table, as panopticapi has them."""
    beside = sorted(table.parent.glob("*categories*.json"))
    if not beside:
        raise InputError(f"{printable(str(table))} has no categories, and no *categories*.json lies beside it")
    return json_text.read(beside[0], _categories)


def _entry(annotation: _Annotation, images: Mapping[Any, Image], known: set[int], table: Path) -> _Entry:
    number, segments, numbers = annotation
    if number not in images:
        raise InputError(
            f"{printable(str(table))}: {printable(segments)} is of image {number!r:.60}, which is not listed"
        )
    for segment, category in numbers:
        if category not in known:
            raise InputError(
                f"{printable(str(table))}: segment {segment} of {printable(segments)} is of category {category}, which "
                f"is not listed"
            )
    _once(numbers, f"segment of {segments}", table)
    return _Entry(images[number][0], segments, images[number][1], numbers)


_segments = items(record({"id": whole(0, 0xFFFFFF), "category_id": whole(0, _MOST)}))
_annotation_fields = record(
    {"image_id": coco_fields.image_number, "file_name": text(1, 1000), "segments_info": _segments}
)


def _annotation(value: object) -> _Annotation:
    """Number of an image; the file of its segments, and (segment, category) in rising order."""
    held = _annotation_fields(value)
    numbers = tuple(sorted((segment["id"], segment["category_id"]) for segment in held["segments_info"]))
    return held["image_id"], held["file_name"], numbers


_categories = items(coco_fields.category(numeral(1, _MOST)))
_panoptic = record({"images": items(coco_fields.image), "annotations": items(_annotation)}, {"categories": _categories})


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
