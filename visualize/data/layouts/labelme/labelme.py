"""LabelMe: a JSON file beside each picture, with the shapes that were drawn over it.

Shapes are drawn as LabelMe's own converter draws them: one that comes later covers those before it, lines are ten
pixels wide and points eleven. ``_background_`` and ``__ignore__`` are no label, so that they cut what is below them.
A picture that is not there is taken from its JSON file, if that holds it.
"""

from __future__ import annotations

import functools
import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from visualize.data.files.endings import stem
from visualize.data.files.inner_paths import climbs, inside
from visualize.data.files.picture_files import upright_size
from visualize.data.layouts.concept_numbers import ranked
from visualize.data.layouts.labelme.shapes import drawn, picture_in, read_label_file
from visualize.data.layouts.layout import Annotation, Layout, MapFile
from visualize.data.layouts.masks.name_tables import Named
from visualize.data.layouts.walk import files_below, pictures_below, walk
from visualize.intake.regular_files import opened
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.progress import silent
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.data.layouts.labelme.shapes import LabelFile
    from visualize.methods.pictures.labelled import Concept
    from visualize.methods.progress import Progress

_IGNORED = {"__ignore__", "_ignore_"}
_DEPTH, _LOOK = 3, 5  # folders and files that are looked into to know the layout
_START = 1 << 16  # bytes of a file that are looked at
_AT_ONCE = 64


@dataclass(frozen=True)
class _Entry:
    """A picture's path, None where its JSON file has to hold it; and that of the JSON file, None where it has none."""

    picture: str | None
    note: str | None


@dataclass(frozen=True)
class LabelMe(Layout):
    """Pictures with LabelMe's files. Names are those of all files, which are read when they are first asked for.

    Args:
        name: what to call the set.
        root: the folder.
        entries: the pictures with their JSON files.
        strays: JSON files without any picture.
        remarks: sentences on what was left out.
        categories: always "object" alone.
        kind: what the format is called.
    """

    name: str
    root: Path
    entries: tuple[_Entry, ...]
    strays: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    categories: tuple[str, ...] = ("object",)
    kind: str = "LabelMe"

    def __len__(self) -> int:
        return len(self.entries)

    def read_names(self, progress: Progress) -> None:
        """Read what is labelled now, with progress shown, rather than when a concept is first asked for.

        Args:
            progress: told how many of the JSON files of how many are read.

        Raises:
            InputError: none of them can be read, or they hold no shape.
        """
        if "_known" not in self.__dict__:
            self.__dict__["_known"] = self._gather(progress)

    def _gather(self, progress: Progress) -> tuple[Concept, ...]:
        names: set[str] = set()
        fault: BrokenImage | None = None
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for start in range(0, len(self), _AT_ONCE):
                for done, labels in enumerate(pool.map(self._labels, range(len(self))[start : start + _AT_ONCE])):
                    progress(start + done + 1, len(self))
                    if isinstance(labels, BrokenImage):
                        fault = labels
                    else:
                        names |= labels
        names = {name for name in names if not _is_void(name)}
        if not names:
            reason = f"; the last of those that cannot be read: {fault}" if fault else ""
            raise InputError(f"no shape has a label in the JSON files of {printable(str(self.root))}{reason}")
        return tuple(ranked(names, "object", after=0))

    def _labels(self, index: int) -> set[str] | BrokenImage:
        try:
            note = self._note(index)
            return set() if note is None else {shape.label for shape in note.shapes}
        except BrokenImage as fault:  # said when the picture's turn comes
            return fault

    @functools.cached_property
    def _known(self) -> tuple[Concept, ...]:
        self.read_names(silent)
        known: tuple[Concept, ...] = self.__dict__["_known"]
        return known

    @functools.cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {concept.name: concept.number for concept in self._known}

    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """Concepts that shapes are labelled as, in alphabetical order."""
        return [concept for concept in self._known if concept.category in categories]

    def file(self, index: int) -> str:
        """The path of a picture below the folder, or of the JSON file that holds it."""
        entry = self.entries[index]
        return entry.picture or str(entry.note)

    def picture(self, index: int) -> Path | BinaryIO:
        """The file of a picture, or its content where its JSON file holds it.

        Raises:
            BrokenImage: that cannot be read.
            InputError: it is a link that leads out of the folder.
        """
        path = self.entries[index].picture
        if path is not None:
            return inside(self.root, path)
        note = self._note(index)
        try:
            return io.BytesIO(picture_in(note.image if note else ""))
        except ValueError as fault:
            raise BrokenImage(self.file(index), str(fault)) from fault

    def annotation(self, index: int) -> Annotation:
        """Label map of a picture, drawn when it is read.

        Raises:
            BrokenImage: its JSON file cannot be read.
            InputError: that is a link that leads out of the folder.
        """
        note = self._note(index)
        if note is None:
            return Annotation()
        size = note.size or upright_size(self.picture(index), name=self.file(index))
        read = functools.partial(self._draw, note=note, size=size)
        return Annotation(
            (MapFile(self.root / str(self.entries[index].note), read, (("object", _as_it_is),), seen=True),)
        )

    def _draw(self, path: Path, picture: str, *, note: LabelFile, size: Size) -> NDArray[np.int32]:
        numbers = {shape.label: 0 if _is_void(shape.label) else self._numbers.get(shape.label) for shape in note.shapes}
        try:
            return drawn(note.shapes, size, {name: number for name, number in numbers.items() if number is not None})
        except KeyError as fault:
            raise InputError(f"{printable(str(path))} has changed since the set was opened") from fault
        except (ValueError, OSError, OverflowError) as fault:
            raise BrokenImage(picture, f"its shapes in {path.name} cannot be drawn: {fault}") from fault

    def _note(self, index: int) -> LabelFile | None:
        note = self.entries[index].note
        if note is None:
            return None
        path = inside(self.root, note)
        try:
            return read_label_file(path)
        except InputError as fault:
            raise BrokenImage(self.file(index), str(fault)) from fault

    def sources(self, index: int) -> Sequence[Path | str]:
        """The JSON file of a picture, and beside the first one the names of all."""
        note = self.entries[index].note
        names = [repr(sorted(self._numbers))] if index == 0 else []
        return [*names, *([] if note is None else [self.root / note])]


def _as_it_is(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return values


def _is_void(label: str) -> bool:
    return Named(label).void or label in _IGNORED


def is_labelme(root: Path) -> bool:
    """Whether there is a JSON file with shapes among the first ones of the first folders."""
    looked = 0
    for folder, _, files in walk(root, depth=_DEPTH):
        for name in files:
            if name.lower().endswith(".json") and looked < _LOOK:
                looked += 1
                if has_shapes(folder / name):
                    return True
    return False


def has_shapes(path: Path) -> bool:
    """Whether a file begins as LabelMe's do."""
    try:
        with opened(path) as file:
            start = file.read(_START).lstrip(b"\xef\xbb\xbf \t\r\n")
    except (InputError, OSError):
        return False
    return start.startswith(b"{") and b'"shapes"' in start


def read_labelme(root: Path) -> LabelMe:
    """List the pictures below a folder, and LabelMe's files, each with its picture.

    Raises:
        InputError: there is no such file, or none has a picture.
    """
    pictures = pictures_below(root, "")
    stems = {path.rpartition("/")[2]: picture for path, picture in pictures.items()}
    notes: dict[str, str] = {}
    held: list[str] = []
    strays: list[str] = []
    others: list[str] = []
    for note in files_below(root, "", ".json"):
        picture = pictures.get(stem_of(note))
        if picture is None:
            content = _read(root, note)
            if content is None:
                others.append(note)
                continue
            picture = _named(root, note, content.picture) or stems.get(stem_of(note).rpartition("/")[2])
            if picture is None:
                (held if content.image else strays).append(note)
                continue
        notes.setdefault(picture, note)
    if not notes and not held:
        raise InputError(_no_pairs(root, strays))
    entries = [_Entry(picture, notes.get(picture)) for picture in pictures.values()]
    entries += [_Entry(None, note) for note in held]
    return LabelMe(
        printable(root.resolve().name), root, tuple(sorted(entries, key=_place)), tuple(strays), _remarks(held, others)
    )


def _remarks(held: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    said = []
    if held:
        said.append(f"{len(held):,} pictures are taken from their JSON files, as they are nowhere else: {held[0]}")
    if others:
        said.append(f"{len(others):,} JSON files that are none of LabelMe's are left out: {others[0]}")
    return tuple(map(printable, said))


def _no_pairs(root: Path, strays: Sequence[str]) -> str:
    where = printable(str(root))
    if not strays:
        return f"no JSON file of LabelMe's lies in {where}"
    return (
        f"none of the {len(strays):,} JSON files of LabelMe's in {where} has its picture beside it, and none holds it "
        f"(imageData); put the pictures there, called as the JSON files are"
    )


def _place(entry: _Entry) -> list[str]:
    return (entry.picture or str(entry.note)).split("/")


def stem_of(path: str) -> str:
    """The path of a file without its ending."""
    return stem(str(PurePosixPath(path).with_suffix("")))


def _read(root: Path, note: str) -> LabelFile | None:
    try:
        return read_label_file(inside(root, note))
    except (InputError, OSError):
        return None


def _named(root: Path, note: str, said: str) -> str | None:
    """Path below the set's folder of the picture that a JSON file names; None where it is not there."""
    path = os.path.normpath(PurePosixPath(note).parent / said).replace(os.sep, "/")
    if not said or climbs(path) or not (root / path).is_file():
        return None
    return path
