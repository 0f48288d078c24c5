"""One part of a dissection in its folder: the record of what it was asked for, its progress, and its counts."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from visualize.dissection.chunk_files import Spill
from visualize.dissection.count_files import CountFiles
from visualize.dissection.durable_files import text_array, write_json, write_sealed
from visualize.dissection.part_arrays import read_counts, read_state, read_summary, read_top
from visualize.dissection.record import Record
from visualize.dissection.record_fields import read_asked
from visualize.dissection.seals import FORMAT, sealed
from visualize.files import sweep
from visualize.methods.dissection.counting import Counting
from visualize.methods.dissection.labels import Vocabulary
from visualize.methods.dissection.scanning import Scanning
from visualize.methods.errors import InputError
from visualize.methods.pictures.peaks import Peaks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import torch

    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.progress import Progress


WORK = "partial"
"""The folder, within the output folder, of everything that a finished dissection does not need."""

_RECORD, _STATE, _SUMMARY, _TALLY = "asked.json", "state.npz", "summary.npz", "tally.npz"
_PATIENCE = 5.0  # seconds of counting that may be lost

Values = NDArray[Any]


@dataclass
class Summary:
    """Summary of a part that was scanned, small enough to be in memory for all parts at once.

    Args:
        peaks: layer -> top images.
        scanned: number of pictures that the network has seen.
        broken: names of the pictures that could not be read.
        chunks: number of files that hold what was kept of the maps.
    """

    peaks: dict[str, Peaks]
    scanned: int
    broken: list[str]
    chunks: int


class Part:
    """A folder in which one part (or the only one) of a dissection is made.

    Args:
        out: the output folder; the part lies in ``out/partial``.
        record: everything that the numbers depend on.
    """

    def __init__(self, out: Path, record: Record) -> None:
        self.out, self.folder, self.record = out, out / WORK, record
        self._strict = True

    @classmethod
    def at(cls, out: Path) -> Part:
        """The part that was made in a folder.

        Raises:
            InputError: there is none, or it is not finished.
        """
        if not (out / WORK / _RECORD).is_file():
            raise InputError(
                f"{out} holds no part of a dissection (a folder {WORK} with {_RECORD}); give the folders that shards "
                f"were written to"
            )
        part = cls(out, Record(read_asked(out / WORK / _RECORD)))
        part._strict = part.record.content["format"] == FORMAT
        if not (part.folder / _SUMMARY).is_file():
            which, count = part.record.shard
            raise InputError(f"shard {which}/{count} in {out} is not finished; start it again with the same command")
        return part

    @staticmethod
    def is_scanned(out: Path) -> bool:
        """Whether the network has seen all pictures of the part that is made in a folder, if one is."""
        return (out / WORK / _SUMMARY).is_file()

    def begin(self) -> None:
        """Write down the record of what is asked for, or make sure that the one in the folder is the same.

        Raises:
            InputError: the folder holds another dissection.
        """
        held = self.folder / _RECORD
        if self.begun:
            asked = read_asked(held)
            self.record.require(asked, str(self.out))
            self._strict = asked["format"] == FORMAT
        else:
            write_json(held, sealed(self.record.content))
        if not self.scanned:  # else another process may be putting the parts together, and writing here
            sweep(self.folder)

    @property
    def begun(self) -> bool:
        """Whether the folder holds numbers that other settings must not be mixed with."""
        return any((self.folder / name).is_file() for name in (_STATE, _SUMMARY))

    @property
    def scanned(self) -> bool:
        """Whether the network has seen all of the part's pictures."""
        return self.is_scanned(self.out)

    def scan(  # noqa: PLR0913 (a network and a set, and how)
        self,
        probe: Probe,
        labelled: Labelled,
        taps: dict[str, Tap],
        *,
        chunk: int,
        batch: int | Literal["auto"] | None,
        workers: int | None,
        progress: Progress,
    ) -> None:
        """Run the network over the part's pictures, from where it was interrupted."""
        first, last = self.record.range
        precision = self.record.settings.forward
        state, spill = self._resumed(Scanning(probe, labelled, taps, precision, first=first, done=first))

        def saved() -> None:
            self._save(state, spill)
            if spill.overgrown:
                floors = {name: tap.floor(tap.bounds) for name, tap in taps.items()}
                spill.thin({name: tap.numbering for name, tap in taps.items()}, floors)

        state.run(spill, last, chunk=chunk, batch=batch, workers=workers, progress=progress, saved=saved)
        self._summarise(state, spill)

    def _resumed(self, state: Scanning) -> tuple[Scanning, Spill]:
        """A scan where it was interrupted, or a new one."""
        path, names = self.folder / _STATE, self.record.layers
        if not path.is_file():
            return state, Spill(self.folder, names)
        about, held = read_state(path, self.record, strict=self._strict)
        spill = Spill(self.folder, names, about["chunks"], strict=self._strict)
        state.done, state.scanned, state.broken = about["done"], about["scanned"], list(about["broken"])
        for place, name in enumerate(names):
            if f"bounds{place}" in held:
                state.taps[name].resume(spill, held[f"bounds{place}"], _peaks(held, place))
        return state, spill

    def _save(self, state: Scanning, spill: Spill) -> None:
        about = {
            "format": FORMAT,
            "done": state.done,
            "scanned": state.scanned,
            "broken": state.broken,
            "chunks": spill.count,
        }
        arrays: dict[str, Values] = {"about": text_array(about)}
        for place, tap in enumerate(state.taps.values()):
            if tap.top is not None and tap.peaks is not None:
                arrays |= {f"bounds{place}": tap.top.bounds} | _of_peaks(tap.peaks, place)
        write_sealed(self.folder / _STATE, arrays)

    def _summarise(self, state: Scanning, spill: Spill) -> None:
        about = {"format": FORMAT, "scanned": state.scanned, "broken": state.broken, "chunks": spill.count}
        arrays: dict[str, Values] = {"about": text_array(about)}
        for place, tap in enumerate(state.taps.values()):
            if tap.top is not None and tap.peaks is not None:
                arrays |= {f"top{place}": tap.top.state()} | _of_peaks(tap.peaks, place)
        write_sealed(self.folder / _SUMMARY, arrays)
        for tap in state.taps.values():  # what is on the disk need not be in memory while the rest is done
            tap.top = None

    def summary(self) -> Summary:
        """Read the part's summary: all that the whole needs of it beside its largest activations."""
        about, arrays = read_summary(self.folder / _SUMMARY, self.record, strict=self._strict)
        peaks = {
            name: _peaks(arrays, place) for place, name in enumerate(self.record.layers) if f"peaks{place}" in arrays
        }
        return Summary(peaks, about["scanned"], list(about["broken"]), about["chunks"])

    def top(self, layer: str) -> Values | None:
        """The largest activations of every unit of a layer, units x most; None if the part saw no picture."""
        return read_top(self.folder / _SUMMARY, self.record, layer, strict=self._strict)

    def count(
        self,
        labelled: Labelled,
        taps: Mapping[str, Tap],
        cuts: Mapping[str, Values],
        *,
        workers: int | None,
        progress: Progress,
        device: torch.device | None = None,
    ) -> Counting:
        """Hold the part of the maps that was kept against the labels, from where it was interrupted.

        Args:
            labelled: the probe set.
            taps: layer -> how it was scanned.
            cuts: layer -> the units' thresholds.
            workers: threads that read labels.
            progress: told how many pictures of how many are counted.
            device: a GPU that counts; None leaves that to the processor.

        Raises:
            InputError: the part that was kept is gone, and was not counted with these thresholds.
        """
        preparation, settings = self.record.preparation, self.record.settings
        counting = Counting(labelled, preparation, settings, taps=taps, thresholds=cuts, workers=workers, device=device)
        digest, saved = digest_of(cuts), time.monotonic()
        summary = self.summary()
        chunks, total = summary.chunks, summary.scanned
        files = self._files(labelled)
        first, done = self._counted(counting, digest, files)
        spill = Spill(self.folder, self.record.layers, chunks, strict=self._strict)
        for number in range(first, chunks + 1):
            try:
                chunk = spill.read(number)
            except FileNotFoundError:
                raise InputError(
                    f"{self.out} was counted with other thresholds or in another way, and what it kept of the maps is "
                    f"gone; run its shard again"
                ) from None
            counts = counting.add(chunk, lambda some, done=done: progress(done + some, total))  # type: ignore[misc]
            if counts is not None:
                files.write(number, counts)
            done += len(chunk.indices)
            if time.monotonic() - saved > _PATIENCE or (number == chunks and self.record.shard[1] > 1):
                self._save_counts(counting, {"thresholds": digest, "next": number + 1, "done": done})
                saved = time.monotonic()
        return counting

    def by_picture(self, labelled: Labelled) -> Iterator[PictureCounts]:
        """Counts of every picture by itself, chunk by chunk, once :meth:`count` is done.

        Args:
            labelled: the probe set.

        Raises:
            InputError: a file of them is missing or damaged.
        """
        files = self._files(labelled)
        return (files.read(number) for number in range(1, self.summary().chunks + 1))

    def _files(self, labelled: Labelled) -> CountFiles:
        units = {name: int(about["units"]) for name, about in self.record.content["layers"].items()}
        return CountFiles(self.folder, units, Vocabulary(labelled, self.record.settings.categories))

    def _counted(self, counting: Counting, digest: str, files: CountFiles) -> tuple[int, int]:
        """Take up counts that were saved; gives the first chunk that was not counted, and the pictures before it."""
        path = self.folder / _TALLY
        if not path.is_file():
            return 1, 0
        about, held = read_counts(path, counting, self.record, strict=self._strict)
        if about["thresholds"] != digest:
            return 1, 0
        if self.record.settings.resamples and not files.there(about["next"] - 1):
            return 1, 0
        counting.truth.concepts += held["truth"]
        counting.truth.categories += held["pixels"]
        counting.truth.pictures += held["annotated"]
        counting.broken += list(about["broken"])
        for place, name in enumerate(self.record.layers):
            if name in counting.tallies:
                counting.tallies[name].intersection += held[f"intersection{place}"]
                counting.tallies[name].activation += held[f"activation{place}"]
        return about["next"], about["done"]

    def _save_counts(self, counting: Counting, about: dict[str, Any]) -> None:
        arrays: dict[str, Values] = {
            "about": text_array(about | {"format": FORMAT, "broken": counting.broken}),
            "truth": counting.truth.concepts,
            "pixels": counting.truth.categories,
            "annotated": counting.truth.pictures,
        }
        for place, name in enumerate(self.record.layers):
            if name in counting.tallies:
                tally = counting.tallies[name]
                arrays |= {f"intersection{place}": tally.intersection, f"activation{place}": tally.activation}
        write_sealed(self.folder / _TALLY, arrays)

    def chunks(self) -> Iterator[Chunk]:
        """Kept parts of the maps, chunk by chunk.

        Raises:
            InputError: it is gone.
        """
        spill = Spill(self.folder, self.record.layers, self.summary().chunks, strict=self._strict)
        try:
            yield from spill
        except FileNotFoundError:
            raise InputError(f"what {self.out} kept of the maps is gone; run its shard again") from None

    def drop(self) -> None:
        """Remove the part of the maps that was kept; small files stay, so that the part can be merged again."""
        Spill(self.folder, self.record.layers).remove()


def _peaks(held: Mapping[str, Values], place: int) -> Peaks:
    values, indices = held[f"peaks{place}"], held[f"indices{place}"]
    units, count = values.shape
    peaks = Peaks(units, count, values.dtype)
    peaks.values, peaks.indices = values, indices
    return peaks


def _of_peaks(peaks: Peaks, place: int) -> dict[str, Values]:
    return {f"peaks{place}": peaks.values, f"indices{place}": peaks.indices}


def digest_of(cuts: Mapping[str, Values]) -> str:
    """A name of thresholds by layer, by which counts that belong to them are told."""
    digest = hashlib.sha256()
    for name, values in cuts.items():
        digest.update(f"{name} {values.dtype} {values.shape}\n".encode() + values.tobytes())
    return digest.hexdigest()
