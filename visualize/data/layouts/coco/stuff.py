"""COCO-Stuff (Caesar et al. 2018): maps of things and stuff with labels.txt, or of stuff with its JSON file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from visualize.data.files.csv_tables import as_whole
from visualize.data.files.text_files import read_lines
from visualize.data.layouts.concept_numbers import numbered
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import folder_of, pictures_below, walk
from visualize.intake import json_text
from visualize.intake.fields import items, numeral, record, text
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path


LABELS = "labels.txt"
_STUFF = re.compile(r"stuff_.*_pixelmaps")
_THINGS = ("stuffthingmaps", "annotations", "labels")
_SPLIT = re.compile(r"(train|val)20[0-9]{2}")
_LINE = re.compile(r"\s*([0-9]+)\s*:\s*(\S.*?)\s*")
_MOST = 0xFFFF  # the number of a class
_TIMES = 12  # its own length that the table may take in memory
_TABLE = record({"categories": items(record({"id": numeral(1, _MOST), "name": text(1, 500)}))})
_OTHER = 183  # in maps of stuff: whatever is a thing


def is_coco_stuff(root: Path) -> bool:
    """Whether the folder holds maps of stuff with their JSON file, or maps of things and stuff with ``labels.txt``."""
    return bool(_pixelmaps(root) or (_labels(root) and _splits(root)))


def read_coco_stuff(root: Path) -> Paired:
    """Find the maps, the meanings of their values, and the photographs.

    Raises:
        InputError: a part of that is missing or cannot be used.
    """
    stuff, labels = _pixelmaps(root), _labels(root)
    if stuff:
        explained = stuff[0].with_name(stuff[0].name.removesuffix("_pixelmaps") + ".json")
        names = {number: name for number, name in _from_json(explained).items() if number != _OTHER}
        shift, folders, void = 0, stuff, (_OTHER,)
    elif labels and _splits(root):
        explained, names = labels, _from_text(labels)
        # a map of things and stuff stores the number in labels.txt less one, and 255 for no label
        shift, folders, void = 1, _splits(root), (255,)
    else:
        raise InputError(f"{root} has neither stuff_*_pixelmaps with their JSON nor stuffthingmaps with {LABELS}")
    return Paired(
        kind="COCO-Stuff",
        name=printable(root.resolve().name),
        root=root,
        categories=("object",),
        known=tuple(numbered(names, "object")),
        entries=tuple(pair for folder in folders for pair in _pairs(root, folder)),
        values={"object": {number - shift: number for number in names}},
        void=void,
        explained=explained,
    )


def _pixelmaps(root: Path) -> list[Path]:
    """Folders of maps of stuff whose JSON file lies beside them."""
    return [
        folder / name
        for folder, inner, files in walk(root, depth=3)
        for name in inner
        if _STUFF.fullmatch(name) and name.removesuffix("_pixelmaps") + ".json" in files
    ]


def _labels(root: Path) -> Path | None:
    return next((folder / LABELS for folder, _, files in walk(root, depth=1) if LABELS in files), None)


def _splits(root: Path) -> list[Path]:
    """Folders of maps of things and stuff: ``stuffthingmaps/val2017`` and their like."""
    return [
        folder / name
        for folder, inner, _ in walk(root, depth=2)
        if folder.name in _THINGS
        for name in inner
        if _SPLIT.fullmatch(name) and next((folder / name).glob("*.png"), None)
    ]


def _pairs(root: Path, maps: Path) -> list[Pair]:
    label_maps = pictures_below(root, maps.relative_to(root).as_posix())
    if not label_maps:
        raise InputError(f"no maps in {maps}")
    first = f"{next(iter(label_maps))}.jpg"
    folder = folder_of(first, root)
    if folder is None:
        raise InputError(f"no folder below {root} holds {first}, the photograph of the first map in {maps}")
    return [Pair((folder / f"{stem}.jpg").relative_to(root).as_posix(), path) for stem, path in label_maps.items()]


def _from_json(path: Path) -> dict[int, str]:
    content = json_text.read(path, _TABLE, times=_TIMES)
    return {category["id"]: category["name"] for category in content["categories"]}


def _from_text(path: Path) -> dict[int, str]:
    """Names of classes in a ``labels.txt``, whose lines are like "1: person"; 0 is unlabelled."""
    names = {}
    for line, content in enumerate(read_lines(path), start=1):
        match = _LINE.fullmatch(content)
        if content.strip() and match is None:
            raise InputError(f"{printable(str(path))}, line {line}: expected NUMBER: NAME, not {content!r}")
        number = as_whole(match[1]) if match else 0
        if number is None or number > _MOST:
            raise InputError(f"{printable(str(path))}, line {line}: numbers of classes end at {_MOST:,}")
        if match and number:
            names[number] = match[2]
    return names
