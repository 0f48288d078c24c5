"""ADE20K in its full format (Zhou et al. 2017), with parts: the release of 2021 (JSON) and that of 2016 (*_atr.txt)."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.inner_paths import inside
from visualize.data.files.label_maps import read_colours
from visualize.data.layouts.ade20k.names import Names, remembered
from visualize.data.layouts.concept_numbers import numbered, ranked
from visualize.data.layouts.layout import Annotation, Layout, MapFile
from visualize.data.layouts.walk import walk
from visualize.intake import json_text
from visualize.intake.fields import items, maybe, numeral, record, text
from visualize.intake.regular_files import read_bytes
from visualize.methods.errors import BrokenImage, InputError, with_kind
from visualize.methods.progress import Progress, silent
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.pictures.labelled import Concept


_SEGMENTS, _PARTS, _JSON, _TEXT, _PICTURE = "_seg.png", "_parts_{}.png", ".json", "_atr.txt", ".jpg"
_LEVELS = 9  # of parts of parts; the data have up to four
_CLASSES = 26 * 256  # that (R // 10) * 256 + G can tell apart
_SPLITS = {"training", "validation"}


@dataclass(frozen=True)
class _Thing:
    """An object or a part of one, as a picture's notes list it: its level (0: object), its number there, its class."""

    level: int
    instance: int
    name: str
    index: int | None


@dataclass(frozen=True)
class _Notes:
    """Content of a picture's notes, which are JSON or text."""

    things: tuple[_Thing, ...]
    scene: str


@dataclass(frozen=True)
class Ade20k(Layout):
    """A folder of ADE20K's photographs, each with its ``*_seg.png``, ``*_parts_*.png`` and notes beside it.

    The classes' names are in the notes of the pictures, all of which are read when the concepts are first asked for; of
    large sets what they say is then kept in the cache folder (see :mod:`visualize.data.layouts.ade20k.names`).
    Parts are numbered apart from objects: a door is one, and a part of a car.

    Args:
        name: what to call the set.
        root: the folder.
        pictures: the paths of the photographs below it, without their ending.
        categories: object, part and scene.
        kind: what the format is called.
    """

    name: str
    root: Path
    pictures: tuple[str, ...]
    categories: tuple[str, ...] = ("object", "part", "scene")
    kind: str = "ADE20K"

    def __len__(self) -> int:
        return len(self.pictures)

    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """All classes that the pictures' notes name."""
        return [concept for concept in self._all if concept.category in categories]

    def file(self, index: int) -> str:
        """The path of a photograph below the folder."""
        return self.pictures[index] + _PICTURE

    def picture(self, index: int) -> Path:
        """The file of a photograph.

        Raises:
            InputError: it is a link that leads out of the folder.
        """
        return inside(self.root, self.file(index))

    def annotation(self, index: int) -> Annotation:
        """Label maps of a picture's objects, of their parts and of the parts of parts, and the number of its scene.

        Raises:
            BrokenImage: its notes cannot be read.
            InputError: a file of them is a link that leads out of the folder.
        """
        for _, path in self._maps(index):
            inside(self.root, path.relative_to(self.root).as_posix())
        notes = self._notes(index)
        maps = tuple(self._map_file(level, path, notes, self.file(index)) for level, path in self._maps(index))
        return Annotation(maps, (("scene", self._scenes[notes.scene]),) if notes.scene in self._scenes else ())

    def _map_file(self, level: int, path: Path, notes: _Notes, picture: str) -> MapFile:
        category = "part" if level else "object"
        if any(thing.index is None for thing in notes.things):
            ranks = functools.partial(self._by_instance, notes=notes, level=level)
            return MapFile(path, ranks, ((category, functools.partial(_known, picture=picture, path=path)),))
        return MapFile(path, read_colours, ((category, functools.partial(self._of_classes, level, picture, path)),))

    def sources(self, index: int) -> Sequence[Path | str]:
        """Files of a picture's label maps, and of its notes."""
        return [path for _, path in self._maps(index)] + [self._note_file(index)]

    def _maps(self, index: int) -> Iterator[tuple[int, Path]]:
        """Level and file of each label map."""
        stem = str(self.root / self.pictures[index])
        yield 0, Path(stem + _SEGMENTS)
        for level in range(1, _LEVELS + 1):
            path = Path(stem + _PARTS.format(level))
            if not path.is_file():
                return
            yield level, path

    def _note_file(self, index: int) -> Path:
        stem = str(self.root / self.pictures[index])
        newer = Path(stem + _JSON)
        return newer if newer.is_file() else Path(stem + _TEXT)

    def _notes(self, index: int) -> _Notes:
        path = self._note_file(index)
        try:
            read = _from_json if path.suffix == _JSON else _from_text
            return read(path, self.pictures[index])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as fault:
            raise BrokenImage(self.file(index), f"its notes {path.name} cannot be used: {_reason(fault)}") from fault

    def _of_classes(self, level: int, picture: str, path: Path, colours: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Numbers of concepts by class, which is coded as (R // 10) * 256 + G."""
        classes = colours[..., 0].astype(np.int32) // 10 * 256 + colours[..., 1]
        return _known(self._by_class[int(level > 0)].take(classes), picture=picture, path=path)

    def _by_instance(self, path: Path, picture: str, *, notes: _Notes, level: int) -> NDArray[np.int32]:
        """Numbers of concepts by instance: in the older release the k-th blue value there is the k-th instance."""
        blue = read_colours(path, picture)[..., 2]
        present = np.flatnonzero(np.bincount(blue.ravel(), minlength=256))
        things = sorted((thing for thing in notes.things if thing.level == level), key=lambda thing: thing.instance)
        if things and things[0].instance != 1:  # numbered on from the level before
            things = [_Thing(level, place, thing.name, None) for place, thing in enumerate(things, start=1)]
        numbers = self._by_name[int(level > 0)]
        named = {thing.instance: numbers[thing.name] for thing in things}
        table = np.zeros(256, np.int32)
        for rank, value in enumerate(present[present > 0].tolist(), start=1):
            table[value] = named.get(rank, -1)
        concepts: NDArray[np.int32] = table.take(blue)
        return concepts

    def read_names(self, progress: Progress) -> None:
        """Read what classes are called now, with progress shown, rather than when a concept is first asked for.

        Args:
            progress: told how many of the pictures' notes of how many are read.
        """
        if "_named" not in self.__dict__:
            notes = [str(self._note_file(index)) for index in range(len(self))]
            self.__dict__["_named"] = remembered(notes, self.root, lambda: self._gather(progress))

    @functools.cached_property
    def _named(self) -> Names:
        """Classes and kinds of scenes that the notes of all pictures name."""
        self.read_names(silent)
        names: Names = self.__dict__["_named"]
        return names

    def _gather(self, progress: Progress) -> Names:
        """Class -> name of objects and of parts, and the kinds of scenes: from the notes of all pictures."""
        indexed: tuple[dict[int, str], dict[int, str]] = {}, {}
        unnumbered: tuple[set[str], set[str]] = set(), set()
        scenes = set()
        for index in range(len(self)):
            progress(index + 1, len(self))
            try:
                notes = self._notes(index)
            except BrokenImage:  # said when the picture's turn comes
                continue
            scenes.add(notes.scene)
            for thing in notes.things:
                if thing.index is None:
                    unnumbered[int(thing.level > 0)].add(thing.name)
                else:
                    indexed[int(thing.level > 0)][thing.index] = thing.name
        for table, names in zip(indexed, unnumbered, strict=True):
            free = iter(number for number in range(1, _CLASSES) if number not in table)
            known = set(table.values())
            table.update((next(free), name) for name in sorted(names - known))
        return Names(*indexed, frozenset(scenes - {""}))

    @functools.cached_property
    def _all(self) -> list[Concept]:
        known = self._named
        later = {_CLASSES + index: name for index, name in known.parts.items()}
        scenes = ranked(known.scenes, "scene", after=2 * _CLASSES)
        return [*numbered(known.objects, "object"), *numbered(later, "part"), *scenes]

    @functools.cached_property
    def _scenes(self) -> Mapping[str, int]:
        return {concept.name: concept.number for concept in self._all if concept.category == "scene"}

    @functools.cached_property
    def _by_class(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Tables for objects and for parts: class -> number of the concept, -1 where none is known."""
        tables = []
        for part, names in enumerate((self._named.objects, self._named.parts)):
            table = np.full(_CLASSES, -1, np.int32)
            table[0] = 0
            for index in names:
                table[index] = part * _CLASSES + index
            tables.append(table)
        return tables[0], tables[1]

    @functools.cached_property
    def _by_name(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        objects, parts = (
            {name: part * _CLASSES + index for index, name in names.items()}
            for part, names in enumerate((self._named.objects, self._named.parts))
        )
        return objects, parts


def _known(numbers: NDArray[np.int32], *, picture: str, path: Path) -> NDArray[np.int32]:
    """The numbers, if all are of known concepts: names are in the pictures' notes, so that others are their fault."""
    if numbers.size and int(numbers.min()) < 0:
        raise BrokenImage(picture, f"its label map {path.name} holds what no picture's notes name")
    return numbers


def is_ade20k(root: Path) -> bool:
    """Whether there is a picture with its ``*_seg.png`` in the first folders that are looked through."""
    for folders, (_, _, files) in enumerate(walk(root, depth=6)):
        names = set(files)
        if any(name.endswith(_SEGMENTS) and name.removesuffix(_SEGMENTS) + _PICTURE in names for name in files):
            return True
        if folders > _LOOK:
            break
    return False


_LOOK = 300  # folders; the first pictures of ADE20K lie in the fifth or sixth


def read_ade20k(root: Path) -> Ade20k:
    """List the photographs below a folder that have a ``*_seg.png`` beside them.

    Raises:
        InputError: there is none.
    """
    pictures = []
    for folder, inner, files in os.walk(root):
        names = set(files)
        stems = [name.removesuffix(_SEGMENTS) for name in files if name.endswith(_SEGMENTS)]
        pictures += [Path(folder, stem).relative_to(root).as_posix() for stem in stems if stem + _PICTURE in names]
        # each picture has a folder of its own for the masks of its instances, of which there are half a million
        inner[:] = [name for name in inner if name + _PICTURE not in names and not name.startswith(".")]
    if not pictures:
        raise InputError(f"no photograph in {root} has its *{_SEGMENTS} beside it, as ADE20K's have")
    return Ade20k(printable(root.resolve().name), root, tuple(sorted(pictures)))


_MEMORY = 200 << 20  # bytes that one picture's notes may take
_object = record({
    "name": text(1, 1000), "name_ndx": numeral(1, _CLASSES - 1),
    "parts": record({"part_level": numeral(0, 1000)}),
})  # fmt: skip
_NOTES = record({"annotation": record({"object": items(_object)}, {"scene": maybe(items(text(0, 1000)))})})


def _from_json(path: Path, picture: str) -> _Notes:
    """The notes of the release of 2021."""
    note = json_text.read(path, _NOTES, memory=_MEMORY)["annotation"]
    counts: dict[int, int] = {}
    things = []
    for entry in note["object"]:
        level = entry["parts"]["part_level"]
        counts[level] = counts.get(level, 0) + 1
        things.append(_Thing(level, counts[level], entry["name"], entry["name_ndx"]))
    words = [word for word in note.get("scene") or () if word.strip()]
    return _Notes(tuple(things), "/".join(words[2:] or words[-1:]) or _scene(picture))


def _from_text(path: Path, picture: str) -> _Notes:
    """The notes of the release of 2016: instance # level # occluded # class # raw name # attributes."""
    things = []
    for line in read_bytes(path, most=_MEMORY).decode(errors="replace").splitlines():
        if line.strip():
            instance, level, _, name = [cell.strip() for cell in line.split("#")][:4]
            things.append(_Thing(int(level), int(instance), name, None))
    return _Notes(tuple(things), _scene(picture))


def _scene(picture: str) -> str:
    """The kind of scene that a picture's folders say: ``images/training/b/bakery/shop/ADE_train_00001``."""
    folders = picture.split("/")[:-1]
    start = next((place for place, name in enumerate(folders) if name in _SPLITS), None)
    return "/".join(folders[start + 2 :]) if start is not None else ""


def _reason(fault: Exception) -> str:
    if isinstance(fault, InputError):
        return str(fault)
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    return with_kind(fault)
