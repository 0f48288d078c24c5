"""Probe sets in which each picture has at most one label map, whose values mean the same in all of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.inner_paths import inside
from visualize.data.files.label_maps import lookup, read_indices, translate
from visualize.data.layouts.layout import Annotation, MapFile
from visualize.data.layouts.listed import Listed
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.pictures.labelled import Concept


@dataclass(frozen=True)
class Pair:
    """A picture with its labels.

    Args:
        picture: the picture's path below the set's folder.
        label_map: the path of the picture's label map; None where it has none.
        wholes: category and number of the concepts that hold for the whole picture.
    """

    picture: str
    label_map: str | None
    wholes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Paired(Listed):
    """Pictures, a label map each, and what the values in label maps mean.

    Args:
        kind: what the format is called.
        name: what to call the set.
        root: the folder that all paths start from.
        categories: the set's categories.
        known: the set's concepts, in rising order of numbers.
        entries: the pictures with their label maps.
        values: by category, value in a label map -> number of a concept.
        void: values that stand for no label, besides 0.
        explained: the file that says what values mean.
        strays: label maps of which there is no picture.
        remarks: sentences on what was left out.
        notes: sentences on how names were understood.
    """

    kind: str
    name: str
    root: Path
    categories: tuple[str, ...]
    known: tuple[Concept, ...]
    entries: tuple[Pair, ...]
    values: Mapping[str, Mapping[int, int]]
    void: tuple[int, ...] = ()
    explained: Path | None = None
    strays: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def annotation(self, index: int) -> Annotation:
        """Label map of a picture, read under each category, and labels that hold for the whole of it.

        Raises:
            InputError: the label map is a link that leads out of its folder.
        """
        pair = self.entries[index]
        if pair.label_map is None:
            return Annotation((), pair.wholes)
        path = inside(self.root, pair.label_map)
        source = f"{printable(str(path))}: {printable(str(self.explained or self.name))}"
        meanings = tuple(
            (category, functools.partial(translate, table=table, source=source))
            for category, table in self._tables.items()
        )
        return Annotation((MapFile(path, read_indices, meanings),), pair.wholes)

    def sources(self, index: int) -> Sequence[Path | str]:
        """The file of a picture's label map, and the labels that hold for the whole picture."""
        pair = self.entries[index]
        files: list[Path | str] = [repr(pair.wholes)]
        return files if pair.label_map is None else [inside(self.root, pair.label_map), *files]

    def tables(self) -> Sequence[Path]:
        """The file that says what values mean."""
        return () if self.explained is None else (self.explained,)

    @functools.cached_property
    def _tables(self) -> Mapping[str, NDArray[np.int32]]:
        """Tables by category, value -> number; values of other categories are no label, unknown ones -1."""
        known = {value: 0 for table in (dict.fromkeys(self.void), *self.values.values()) for value in table}
        return {category: lookup(list({**known, **table}.items())) for category, table in self.values.items()}
