"""YOLO's segmentations: a text beside each picture, of a class and an outline a line, in shares of width and height.

::

    images/train/a.jpg        pictures; also train/images/a.jpg
    labels/train/a.txt        lines such as "0 0.1 0.2 0.5 0.2 0.4 0.9": class, then x and y of each point
    data.yaml                 names: [car, dog]; or classes.txt, one name a line

A pixel bears every concept that an outline there has. Points are cut to whole pixels, and outlines belong to what they
enclose, as ultralytics does it. A line of four numbers behind the class is a box, and drawn as the rectangle that it
is.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.inner_paths import inside
from visualize.data.files.picture_files import upright_size
from visualize.data.layouts.concept_numbers import numbered, of_mask
from visualize.data.layouts.layout import Annotation, MapFile
from visualize.data.layouts.listed import Listed
from visualize.data.layouts.outlines import MOST_OUTLINES, MOST_POINTS, require_few, require_modest, require_size
from visualize.data.layouts.polygon_fill import fill
from visualize.data.layouts.walk import files_below, pictures_below
from visualize.data.layouts.yolo.names import LISTS, class_names, names_file
from visualize.data.layouts.yolo.signs import LABELS, LINE, look_at
from visualize.intake.regular_files import read_bytes
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.phrases import counted
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.pictures.labelled import Concept

PICTURES = "images"
_ENDING = ".txt"
_MOST = 4 << 20  # bytes of a picture's labels
_FARTHEST = 2.0  # shares of width and height that a point may lie at; what is outside of the picture is not drawn


@dataclass(frozen=True)
class _Entry:
    """A picture's path, and that of its labels, None where it has none."""

    picture: str
    labels: str | None


@dataclass(frozen=True)
class Yolo(Listed):
    """Pictures with YOLO's outlines, which are drawn when a picture's labels are asked for.

    Args:
        name: what to call the set.
        root: the folder.
        explained: the file that names the classes.
        known: the set's concepts; numbers are those of classes and one more.
        entries: the pictures.
        strays: texts of which there is no picture.
        remarks: sentences on what could be doubted.
        notes: sentences on how the classes were understood.
        categories: always "object" alone.
        kind: what the format is called.
    """

    name: str
    root: Path
    explained: Path
    known: tuple[Concept, ...]
    entries: tuple[_Entry, ...]
    strays: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ("object",)
    kind: str = "YOLO segmentation"

    def annotation(self, index: int) -> Annotation:
        """A label map for each concept of a picture, drawn when it is read.

        Raises:
            BrokenImage: the picture or its labels cannot be read.
            InputError: a class that has no name, or a link that leads out of the folder.
        """
        entry = self.entries[index]
        if entry.labels is None:
            return Annotation()
        path = inside(self.root, entry.labels)
        size = upright_size(self.picture(index), name=entry.picture)
        try:
            require_size(size)
            outlines = _outlines(path, size)
        except (OSError, ValueError, InputError) as fault:
            raise BrokenImage(entry.picture, f"its labels {printable(path.name)} cannot be used: {fault}") from fault
        numbers = {concept.number for concept in self.known}
        for number in outlines:
            if number + 1 not in numbers:
                raise InputError(
                    f"{printable(str(path))}: {printable(str(self.explained))} does not have class {number}"
                )
        return Annotation(
            tuple(
                MapFile(
                    path,
                    functools.partial(_drawn, outlines=each, size=size),
                    (("object", functools.partial(of_mask, concept=number + 1)),),
                    seen=True,
                )
                for number, each in sorted(outlines.items())
            ),
            apart=True,
        )

    def sources(self, index: int) -> Sequence[Path | str]:
        """The text of a picture's labels."""
        labels = self.entries[index].labels
        return [] if labels is None else [inside(self.root, labels)]

    def tables(self) -> Sequence[Path]:
        """The file that names the classes."""
        return [self.explained]


def _outlines(path: Path, size: Size) -> dict[int, list[NDArray[np.float64]]]:
    """Outlines by class, n x 2, x and y to whole pixels.

    Raises:
        ValueError: a line is no outline, or all together are too large.
        InputError: the file is too long or no regular one.
        OSError: it cannot be read.
    """
    outlines: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
    lines = [(place, line.strip()) for place, line in enumerate(read_bytes(path, most=_MOST).splitlines(), start=1)]
    lines = [(place, line) for place, line in lines if line]
    if len(lines) > MOST_OUTLINES:
        raise ValueError(f"{len(lines):,} lines; at most {MOST_OUTLINES:,} are read: leave out the smallest")
    for place, line in lines:
        number, points = _outline(place, line)
        scaled = np.trunc(points * (size[1], size[0]))
        require_modest(scaled)
        outlines[number].append(scaled)
    require_few([points for each in outlines.values() for points in each], size, maps=len(outlines))
    return outlines


def _outline(place: int, line: bytes) -> tuple[int, NDArray[np.float64]]:
    """Class and outline of a line, in shares of width and height."""
    if not LINE.fullmatch(line):
        raise ValueError(
            f"line {place} is no class with numbers from 0 to 1: {printable(line[:40].decode('latin-1'))!r}"
        )
    number, *rest = line.split()
    try:
        values = np.array([float(value) for value in rest])
    except ValueError as fault:
        raise ValueError(f"line {place}: {fault}") from fault
    if not (np.abs(values) <= _FARTHEST).all():
        raise ValueError(f"line {place} has numbers that are no shares of width and height, which lie between 0 and 1")
    if len(values) in {4, 5}:  # a box, and how sure a network was
        x, y, wide, tall = values[:4]
        left, top, right, bottom = x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2
        return int(number), np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    if len(values) < 6 or len(values) % 2 or len(values) > 2 * MOST_POINTS:
        raise ValueError(f"line {place} has {len(values):,} numbers behind its class, which are no points")
    return int(number), values.reshape(-1, 2)


def _drawn(_path: Path, _picture: str, *, outlines: Sequence[NDArray[np.float64]], size: Size) -> NDArray[np.uint8]:
    """The mask of one concept: rows x columns, 1 inside."""
    mask = np.zeros(size, bool)
    for points in outlines:
        fill(mask, points.astype(np.int64))
    return mask.view(np.uint8)


def read_yolo(root: Path) -> Yolo:
    """List the pictures below a folder with their texts, and read the names of classes.

    Raises:
        InputError: there is no such text, or no file names the classes.
    """
    labels = {path.removesuffix(_ENDING): path for path in files_below(root, "", _ENDING)}
    pictures = pictures_below(root, "")
    entries = tuple(_Entry(path, labels.get(_labels_of(name))) for name, path in pictures.items())
    if not any(entry.labels for entry in entries):
        raise InputError(
            f"no picture in {printable(str(root))} has YOLO's text: for {PICTURES}/train/a.jpg it is "
            f"{LABELS}/train/a{_ENDING}"
        )
    explained = names_file(root)
    if explained is None:
        raise InputError(
            f"{printable(str(root))} has YOLO's {LABELS}, and no file that names the classes: data.yaml with names:, "
            f"or {LISTS[0]} with a name a line"
        )
    names = class_names(explained)
    taken = {entry.labels for entry in entries}
    strays = tuple(path for path in labels.values() if path not in taken and LABELS in path.split("/")[:-1])
    return Yolo(
        name=printable(root.resolve().name),
        root=root,
        explained=explained,
        known=tuple(numbered({number + 1: name for number, name in names.items()}, "object")),
        entries=entries,
        strays=strays,
        remarks=_remarks(root, entries),
        notes=(_understood(explained, names),),
    )


def _understood(explained: Path, names: dict[int, str]) -> str:
    """How the classes were read, in one sentence."""
    ends = ", ".join(f"{number} is {names[number]}" for number in dict.fromkeys([min(names), max(names)]))
    return printable(f"{explained.name}: {counted(len(names), 'class', 'classes')}, counted from 0: {ends}")


def _remarks(root: Path, entries: Sequence[_Entry]) -> tuple[str, ...]:
    signs = look_at([root / entry.labels for entry in entries if entry.labels is not None])
    boxes = bool(signs.boxes) and not signs.outlines
    return ("its labels are boxes, not outlines: concepts are rectangles, and IoUs are rough",) * boxes


def _labels_of(picture: str) -> str:
    """Path without ending of a picture's text: in ``labels`` instead of the last ``images``, or beside the picture."""
    *folders, name = picture.split("/")
    for place in reversed(range(len(folders))):
        if folders[place] == PICTURES:
            return "/".join([*folders[:place], LABELS, *folders[place + 1 :], name])
    return picture
