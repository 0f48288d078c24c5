"""Counts by picture on disk, one file for each chunk of pictures that was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.dissection.durable_files import read_row, write_row
from visualize.dissection.seals import AGAIN
from visualize.methods.dissection.picture_counts import LayerCounts, PictureCounts, Pixels, fewest
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from visualize.methods.dissection.labels import Vocabulary

Values = NDArray[Any]

_LIST = 3  # arrays of each list of pixels: rows, pictures, counts


class CountFiles:
    """Files ``counts-00001.npy`` and on, each several arrays end to end.

    Args:
        folder: where the files lie.
        layers: the number of units of each layer by its name, in the order in which files number them.
        vocabulary: the concepts that are counted.
    """

    def __init__(self, folder: Path, layers: Mapping[str, int], vocabulary: Vocabulary) -> None:
        self.folder, self.layers, self._vocabulary = folder, dict(layers), vocabulary

    def _path(self, number: int) -> Path:
        return self.folder / f"counts-{number:05d}.npy"

    def there(self, last: int) -> bool:
        """Whether the files of chunks 1 to ``last`` are there."""
        return all(self._path(number).is_file() for number in range(1, last + 1))

    def write(self, number: int, counts: PictureCounts) -> None:
        """Write the counts of chunk ``number``, counted from 1."""
        lists = [counts.truth]
        for name in self.layers:
            lists += [counts.layers[name].areas, counts.layers[name].shared]
        arrays = [counts.annotated]
        for pixels in lists:
            arrays += [fewest(pixels.rows), fewest(pixels.pictures), fewest(pixels.counts)]
        write_row(self._path(number), arrays)

    def read(self, number: int) -> PictureCounts:
        """Read the counts of chunk ``number``, counted from 1.

        Raises:
            InputError: the file is missing, damaged, or of other layers or concepts.
        """
        path, concepts = self._path(number), len(self._vocabulary.concepts)
        wide = [concepts, *(size for units in self.layers.values() for size in (units, units * concepts))]
        try:
            annotated, *arrays = read_row(path, 1 + _LIST * len(wide))
        except FileNotFoundError as fault:
            raise InputError(f"{path} is missing; {AGAIN}") from fault
        if annotated.dtype != np.uint8 or annotated.shape != (len(annotated), len(self._vocabulary.categories)):
            raise InputError(f"{path} is damaged: it is not of the categories that its record calls for; {AGAIN}")
        truth, *lists = (
            _listed(path, arrays[_LIST * place : _LIST * (place + 1)], rows, len(annotated))
            for place, rows in enumerate(wide)
        )
        pairs = zip(self.layers, lists[::2], lists[1::2], strict=True)
        return PictureCounts(annotated, truth, {name: LayerCounts(areas, shared) for name, areas, shared in pairs})


def _listed(path: Path, arrays: list[Values], rows: int, pictures: int) -> Pixels:
    """A list of pixels, whose numbers are those of rows and pictures that there are."""
    for array, most in zip(arrays, (rows, pictures, 1 << 32), strict=True):
        good = array.ndim == 1 and array.dtype.kind == "u" and len(array) == len(arrays[0])
        if not good or (len(array) and int(array.max()) >= most):
            raise InputError(f"{path} is damaged: it counts what there is not; {AGAIN}")
    return Pixels.of(*arrays)
