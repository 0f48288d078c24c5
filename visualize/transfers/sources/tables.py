"""Tables of pictures and their classes: ``file,label[,label...][,split][,group]``."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.csv_tables import read_table
from visualize.data.files.inner_paths import inside
from visualize.data.sets.folder import Folder
from visualize.methods.errors import InputError
from visualize.printable import printable
from visualize.transfers.labelling import TEST, TRAIN, Labelling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.data.files.csv_tables import Row

TABLES = (".csv", ".tsv")
"""Endings of tables; cells of the second are parted by tabs."""
PARTS = {
    "train": TRAIN, "training": TRAIN, "trainval": TRAIN, "test": TEST, "testing": TEST, "val": TEST, "valid": TEST,
    "validation": TEST,
}  # fmt: skip
"""What splits are called, and the part that each is."""
_LABEL = re.compile(r"labels?[ _-]?[0-9]*", re.IGNORECASE)
_BETWEEN = re.compile(r"[;|]")  # labels of one cell


def read_class_table(path: Path) -> Labelling:
    """Read a table of pictures, whose files lie in the table's folder or in folders in it.

    A picture has several classes where it has several columns ``label`` (or ``label_2`` and the like), or a cell holds
    names with ``;`` or ``|`` between them. An empty cell is no class.

    Raises:
        InputError: a column is missing, a file does not exist or is listed twice, or a split has a name that is not
            known.
    """
    heads, rows = read_table(path, ("file",), separator="\t" if path.suffix.lower() == ".tsv" else ",")
    places = [place for place, head in enumerate(heads) if _LABEL.fullmatch(head)]
    name = printable(path.name)
    if not places:
        raise InputError(f"{name} has no column label; its columns are {', '.join(heads)}; expected file,label")
    if not rows:
        raise InputError(f"{name} lists no pictures")
    files = _files(rows, path.parent)
    named = [_labels(row, places) for row in rows]
    classes = sorted({label for several in named for label in several})
    if not classes:
        raise InputError(f"{name} names no class in its column label")
    labels = np.array([[label in several for label in classes] for several in named], np.int8)
    several = any(len(names) != 1 for names in named)
    bare = sum(not names for names in named)
    notes = (f"{bare} of {len(rows)} pictures are of no class, so that each class is told by itself",) if bare else ()
    groups = tuple(row["group"] or f"line {row.line}" for row in rows) if "group" in heads else ()
    parts = tuple(map(_part, rows)) if "split" in heads else ()
    images = Folder(printable(path.stem), path.parent, files)
    return Labelling(images, tuple(classes), labels, several=several, parts=parts, groups=groups, notes=notes)


def _files(rows: Sequence[Row], root: Path) -> tuple[str, ...]:
    """The pictures of a table, each of which is there, and listed once: else it could be learnt from and tested on."""
    files = []
    seen: dict[str, Row] = {}
    for row in rows:
        file = row.path("file", printable(str(root)))
        path = inside(root, file)
        if not path.is_file():
            raise row.wrong(f"there is no file {printable(file)[:200]} in {printable(str(root))}")
        first = seen.setdefault(os.path.realpath(path), row)
        if first is not row:
            raise row.wrong(
                f"{printable(file)} is the picture of line {first.line}; list each once, several labels with ; between "
                f"them"
            )
        files.append(file)
    return tuple(files)


def _labels(row: Row, places: Sequence[int]) -> set[str]:
    cells = [row.cells[place] for place in places if place < len(row.cells)]
    return {label for cell in cells for text in _BETWEEN.split(cell) if (label := text.strip())}


def _part(row: Row) -> str:
    part = PARTS.get(row["split"].lower())
    if part is None:
        raise row.wrong(f"the split {row['split'][:60]!r} is not known; expected {', '.join(PARTS)}")
    return part
