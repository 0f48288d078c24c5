"""A folder of images with a folder of masks and a file of names: the layout for label maps of one's own.

::

    images/any/path/a.jpg     the pictures
    masks/any/path/a.png      their label maps: same path and size, any ending; a picture without one is not annotated
    names.txt                 what the values in masks mean; or names.csv, or names.json

A mask is grey or has a palette, and holds a value for each pixel; one in colour holds red + 256 x green. 0 is no label,
and so is 255 unless it has a name.

- ``names.txt``: line n names value n. Or each line has a value and a name: ``7 sky``, ``7: sky``, ``7,sky``.
- ``names.csv``: columns ``number`` and ``name``, and ``category`` if there are several.
- ``names.json``: ``{"7": "sky"}``, or ``["wall", "sky"]`` for values 1 and 2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from methods.errors import InputError
from methods.pictures.labelled import Concept
from visualize.data.files.csv_tables import read_table
from visualize.data.files.text_files import read_json, read_lines
from visualize.data.layouts.broden import USUAL_ORDER
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import pictures_below
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path


PICTURES, MASKS, NAMES = "images", "masks", ("names.csv", "names.json", "names.txt")
_OBJECT = "object"
_BORDER = 255
_LINE = re.compile(r"\s*([0-9]+)\s*[\s:,;]\s*(\S.*?)\s*")


def is_masks(root: Path) -> bool:
    """Whether the folder has images, masks and a file of names."""
    return (root / PICTURES).is_dir() and (root / MASKS).is_dir() and _names_file(root) is not None


def read_masks(root: Path) -> Paired:
    """Read the file of names, and list images and masks.

    Raises:
        InputError: a part is missing, the names cannot be used, or no image has a mask.
    """
    explained = _names_file(root)
    if explained is None or not (root / PICTURES).is_dir() or not (root / MASKS).is_dir():
        raise InputError(f"{root} needs folders {PICTURES} and {MASKS}, and one of {', '.join(NAMES)}")
    known = _read_names(explained)
    masks = pictures_below(root, MASKS)
    pictures = pictures_below(root, PICTURES)
    pairs = tuple(Pair(path, masks.get(stem)) for stem, path in pictures.items())
    if not any(pair.label_map for pair in pairs):
        raise InputError(f"no image in {root / PICTURES} has a mask of the same name in {root / MASKS}")
    present = dict.fromkeys(concept.category for concept in known)
    usual = [category for category in USUAL_ORDER if category in present]
    categories = (*usual, *(category for category in present if category not in usual))
    return Paired(
        kind="images and masks",
        name=printable(root.resolve().name),
        root=root,
        categories=categories,
        known=tuple(known),
        pairs=pairs,
        values={
            name: {concept.number: concept.number for concept in known if concept.category == name}
            for name in categories
        },
        void=(_BORDER,),
        explained=explained,
        strays=tuple(path for stem, path in masks.items() if stem not in pictures),
    )


def _names_file(root: Path) -> Path | None:
    return next((root / name for name in NAMES if (root / name).is_file()), None)


def _read_names(path: Path) -> list[Concept]:
    read = {".csv": _from_csv, ".json": _from_json, ".txt": _from_text}[path.suffix]
    named = read(path)
    concepts: dict[int, Concept] = {}
    for number, name, category in named:
        if number in concepts or not name.strip() or not 0 <= number <= 0xFFFF:
            problem = "is there twice" if number in concepts else "needs a name and a number from 1 to 65535"
            raise InputError(f"{printable(str(path))}: {number} {problem}")
        if number:
            concepts[number] = Concept(number, name.strip(), category)
    if not concepts:
        raise InputError(f"{printable(str(path))} names nothing")
    return [concepts[number] for number in sorted(concepts)]


def _from_csv(path: Path) -> list[tuple[int, str, str]]:
    _, rows = read_table(path, ["number", "name"])
    return [(row.whole("number"), row["name"], row["category"] or _OBJECT) for row in rows]


def _from_json(path: Path) -> list[tuple[int, str, str]]:
    content = read_json(path)
    if isinstance(content, list):
        return [(number, str(name), _OBJECT) for number, name in enumerate(content, start=1)]
    try:
        return [(int(number), str(name), _OBJECT) for number, name in content.items()]
    except (AttributeError, ValueError) as fault:
        raise InputError(f'{printable(str(path))} is neither {{"7": "sky"}} nor ["wall", "sky"]') from fault


def _from_text(path: Path) -> list[tuple[int, str, str]]:
    lines = [text for text in read_lines(path) if text.strip()]
    matches = [_LINE.fullmatch(text) for text in lines]
    if all(matches):
        return [(int(match[1]), match[2], _OBJECT) for match in matches if match]
    return [(number, text.strip(), _OBJECT) for number, text in enumerate(lines, start=1)]
