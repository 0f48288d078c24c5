"""Results of pieces of a dissection, on the disk of the machine that asked for them: nothing is done twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visualize.dissection.chunk_files import Spill
from visualize.dissection.durable_files import from_text, read_sealed, text_array, write_sealed
from visualize.dissection.seals import AGAIN, FORMAT
from visualize.intake.fields import checked, items, one_of, record, text, whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.cluster.pieces import Piece
    from visualize.methods.dissection.counting import Counting
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap

Values = NDArray[Any]
Best = dict[str, tuple[NDArray[np.int64], Values, NDArray[np.int64]]]
"""Layer -> units, activations and numbers of pictures, of what was among the best when the piece came."""

_KINDS = ("units", "peaks", "indices")
_names = items(text(0))
_THINNED_FROM = 1 << 30  # bytes; what is less is not worth reading and writing again


class PieceFiles:
    """Files ``chunk-00001.npy``, ``scan-00001.npz`` and so on of pieces, in the order in which they are done.

    Args:
        folder: where the files lie.
        taps: layer -> how it is scanned.
    """

    def __init__(self, folder: Path, taps: Mapping[str, Tap]) -> None:
        self.folder, self._taps = folder, taps
        self.chunks = Spill(folder, list(taps))
        self._room = _THINNED_FROM
        self._bytes = 0

    def write(self, piece: Piece, chunk: Chunk, broken: Sequence[str], best: Best) -> None:
        """Keep what a worker gave for a piece; its description comes last, and says that all is there."""
        self.chunks.write(piece.number, chunk)
        about = {
            "format": FORMAT, "first": piece.first, "last": piece.last, "pictures": len(chunk.indices),
            "broken": list(broken),
        }  # fmt: skip
        arrays: dict[str, Values] = {"about": text_array(about)}
        for place, name in enumerate(self._taps):
            if name in best:
                arrays |= {f"{kind}{place}": array for kind, array in zip(_KINDS, best[name], strict=True)}
        write_sealed(self._path(piece), arrays)
        self._bytes += sum(sparse.nbytes for sparse in chunk.layers.values())

    def read(self, piece: Piece) -> tuple[Chunk, list[str], Best] | None:
        """Result of a piece; None where it is not done, or was cut in another way.

        Raises:
            InputError: a file is damaged.
        """
        path = self._path(piece)
        if not path.is_file():
            return None
        arrays, span = read_sealed(path), whole(0, piece.last)
        fields = {"format": one_of((FORMAT,)), "first": whole(), "last": whole(), "pictures": span, "broken": _names}
        about = checked(from_text(arrays.get("about", text_array({})), str(path)), record(fields), str(path))
        if (about["first"], about["last"]) != (piece.first, piece.last):
            return None
        try:
            chunk = self.chunks.read(piece.number)
        except FileNotFoundError:
            return None
        self._bytes += sum(sparse.nbytes for sparse in chunk.layers.values())
        return chunk, about["broken"], self._best(path, arrays, piece)

    def _best(self, path: Path, arrays: Mapping[str, Values], piece: Piece) -> Best:
        best = {}
        for place, (name, tap) in enumerate(self._taps.items()):
            if f"units{place}" not in arrays:
                continue
            units, peaks, indices = (
                arrays.get(f"{kind}{place}", np.empty(0)) for kind in ("units", "peaks", "indices")
            )
            good = units.dtype.kind == indices.dtype.kind == "i" and peaks.dtype.kind == "f"
            good = good and units.ndim == 1 and units.shape == peaks.shape == indices.shape
            if not good or not _within(units, 0, tap.units) or not _within(indices, piece.first, piece.last):
                raise InputError(f"{path} is damaged: it lists what its piece does not have; {AGAIN}")
            best[name] = units, peaks, indices
        return best

    def _path(self, piece: Piece) -> Path:
        return self.folder / f"scan-{piece.number:05d}.npz"

    @property
    def overgrown(self) -> bool:
        """Whether so much was added that it is time to drop what no longer matters."""
        return self._bytes > self._room

    def thin(self, pieces: Sequence[Piece], bounds: Mapping[str, Values]) -> None:
        """Drop of some pieces what no longer matters.

        Args:
            pieces: that are there.
            bounds: layer -> for each unit; only values above it matter.
        """
        from visualize.methods.dissection.store import thin

        numberings, self._bytes = {name: tap.numbering for name, tap in self._taps.items()}, 0
        for piece in pieces:
            chunk = thin(self.chunks.read(piece.number), numberings, bounds)
            self.chunks.write(piece.number, chunk)
            self._bytes += sum(sparse.nbytes for sparse in chunk.layers.values())
        self._room = max(_THINNED_FROM, 2 * self._bytes)


def _within(numbers: NDArray[Any], first: int, last: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= first and numbers.max() < last)


class TallyFile:
    """The sum of the counts so far, with the numbers of the pieces that are in it.

    Args:
        folder: where it lies.
        digest: of the thresholds that counts belong to.
    """

    def __init__(self, folder: Path, digest: str) -> None:
        self._path, self._digest = folder / "tally.npz", digest

    def write(self, counting: Counting, broken: Mapping[int, Sequence[str]]) -> None:
        """Keep the sum.

        Args:
            counting: holds it.
            broken: number of each piece that is in it -> names of pictures whose labels could not be read.
        """
        listed = {str(number): list(names) for number, names in broken.items()}
        about = {"format": FORMAT, "thresholds": self._digest, "pieces": listed}
        write_sealed(self._path, {"about": text_array(about), **_arrays(counting)})

    def read(self, counting: Counting) -> dict[int, list[str]]:
        """Take the sum up again, and give the pieces that are in it; none where there is none of these thresholds.

        Raises:
            InputError: the file is damaged.
        """
        if not self._path.is_file():
            return {}
        arrays = read_sealed(self._path)
        about = from_text(arrays.get("about", text_array({})), str(self._path))
        if not isinstance(about, dict) or about.get("thresholds") != self._digest:
            return {}
        pieces = about.get("pieces")
        good = isinstance(pieces, dict) and all(name.isdecimal() for name in pieces)
        for name, array in _arrays(counting).items():
            held = arrays.get(name)
            good = good and held is not None and held.shape == array.shape and held.dtype.kind in "iu"
        if not good or pieces is None:
            raise InputError(f"{self._path} is damaged: it is not of the counts that its record calls for; {AGAIN}")
        for name, array in _arrays(counting).items():
            np.add(array, arrays[name], out=array)
        return {int(name): list(_names(names)) for name, names in pieces.items()}


def _arrays(counting: Counting) -> dict[str, NDArray[np.int64]]:
    """The arrays that counts are summed in, themselves."""
    truth = counting.truth
    arrays = {"truth": truth.concepts, "pixels": truth.categories, "annotated": truth.pictures}
    for place, tally in enumerate(counting.tallies.values()):
        arrays |= {f"intersection{place}": tally.intersection, f"activation{place}": tally.activation}
    return arrays
