"""Dissecting on several machines into a folder of this one: the same tables as by itself, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import torch

from visualize.cluster.broken_pictures import require_broken
from visualize.cluster.piece_files import PieceFiles, TallyFile
from visualize.cluster.piece_sums import ScanSums, add_counts
from visualize.cluster.pieces import Job, Piece, cut
from visualize.cluster.pool import Pool, pool
from visualize.dissection import work_folder
from visualize.dissection.conclusion import Kept, conclude
from visualize.dissection.count_files import CountFiles
from visualize.dissection.durable_files import require_space
from visualize.dissection.record import Record, geometry
from visualize.dissection.record_fields import read_manifest
from visualize.dissection.results import paths_of
from visualize.dissection.resumable_run import Outcome, space_needed
from visualize.dissection.shard import WORK, Part, digest_of
from visualize.dissection.tables import MANIFEST
from visualize.methods.dissection.counting import Counting
from visualize.methods.dissection.labels import Vocabulary
from visualize.methods.dissection.scanning import require_whole
from visualize.methods.dissection.settings import Settings
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.pool import Engine
    from visualize.dissection.chunk_files import Spill
    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch

PIECES = "pieces"
"""The folder, within the working folder, of what workers gave."""

_FEWEST, _MOST = 8, 256  # pictures of a piece
_BYTES = 64 << 20  # of a piece of which everything is kept, as of the first ones
_PATIENCE = 5.0  # seconds of counting that may be lost


@dataclass(frozen=True, kw_only=True)
class ClusterWork:
    """Work on a cluster, as a dissection asks for it.

    Args:
        engine: gives the engine whose workers do a job.
        network: the network as workers load it; on which device decides what the last bits are.
        threads: that a worker's network runs in.
        batch: pictures that are loaded together; None is as usual, ``"auto"`` as many as the memory holds.
        piece: pictures that a worker looks at before it says so; None is as many as are good. The numbers do not depend
            on it.
    """

    engine: Callable[[Job], Engine]
    network: NetworkSource
    threads: int = 1
    batch: int | Literal["auto"] | None = None
    piece: int | None = None


def run_on_cluster(  # noqa: PLR0913 (a network, layers, a set and a folder, and how)
    work: ClusterWork,
    probe: Probe,
    layers: Sequence[str],
    labelled: Labelled,
    out: str | Path,
    settings: Settings | None = None,
    *,
    source: Mapping[str, Any],
    workers: int | None = None,
    watch: Watch = unwatched,
) -> Outcome:
    """Dissect all units of some layers, the pictures being looked at and counted by workers.

    Interrupted or killed and called again it asks workers only for what they had not given. What they gave lies in
    ``out/partial/pieces`` on the way. The memory that it takes here does not grow with the number of pictures.

    Args:
        work: how workers come about.
        probe: the network.
        layers: names or aliases.
        labelled: the probe set.
        out: the folder.
        settings: what the numbers depend on; the paper's by default.
        source: arguments for :func:`visualize.data.open_labelled` with which a worker opens the set.
        workers: threads here that read labels, where formulas are asked for.
        watch: shows how far it has come, in pictures.

    Raises:
        InputError: what :func:`visualize.dissection.run` raises, and what goes wrong on a worker.
    """
    out, settings = Path(out).expanduser(), settings or Settings()
    Vocabulary(labelled, settings.categories)
    taps = geometry(probe, layers, settings, len(labelled))
    record = Record.of(probe, taps, labelled, settings, shard=(1, 1), source=source)
    device = torch.device(work.network.device).type
    record = Record(record.content | {"threads": work.threads, "device": device})
    if (out / MANIFEST).is_file():
        record.require(read_manifest(out / MANIFEST), str(out))
        work_folder.clear(out / WORK)
        return Outcome(out, True, paths_of(out))
    part = Part(out, record)
    if not part.begun:
        require_space(out, space_needed(taps, record))
    job = Job(
        network=work.network, source=source, fingerprint=labelled.fingerprint, layers=tuple(taps), settings=settings,
        torch=torch.__version__, threads=work.threads, folder=str(Path.cwd()),
        batch=work.batch,
    )  # fmt: skip
    with work_folder.alone(out / WORK):
        part.begin()
        (out / WORK / PIECES).mkdir(exist_ok=True)
        run = _Run(record, labelled, out, watch, work.piece)
        with pool(work.engine(job)) as workers_there:
            counting, kept = run.done(workers_there)
        return Outcome(out, True, conclude(record, labelled, out, counting, kept, workers=workers, watch=watch))


class _Run:
    """A dissection on its way.

    Args:
        record: everything that its numbers depend on.
        labelled: the probe set.
        out: the output folder.
        watch: shows how far it has come.
        size: pictures of a piece; None is as many as are good.
    """

    def __init__(self, record: Record, labelled: Labelled, out: Path, watch: Watch, size: int | None) -> None:
        self._record, self._labelled, self._watch = record, labelled, watch
        self._folder = out / WORK / PIECES
        self._taps = record.taps()
        self._pieces = cut(record.pictures, size or _size(self._taps))
        self._files = PieceFiles(self._folder, self._taps)

    def done(self, workers: Pool) -> tuple[Counting, Kept]:
        """The finished counts, and what the scan left."""
        sums = self._scan(workers)
        cuts = sums.thresholds(self._record.settings.quantile, self._chunks)
        for name, tap in self._taps.items():
            tap.peaks = sums.peaks()[name]
        counting, counts = self._count(workers, cuts)
        kept = Kept(
            taps=self._taps, cuts=cuts, scanned=sums.scanned, broken=sums.names,
            by_picture=_ByPicture(counts, len(self._pieces)), chunks=_Chunks(self._files.chunks, self._pieces),
        )  # fmt: skip
        return counting, kept

    def _scan(self, workers: Pool) -> ScanSums:
        sums, total, seen = ScanSums(self._taps), self._record.pictures, 0
        lacking: list[Piece] = []
        there: list[Piece] = []
        with self._watch(", ".join(self._taps) if len(self._taps) <= 3 else f"{len(self._taps)} layers") as progress:
            for piece in self._pieces:
                held = self._files.read(piece)
                if held is None:
                    lacking.append(piece)
                else:
                    sums.resume(piece, *held)
                    there.append(piece)
                    seen += piece.last - piece.first
            for piece, scanned in workers.work(
                lacking, lambda piece: ("scan", (piece.first, piece.last, sums.bounds()))
            ):
                require_broken(self._labelled, self._record.preparation, piece, scanned.broken)
                best = sums.add(piece, scanned)
                self._files.write(piece, scanned.chunk, scanned.broken, best)
                if scanned.broken:
                    require_whole(sums.names, total, self._labelled.name)
                there.append(piece)
                seen += piece.last - piece.first
                if self._files.overgrown:
                    floors = {name: self._taps[name].floor(bounds) for name, bounds in sums.bounds().items()}
                    self._files.thin(there, floors)
                progress(seen, total)
        return sums

    def _chunks(self) -> Iterator[Chunk]:
        return (self._files.chunks.read(piece.number) for piece in self._pieces)

    def _count(self, workers: Pool, cuts: Mapping[str, NDArray[Any]]) -> tuple[Counting, CountFiles]:
        settings, digest, saved = self._record.settings, digest_of(cuts), monotonic()
        counting = Counting(
            self._labelled, self._record.preparation, settings, taps=self._taps, thresholds=cuts
        )  # fmt: skip
        files = CountFiles(self._folder, {name: tap.units for name, tap in self._taps.items()}, counting.vocabulary)
        sums = TallyFile(self._folder, digest)
        broken = sums.read(counting)

        def task(piece: Piece) -> tuple[str, tuple[Any, ...]]:
            return "count", (self._files.chunks.read(piece.number), cuts, digest)

        lacking = [piece for piece in self._pieces if piece.number not in broken]
        with self._watch("counting") as progress:
            for done, (piece, counts) in enumerate(workers.work(lacking, task), len(broken) + 1):
                if counts.by_picture is not None:
                    files.write(piece.number, counts.by_picture)
                add_counts(counting, counts)
                broken[piece.number] = list(counts.broken)
                if monotonic() - saved > _PATIENCE:
                    sums.write(counting, broken)
                    saved = monotonic()
                progress(self._record.pictures * done // len(self._pieces), self._record.pictures)
        sums.write(counting, broken)
        counting.broken = [name for number in sorted(broken) for name in broken[number]]
        return counting, files


@dataclass(frozen=True)
class _Chunks:
    """Kept parts of the maps, read from the disk as often as they are iterated over."""

    files: Spill
    pieces: Sequence[Piece]

    def __iter__(self) -> Iterator[Chunk]:
        return (self.files.read(piece.number) for piece in self.pieces)


@dataclass(frozen=True)
class _ByPicture:
    """Counts of every picture, read from the disk as often as they are iterated over."""

    files: CountFiles
    pieces: int

    def __iter__(self) -> Iterator[PictureCounts]:
        return (self.files.read(number) for number in range(1, self.pieces + 1))


def _size(taps: Mapping[str, Tap]) -> int:
    """How many pictures a piece has, in whole batches of the network."""
    largest = 8 * sum(tap.numbering.size for tap in taps.values())
    size = min(_MOST, max(_FEWEST, _BYTES // largest))
    return size - size % (64 if size >= 64 else _FEWEST)
