"""Activation maps on disk: the part of them that a scan keeps, one file for each chunk of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.dissection.durable_files import read_row, write_row
from visualize.methods.dissection.sparse import Numbering, Sparse
from visualize.methods.dissection.store import Chunk, thin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


Values = NDArray[Any]

ROOM = 1 << 30  # bytes; what is less is not worth reading and writing again


class Spill:
    """A store of files ``chunk-00001.npy`` and on, each several arrays end to end.

    Args:
        folder: where the files lie.
        layers: the layers' names, in the order in which files number them.
        count: number of chunks that are there; files beyond it are of a run that was killed, and are written anew.
        strict: refuse files without checksums, as format 1 has them.
    """

    def __init__(self, folder: Path, layers: Sequence[str], count: int = 0, *, strict: bool = True) -> None:
        self.folder, self.layers, self.count, self._strict = folder, tuple(layers), count, strict
        self._sizes = {
            number: path.stat().st_size for number in range(1, count + 1) if (path := self._path(number)).is_file()
        }
        self._room = ROOM

    def _path(self, number: int) -> Path:
        return self.folder / f"chunk-{number:05d}.npy"

    def add(self, chunk: Chunk) -> None:
        """Write one more chunk, whose pictures come after those of all chunks before."""
        self.write(self.count + 1, chunk)
        self.count += 1

    @property
    def overgrown(self) -> bool:
        """Whether so much was added that it is time to drop what no longer matters."""
        return sum(self._sizes.values()) > self._room

    def write(self, number: int, chunk: Chunk) -> None:
        """Write chunk ``number``, counted from 1, whichever of the others are there."""
        arrays: list[Values] = [np.array(chunk.indices, np.int64)]
        for name in self.layers:
            arrays += [chunk.layers[name].keys, chunk.layers[name].values]
        write_row(self._path(number), arrays)
        self._sizes[number] = self._path(number).stat().st_size

    def read(self, number: int) -> Chunk:
        """Read chunk ``number``, counted from 1.

        Raises:
            InputError: the file is damaged.
        """
        indices, *arrays = read_row(self._path(number), 1 + 2 * len(self.layers), strict=self._strict)
        layers = {
            name: Sparse(keys, values)
            for name, keys, values in zip(self.layers, arrays[::2], arrays[1::2], strict=True)
        }
        return Chunk(tuple(indices.tolist()), layers)

    def __iter__(self) -> Iterator[Chunk]:
        return (self.read(number) for number in range(1, self.count + 1))

    def thin(self, numberings: Mapping[str, Numbering], bounds: Mapping[str, Values]) -> None:
        """Drop what no longer matters; only for bounds that are saved already, so that a resumed run has them too."""
        for number in range(1, self.count + 1):
            self.write(number, thin(self.read(number), numberings, bounds))
        self._room = max(ROOM, 2 * sum(self._sizes.values()))

    def remove(self) -> None:
        """Delete every chunk, also those of a run that was killed."""
        for path in self.folder.glob("chunk-*.npy"):
            path.unlink(missing_ok=True)
        self.count, self._sizes = 0, {}
