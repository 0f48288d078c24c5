"""A folder of images with a folder of masks and a file of names: the layout for label maps of one's own.

::

    images/any/path/a.jpg     the pictures
    masks/any/path/a.png      their label maps: same path and size, any ending; a picture without one is not annotated
    names.txt                 what the values in masks mean; or names.csv, or names.json

Masks may lie elsewhere too, as far as their names say whose they are: see :mod:`visualize.data.layouts.masks.pairs`.

A mask is grey (of any number of bits, or in equal channels) or has a palette, and holds a value for each pixel; one in
colour holds red + 256 x green, unless the names are those of colours
(:mod:`visualize.data.layouts.masks.colour_tables`). 255 is no label unless it has a name, and so is 0;
``void=7:FOLDER`` says which values are no label instead.

- ``names.txt``: each line has a value and a name: ``7 sky``, ``7: sky``, ``7,sky``, with a tab, or ``sky: 7``.
- ``names.csv``: columns ``number`` (or ``id``, ``value`` ...) and ``name``, and ``category`` if there are several.
- ``names.json``: ``{"7": "sky"}``, ``{"sky": 7}`` or ``[{"id": 7, "name": "sky"}]``.
- Names without numbers, one a line or ``["wall", "sky"]``: values 1, 2 ... if masks hold the last of these; 0, 1 ... if
  the first name is "background" or the like and masks hold 0. Where both are possible the numbers are asked for; where
  it is said which values are no label, they begin with 1 if 0 is among these, else with 0.

Blank lines and comments (``#``, ``//``) do not count.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from visualize.data.files.endings import ending
from visualize.data.files.passed_over import PassedOver
from visualize.data.layouts.broden import USUAL_ORDER
from visualize.data.layouts.layout import Layout
from visualize.data.layouts.masks.colour_masks import ColourMasks
from visualize.data.layouts.masks.colour_tables import lists_colours, read_colours_table
from visualize.data.layouts.masks.name_tables import read_names
from visualize.data.layouts.masks.pairs import MaskPairs, mask_pairs
from visualize.data.layouts.masks.values import BORDER, first_value, look, require_named, suffices
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import pictures_below
from visualize.methods.errors import InputError
from visualize.methods.phrases import counted
from visualize.methods.pictures.labelled import Concept
from visualize.methods.progress import silent
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.data.layouts.layout import Annotation
    from visualize.data.layouts.masks.name_tables import Named, NameTable
    from visualize.data.layouts.masks.values import Values
    from visualize.methods.progress import Progress


PICTURES, MASKS, NAMES = "images", "masks", ("names.csv", "names.json", "names.txt")
COLOURS = (
    "colors.txt", "colors.csv", "colours.txt", "colours.csv", "class_dict.csv", "label_colors.txt", "labelmap.txt",
)  # fmt: skip
"""Files of colours' names; the last three are CamVid's, in two of its copies, and CVAT's."""
LISTS = (
    "classes.txt", "class_names.txt", "labels.txt", "label_names.txt", "classes.csv", "labels.csv", "classes.json",
    "id2label.json", "names.tsv",
)  # fmt: skip
"""Files of names that other programs write."""
_LOSSY = {".jpg", ".jpeg", ".jpe", ".jfif"}


class OwnMasks(Layout):
    """Images and masks, whose names are given their values when labels are first asked for.

    Args:
        pairs: the pictures with their masks, without names.
        table: the names.
        void: values that are no label, whatever the table says; none for 0 and 255, unless they have names.
    """

    def __init__(self, pairs: Paired, table: NameTable, void: Sequence[int] = ()) -> None:
        self.kind, self.name, self.root, self.strays = pairs.kind, pairs.name, pairs.root, pairs.strays
        self._pairs, self._table, self._void = pairs, table, tuple(sorted(void))
        present = dict.fromkeys(item.category for item in table.names if not item.void)
        usual = [category for category in USUAL_ORDER if category in present]
        self.categories = (*usual, *(category for category in present if category not in usual))
        self.remarks, self.notes = (*pairs.remarks, *table.remarks), table.notes

    def read_names(self, progress: Progress) -> None:
        """Find out what values mean now, by the masks where that is open, rather than when a concept is asked for.

        Args:
            progress: told how many masks were looked at.

        Raises:
            InputError: the names can be read in two ways, or masks hold nothing that has a name.
        """
        if "_named" not in self.__dict__:
            self.__dict__["_named"] = self._name(progress)

    def _name(self, progress: Progress) -> Paired:
        table = self._table
        paths = [self.root / pair.label_map for pair in self._pairs.entries if pair.label_map is not None]
        values = look(paths, lambda seen: suffices(table, seen, self._void), progress)
        start = 0 if table.numbered else first_value(table, values, self._void)
        concepts = {
            start + place if item.value is None else item.value: item
            for place, item in enumerate(table.names)
            if item.name
        }
        void = {value for value, item in concepts.items() if item.void and value in {0, BORDER}} | {*self._void}
        named = {value: item for value, item in sorted(concepts.items()) if value not in void}
        require_named(table, set(named), values)
        shift = int(0 in named)  # a concept has no number 0
        read = self._understood(concepts)
        doubts = (*([] if table.numbered else [read]), *self._nameless(concepts, void, values))
        self.remarks = (*self._pairs.remarks, *table.remarks, *doubts)
        self.notes = (*table.notes, *([read] if table.numbered else []), *self._no_labels(concepts, void))
        return dataclasses.replace(
            self._pairs,
            categories=self.categories,
            known=tuple(Concept(value + shift, item.name, item.category) for value, item in named.items()),
            values={
                category: {value: value + shift for value, item in named.items() if item.category == category}
                for category in self.categories
            },
            void=tuple({0, BORDER, *self._void} - set(named)),
        )

    def _understood(self, concepts: Mapping[int, Named]) -> str:
        """How the names were read, in one sentence; names without values could be read otherwise."""
        what = "with values" if self._table.numbered else "without values, taken in order"
        ends = [f"{value} is {concepts[value].name}" for value in dict.fromkeys([min(concepts), max(concepts)])]
        return f"{self._table.path.name}: {counted(len(concepts), 'name')} {what}: {', '.join(ends)}"

    def _no_labels(self, concepts: Mapping[int, Named], void: set[int]) -> list[str]:
        """Sentences on values that are no label."""
        return [
            f"{self._table.path.name}: {value} ({concepts[value].name if value in concepts else 'void'}) is no label"
            for value in sorted(void)
        ]

    def _nameless(self, concepts: Mapping[int, Named], void: set[int], values: Values) -> list[str]:
        """A sentence on pixels that nobody named."""
        nameless = BORDER in values.seen and BORDER not in {*concepts, *void}
        return [f"{self._table.path.name}: {BORDER}, which masks hold, has no name and is no label"] * nameless

    @functools.cached_property
    def _named(self) -> Paired:
        self.read_names(silent)
        named: Paired = self.__dict__["_named"]
        return named

    def __len__(self) -> int:
        return len(self._pairs)

    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """The set's concepts of some categories."""
        return self._named.concepts(categories)

    def file(self, index: int) -> str:
        """The path of a picture below the set's folder."""
        return self._pairs.file(index)

    def picture(self, index: int) -> Path:
        """The file of a picture.

        Raises:
            InputError: it is a link that leads out of the folder.
        """
        return self._pairs.picture(index)

    def annotation(self, index: int) -> Annotation:
        """Label map of a picture.

        Raises:
            InputError: the label map is a link that leads out of its folder.
        """
        return self._named.annotation(index)

    def sources(self, index: int) -> Sequence[Path | str]:
        """The file of a picture's label map, and which values are no label where that was said."""
        said = [f"void {self._void}"] if self._void else []
        return [*self._pairs.sources(index), *said]

    def tables(self) -> Sequence[Path]:
        """The file that says what values mean."""
        return self._pairs.tables()


def is_masks(root: Path) -> bool:
    """Whether the folder has images, masks and a file of names."""
    return _has_both(root) and names_file(root) is not None


def is_masks_elsewhere(root: Path) -> bool:
    """Whether the folder has a file of names, and pictures with masks by their names, wherever they lie."""
    return names_file(root) is not None and bool(mask_pairs(root).masks)


def read_masks(root: Path, void: Sequence[int] = ()) -> OwnMasks | ColourMasks:
    """Read the file of names, and list images and masks.

    Args:
        root: the folder.
        void: values in masks that are no label.

    Raises:
        InputError: a part is missing, the names cannot be used, or no image has a mask.
    """
    explained, listed = names_file(root), listed_masks(root)
    if not listed.masks:
        raise InputError(". ".join([_unpaired(root), *listed.passed.remarks]))
    if explained is None:
        raise InputError(
            f"{printable(str(root))} has pictures and masks ({listed.example}), and no file that says what values "
            f"mean; write {NAMES[-1]} with a line for each value, as in '7 sky', or {COLOURS[0]} with 'sky 70 130 180'"
        )
    remarks = (*listed.passed.remarks, *listed.remarks, *_doubts(listed.pairs, root, explained))
    name = printable(root.resolve().name)
    if lists_colours(explained):
        if void:
            raise InputError(f"masks in colour have no values; add a line to {explained.name}, as in 'void 0 0 0'")
        table = read_colours_table(explained)
        known = tuple(Concept(number, concept, "object") for concept, number in table.concepts.items())
        return ColourMasks(name, root, listed.pairs, known, table, listed.strays, remarks, table.notes)
    paired = Paired(
        kind="images and masks", name=name, root=root, categories=(), known=(), entries=listed.pairs, values={},
        explained=explained, strays=listed.strays, remarks=remarks,
    )  # fmt: skip
    return OwnMasks(paired, read_names(explained), void)


def listed_masks(root: Path) -> MaskPairs:
    """Pictures of a folder with their masks: those in ``images`` and ``masks``, or wherever names say whose they are.

    Raises:
        InputError: a folder cannot be listed, or is a link that leads out of the set.
    """
    if not _has_both(root):
        return mask_pairs(root)
    both = _of_both(root)
    elsewhere = MaskPairs(()) if both.masks else mask_pairs(root)
    return elsewhere if elsewhere.masks else both


def _of_both(root: Path) -> MaskPairs:
    """Pictures in ``images`` with the masks of the same path in ``masks``."""
    passed = PassedOver()
    masks = pictures_below(root, MASKS, passed)
    pictures = pictures_below(root, PICTURES, passed)
    pairs = tuple(Pair(path, masks.get(stem)) for stem, path in pictures.items())
    return MaskPairs(pairs, tuple(path for stem, path in masks.items() if stem not in pictures), passed)


def names_file(root: Path) -> Path | None:
    """The file that says what values or colours in masks mean."""
    files = [root / name for name in (*NAMES, *COLOURS, *LISTS) if (root / name).is_file()]
    return next((path for path in files if path.name not in NAMES and lists_colours(path)), next(iter(files), None))


def _has_both(root: Path) -> bool:
    return (root / PICTURES).is_dir() and (root / MASKS).is_dir()


def _unpaired(root: Path) -> str:
    if _has_both(root):
        return f"no image in {root / PICTURES} has a mask of the same name in {root / MASKS}"
    return (
        f"no picture in {printable(str(root))} has a mask by its name: for {PICTURES}/a.jpg it is {MASKS}/a.png, or "
        f"a_mask.png beside a.jpg, with one of {', '.join(NAMES)}"
    )


def _doubts(pairs: Sequence[Pair], root: Path, explained: Path) -> list[str]:
    """Sentences on files that may not be what they should be."""
    said = []
    others = [name for name in (*NAMES, *COLOURS) if (root / name).is_file() and root / name != explained]
    if others:
        said.append(f"{', '.join(others)} left out, for there is another file of names")
    lossy = [pair.label_map for pair in pairs if pair.label_map and ending(pair.label_map) in _LOSSY]
    if lossy:
        said.append(
            f"{len(lossy):,} masks are JPEG files ({printable(lossy[0])}), whose values are not exact; write PNG"
        )
    return said
