"""Masks painted in colours that a table names; see :mod:`visualize.data.layouts.masks.colour_tables`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.inner_paths import inside
from visualize.data.files.label_maps import read_colours, red_green_blue
from visualize.data.layouts.layout import Annotation, MapFile
from visualize.data.layouts.listed import Listed
from visualize.data.layouts.masks.colour_tables import said
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.phrases import first_few
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.data.layouts.masks.colour_tables import ColourTable
    from visualize.data.layouts.paired import Pair
    from visualize.methods.pictures.labelled import Concept
    from visualize.methods.progress import Progress

_SAMPLE = 24  # masks whose colours are looked at before the set is used, spread over it
_SHOWN = 4  # unknown colours that the error names


@dataclass(frozen=True)
class ColourMasks(Listed):
    """Pictures with masks in colours.

    Args:
        name: what to call the set.
        root: the folder that all paths start from.
        entries: the pictures with their masks.
        known: the concepts that the table names.
        table: what colours mean.
        strays: masks of which there is no picture.
        remarks: sentences on what was left out.
        notes: sentences on how names were understood.
        categories: always "object" alone.
        kind: what the format is called.
    """

    name: str
    root: Path
    entries: tuple[Pair, ...]
    known: tuple[Concept, ...]
    table: ColourTable
    strays: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ("object",)
    kind: str = "images and masks in colour"

    def read_names(self, progress: Progress) -> None:
        """Look at some masks, so that colours without a name are known before a network runs.

        Args:
            progress: told how many masks were looked at.

        Raises:
            InputError: masks hold colours that the table does not name, or none of those that it names.
        """
        paths = [self.root / pair.label_map for pair in self.entries if pair.label_map is not None]
        paths = paths[:: max(1, len(paths) // _SAMPLE)][:_SAMPLE]
        colours, numbers = self._lookup
        labelled = False
        for done, path in enumerate(paths, start=1):
            try:
                values = np.unique(
                    _translate(
                        _colour_codes(path, path.name), known=(colours, numbers), mask=path, table=self.table.path
                    )
                )
            except BrokenImage:
                continue  # said when its turn comes
            labelled = labelled or bool(values.any())
            progress(done, len(paths))
        if not labelled and paths:
            raise InputError(
                f"none of the {len(paths)} masks that were looked at holds a colour that "
                f"{printable(str(self.table.path))} names"
            )

    def annotation(self, index: int) -> Annotation:
        """Mask of a picture.

        Raises:
            InputError: the mask is a link that leads out of its folder.
        """
        pair = self.entries[index]
        if pair.label_map is None:
            return Annotation()
        path = inside(self.root, pair.label_map)
        meaning = functools.partial(_translate, known=self._lookup, mask=path, table=self.table.path)
        return Annotation((MapFile(path, _colour_codes, (("object", meaning),)),))

    def sources(self, index: int) -> Sequence[Path | str]:
        """The file of a picture's mask."""
        pair = self.entries[index]
        return [] if pair.label_map is None else [inside(self.root, pair.label_map)]

    def tables(self) -> Sequence[Path]:
        """The file that names the colours."""
        return (self.table.path,)

    @functools.cached_property
    def _lookup(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Colours in rising order, and the number of each's concept."""
        items = sorted(self.table.numbers.items())
        return np.array([item[0] for item in items], np.int32), np.array([item[1] for item in items], np.int32)


def _colour_codes(path: Path, picture: str) -> NDArray[np.int32]:
    return red_green_blue(read_colours(path, picture))


def _translate(
    values: NDArray[np.int32], *, known: tuple[NDArray[np.int32], NDArray[np.int32]], mask: Path, table: Path
) -> NDArray[np.int32]:
    """Numbers of concepts for colours.

    Raises:
        InputError: a colour that the table does not name.
    """
    colours, numbers = known
    places = np.searchsorted(colours, values).clip(max=len(colours) - 1)
    strange = colours[places] != values
    if strange.any():
        raise InputError(_unknown(mask, table, values[strange]))
    result: NDArray[np.int32] = numbers[places]
    return result


def _unknown(mask: Path, table: Path, values: NDArray[np.int32]) -> str:
    """The sentence on pixels whose colours have no name, those of most pixels first."""
    colours, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_SHOWN].tolist()
    shown = [f"{said(int(colours[place]))} ({int(counts[place]):,} pixels)" for place in order]
    what, them = ("a colour", "it") if len(colours) == 1 else (f"{len(colours):,} colours", "them")
    first = said(int(colours[order[0]])).replace(",", " ")
    why = "; so many come of smoothing or JPEG, so write masks as PNG without either" if len(colours) > _SHOWN else ""
    return (
        f"{printable(str(mask))} holds {what} that {printable(table.name)} does not name: "
        f"{first_few(shown, _SHOWN, total=len(colours))}; add {them}, as in 'void {first}'{why}"
    )
