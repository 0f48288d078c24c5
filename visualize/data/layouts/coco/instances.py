"""COCO's instances and stuff (Lin et al. 2014; Caesar et al. 2018): a JSON file of polygons and run lengths.

A pixel bears every concept that an object there has: what lies on a table does not make the table end there, and the
file's order says nothing. A crowd is labelled as what it is a crowd of.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.inner_paths import climbs
from visualize.data.files.picture_files import picture_size
from visualize.data.layouts.coco import fields as coco_fields
from visualize.data.layouts.coco.masks import Polygons, Runs, mask, outline, require_drawable, require_tools
from visualize.data.layouts.coco.panoptic import panoptic_tables, read_panoptic
from visualize.data.layouts.concept_numbers import numbered, of_mask
from visualize.data.layouts.layout import Annotation, Layout, MapFile
from visualize.data.layouts.listed import Listed
from visualize.data.layouts.walk import listed_once, walk
from visualize.intake import json_text
from visualize.intake.fields import items, numeral, record
from visualize.intake.regular_files import opened
from visualize.methods.errors import BrokenImage, InputError, one_line
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.pictures.labelled import Concept

_DEPTH = 3  # folders below the one given that are looked through
_MOST = 0xFFFF  # categories
_TIMES = 20  # its own length that the table may take in memory: lists of short numbers take as much
_OTHER = (183, "other")  # in tables of stuff: whatever is a thing
_LOOK = 40  # JSON files that are looked into
_WANTED, _WITHOUT = (b'"annotations"', b'"images"', b'"segmentation"'), b'"segments_info"'
_AT_ONCE, _MOST_LOOKED = 1 << 24, 4 << 30  # bytes of a file that are searched together, and altogether
_PROBED = 50  # pictures that are looked for to find their folder


@dataclass(frozen=True, slots=True)
class _Entry:
    """A picture: its file, height and width where both are stated, and outlines by the number of their concept."""

    picture: str
    size: Size | None
    outlines: tuple[tuple[int, tuple[Polygons | Runs, ...]], ...]


@dataclass(frozen=True)
class CocoInstances(Listed):
    """Photographs with outlines of things, or of stuff; masks are made when a picture's labels are asked for.

    Args:
        name: what to call the set.
        root: the folder given, or that of the JSON file.
        table: the JSON file.
        folder: of the photographs.
        known: the set's concepts.
        entries: the pictures.
        remarks: sentences on what was left out.
        categories: always "object" alone.
        kind: what the format is called.
    """

    name: str
    root: Path
    table: Path
    folder: Path
    known: tuple[Concept, ...]
    entries: tuple[_Entry, ...]
    remarks: tuple[str, ...] = ()
    categories: tuple[str, ...] = ("object",)
    kind: str = "COCO instances"

    @property
    def picture_folder(self) -> Path:
        """The folder of the photographs."""
        return self.folder

    def annotation(self, index: int) -> Annotation:
        """A label map for each concept of a picture, drawn when it is read.

        Raises:
            BrokenImage: the picture's size is not stated, and its file cannot be read, or its outlines are too much.
        """
        entry = self.entries[index]
        size = entry.size or picture_size(self.picture(index), name=entry.picture)[:2]
        try:
            require_drawable([outlines for _, outlines in entry.outlines], size)
        except ValueError as fault:
            raise _broken(self.table, entry.picture, fault) from fault
        maps = tuple(
            MapFile(
                self.table,
                functools.partial(_drawn, outlines=outlines, size=size),
                (("object", functools.partial(of_mask, concept=number)),),
            )
            for number, outlines in entry.outlines
        )
        return Annotation(maps, size=entry.size, apart=True)

    def sources(self, index: int) -> Sequence[Path | str]:
        """No file of a picture's own: the JSON file holds all labels."""
        return [repr(self.entries[index].size)]

    def tables(self) -> Sequence[Path]:
        """The JSON file, which holds for all pictures."""
        return [self.table]


def _drawn(path: Path, picture: str, *, outlines: tuple[Polygons | Runs, ...], size: Size) -> NDArray[np.uint8]:
    """The mask of one concept: rows x columns, 1 inside."""
    try:
        return mask(outlines, size)
    except InputError:
        raise
    except (ValueError, TypeError, OverflowError) as fault:
        raise _broken(path, picture, fault) from fault


def _broken(path: Path, picture: str, fault: Exception) -> BrokenImage:
    reason = one_line(fault)
    return BrokenImage(picture, f"its outlines in {printable(str(path))} cannot be drawn: {reason}")


def instance_tables(root: Path) -> list[Path]:
    """The JSON files below a folder that hold outlines as COCO's do, found by the words in them."""
    names = (
        folder / name
        for folder, _, files in walk(root, depth=_DEPTH)
        for name in files
        if name.lower().endswith(".json") and not name.startswith(("panoptic", "person_keypoints", "captions"))
    )
    return [path for _, path in zip(range(_LOOK), names, strict=False) if _holds_outlines(path)]


def _holds_outlines(path: Path) -> bool:
    """Whether a file has the words of such a table, which stand in any order."""
    missing = set(_WANTED)
    try:
        with opened(path, most=_MOST_LOOKED) as file:
            if not file.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
                return False
            end = b""
            while missing and (block := file.read(_AT_ONCE)):
                missing -= {word for word in missing if word in end + block}
                if _WITHOUT in end + block:
                    return False
                end = block[-32:]
    except (OSError, InputError):
        return False
    return not missing


def read_instances(where: Path) -> CocoInstances:
    """Read a JSON file of outlines, and find the folder of its photographs.

    Args:
        where: the JSON file, or a folder with one in it or below.

    Raises:
        InputError: there is no such file or there are several, it is no table of outlines, its photographs are not
            found, or pycocotools is not installed.
    """
    table = where if where.is_file() else _only(where)
    root = where.parent if where.is_file() else where
    content = json_text.read(table, _table, times=_TIMES)
    require_tools()
    pictures, shapes = dict(content["images"]), Counter[str]()
    if len(pictures) < len(content["images"]):
        raise InputError(f"{printable(str(table))} lists an image twice")
    names = dict(content["categories"])
    if not names or not pictures or len(names) < len(content["categories"]):
        raise InputError(f"{printable(str(table))} lists no categories, one of them twice, or no images")
    things = {number for number, name in names.items() if (number, name) == _OTHER}
    shift = int(0 in names)  # a concept has no number 0
    outlines: dict[int | str, dict[int, list[Polygons | Runs]]] = defaultdict(lambda: defaultdict(list))
    for place, (image, category, shape) in enumerate(content["annotations"]):
        if image not in pictures or category not in names:
            what = f"image {image!r:.60}" if image not in pictures else f"category {category}"
            raise InputError(f"{printable(str(table))}: annotations[{place}] is of {what}, which is not listed")
        shapes["drawn" if shape is not None else "none"] += 1
        if shape is not None and category not in things:
            outlines[image][category + shift].append(shape)
    if not shapes["drawn"]:
        raise InputError(
            f"{printable(str(table))} has {shapes['none']:,} annotations and no outline among them (segmentation); "
            f"boxes alone say too little of where things are"
        )
    entries = [
        _Entry(file, size, tuple((number, tuple(each)) for number, each in sorted(outlines[image].items())))
        for image, (file, size) in pictures.items()
    ]
    folder, there = _found(table, root, entries)
    named = {number + shift: name for number, name in names.items() if number not in things}
    concepts = tuple(numbered(named, "object"))
    remarks = _remarks(table, shapes, (len(there), len(entries)), folder)
    return CocoInstances(coco_fields.set_name(where), root, table, folder, concepts, tuple(there), remarks)


def _remarks(table: Path, shapes: Counter[str], pictures: tuple[int, int], folder: Path) -> tuple[str, ...]:
    there, listed = pictures
    said = []
    if there < listed:
        said.append(f"{listed - there:,} of {listed:,} pictures of {table.name} are not in {folder} and are left out")
    if shapes["none"]:
        said.append(f"{table.name}: {shapes['none']:,} annotations without an outline are left out")
    return tuple(map(printable, said))


def read_coco(where: Path) -> Layout:
    """Read a JSON file of COCO's, panoptic or with outlines, or the only one in a folder.

    Args:
        where: the JSON file, or a folder.

    Raises:
        InputError: what :func:`read_instances` or :func:`~visualize.data.layouts.coco.panoptic.read_panoptic` raises.
    """
    holds = _holds_outlines(where) if where.is_file() else not panoptic_tables(where) and bool(instance_tables(where))
    return read_instances(where) if holds else read_panoptic(where)


def _only(root: Path) -> Path:
    tables = instance_tables(root)
    if len(tables) != 1:
        paths = ", ".join(printable(path.relative_to(root).as_posix()) for path in tables)
        raise InputError(
            f"one JSON file with images, annotations and outlines (segmentation) was expected in "
            f"{printable(str(root))}, and there are {f'several: {paths}' if tables else 'none'}; give it as "
            f"coco:FILE.json"
        )
    return tables[0]


def _found(table: Path, root: Path, entries: Sequence[_Entry]) -> tuple[Path, list[_Entry]]:
    """The folder of the photographs, and the entries whose photograph is there.

    Raises:
        InputError: a path leads out of its folder, or none of some photographs is found.
    """
    for entry in entries:
        if climbs(entry.picture):
            raise InputError(f"{printable(str(table))}: {printable(entry.picture)} leads out of its folder")
    some = entries[:: max(1, len(entries) // _PROBED)][:_PROBED]
    with listed_once():
        for base in dict.fromkeys((root, table.parent, table.parent.parent)):
            for folder, _, _ in walk(base, depth=_DEPTH):
                if any((folder / entry.picture).is_file() for entry in some):
                    return folder, [entry for entry in entries if (folder / entry.picture).is_file()]
    raise InputError(
        f"{printable(entries[0].picture)}, with which {printable(str(table))} begins, was not found in folders below "
        f"{printable(str(root))}; put the photographs there"
    )


_annotation_fields = record(
    {"image_id": coco_fields.image_number, "category_id": numeral(0, _MOST - 1)}, {"segmentation": outline}
)


def _annotation(value: object) -> tuple[int | str, int, Polygons | Runs | None]:
    held = _annotation_fields(value)
    return held["image_id"], held["category_id"], held.get("segmentation")


_categories = items(coco_fields.category(numeral(0, _MOST - 1)))
_table = record({"images": items(coco_fields.image), "annotations": items(_annotation), "categories": _categories})
