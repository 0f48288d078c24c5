"""Dissecting layers into a folder: in one go or in shards, interrupted as often as it may be."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from visualize.data.files.gpu_decoding import decoding
from visualize.dissection import work_folder
from visualize.dissection.conclusion import Kept, conclude
from visualize.dissection.durable_files import require_space
from visualize.dissection.record import Record, geometry
from visualize.dissection.record_fields import read_manifest
from visualize.dissection.results import paths_of
from visualize.dissection.shard import WORK, Part, Summary
from visualize.dissection.tables import MANIFEST
from visualize.methods.dissection.labels import Vocabulary
from visualize.methods.dissection.settings import Settings, above
from visualize.methods.dissection.thresholds import joined
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.pictures.peaks import Peaks
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from visualize.data.files.gpu_decoding import Decoding
    from visualize.methods.dissection.counting import Counting
    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch


_NAMED = 3  # layers that a bar's title names
_KEPT = 0.12  # of all activations, about; 3 to 12 % were measured
_COUNTED = 24  # bytes of counts by picture for each picture and unit, about; 15 to 17 were measured


@dataclass(frozen=True)
class Outcome:
    """Files that a run or a merge has written.

    Args:
        out: the folder.
        finished: False for a shard, which waits to be merged.
        paths: the files: ``dissection.json``, and for each layer a ``.csv`` and an ``.npz``; empty for a shard.

    Example:
        >>> import torch
        >>> from visualize.methods import Preparation, Probe
        >>> from visualize.data import open_labelled
        >>> from visualize.dissection import run
        >>> network = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 5, stride=4))
        >>> probe = Probe(network, prepare=Preparation(size=(32, 32)))
        >>> outcome = run(probe, ["0"], open_labelled("scenes", count=2), "out")
        >>> outcome.finished, [path.name for path in outcome.paths]
        (True, ['dissection.json', '0.csv', '0.npz'])
    """

    out: Path
    finished: bool
    paths: tuple[Path, ...]


def run(  # noqa: PLR0913 (a network, layers, a set and a folder, and how)
    probe: Probe,
    layers: Sequence[str],
    labelled: Labelled,
    out: str | Path,
    settings: Settings | None = None,
    *,
    shard: tuple[int, int] = (1, 1),
    source: Mapping[str, Any] | None = None,
    chunk: int = 256,
    batch: int | Literal["auto"] | None = None,
    workers: int | None = None,
    decode: Decoding = "processor",
    watch: Watch = unwatched,
) -> Outcome:
    """Dissect all units of some layers in one run of the network, and write the results into a folder.

    Killed at any moment and called again with the same arguments it goes on from the last finished chunk and gives the
    same numbers. What lies in the folder on the way (``out/partial``) is removed at the end.

    Args:
        probe: the network.
        layers: names or aliases.
        labelled: the probe set.
        out: the folder.
        settings: what the numbers depend on; the paper's by default.
        shard: (which, of how many), from 1: only this part of the pictures is looked at, and :func:`merge` does the
            rest.
        source: arguments for :func:`visualize.data.open_labelled` that open the set again, for :func:`merge`.
        chunk: pictures between two points at which an interrupted run can go on.
        batch: pictures that are loaded together, on which the numbers do not depend; ``"auto"`` are as many as the
            memory holds, which the network also looks at together.
        workers: threads that load pictures and labels; the numbers do not depend on them either.
        decode: what decodes JPEG files: ``"gpu"`` gives other pixels, by a few levels, and the record says so.
        watch: shows how far it has come, in pictures.

    Raises:
        UnitError: a layer that the network does not have.
        InputError: the folder holds a dissection with other settings or is in use, the disk is too full, more than 1 %
            of the set is broken, an activation is not finite, or settings and set do not fit.
    """
    out, settings = Path(out).expanduser(), settings or Settings()
    _check_shard(shard, len(labelled))
    Vocabulary(labelled, settings.categories)
    taps = geometry(probe, layers, settings, len(labelled))
    record = Record.of(probe, taps, labelled, settings, shard=shard, source=source, decode=decode)
    if (out / MANIFEST).is_file():
        record.require(read_manifest(out / MANIFEST), str(out))
        work_folder.clear(out / WORK)  # of a run that was killed between its last two steps
        return Outcome(out, True, paths_of(out))
    part = Part(out, record)
    if not part.begun:
        require_space(out, space_needed(taps, record))
        with suppress(BrokenImage):  # what cannot label at all is told before the network has run for hours
            labelled.labels(record.range[0], probe.prepare)
    with work_folder.alone(out / WORK):
        part.begin()
        with _kept(part):
            if not part.scanned:
                with decoding(decode, probe.device), watch(_title(list(taps))) as progress:
                    part.scan(probe, labelled, taps, chunk=chunk, batch=batch, workers=workers, progress=progress)
            if shard[1] > 1:
                return Outcome(out, False, ())
            return _finish([part], labelled, out, workers=workers, watch=watch, device=probe.device)


@contextmanager
def _kept(part: Part) -> Iterator[None]:
    """Say in an error that the work until then is kept, if there is any."""
    try:
        yield
    except InputError as fault:
        if not part.begun:
            raise
        kept = f"what was computed is kept in {part.folder}, and the same command goes on from there"
        raise InputError(f"{fault}; {kept}") from fault


def _title(layers: Sequence[str]) -> str:
    """Words on what is dissected, however much that is."""
    return ", ".join(layers) if len(layers) <= _NAMED else f"{len(layers)} layers"


def merge(
    folders: Sequence[str | Path],
    out: str | Path,
    *,
    labelled: Labelled | None = None,
    workers: int | None = None,
    watch: Watch = unwatched,
) -> Outcome:
    """Put shards together: exactly what one run over the whole set would have written.

    Thresholds first, from every shard's largest activations; then each shard's kept maps are held against the labels,
    unless that was done already. Both leave small files in the shards' folders; the kept maps are removed at the end.

    Args:
        folders: the folders that the shards were written to, in any order.
        out: the folder for the results.
        labelled: the probe set; by default it is opened as the shards' runs were told.
        workers: threads that read labels.
        watch: shows how far it has come.

    Raises:
        InputError: a shard is missing, unfinished, given twice or differs in its settings; the set is another one or
            cannot be opened; or what :func:`run` raises.
    """
    out = Path(out).expanduser()
    parts = _complete([Part.at(Path(folder).expanduser()) for folder in folders])
    record = parts[0].record
    if (out / MANIFEST).is_file():
        record.require(read_manifest(out / MANIFEST), str(out), but=("shard",))
        work_folder.clear(out / WORK)
        for part in parts:
            part.drop()
        return Outcome(out, True, paths_of(out))
    labelled = labelled if labelled is not None else _opened(record)
    if labelled.fingerprint != record.content["set"]["fingerprint"]:
        raise InputError(
            f"{labelled.name} is not the probe set that {parts[0].out} was made with, or has changed since"
        )
    with work_folder.alone(out / WORK):
        outcome = _finish(parts, labelled, out, workers=workers, watch=watch)
    for part in parts:
        part.drop()
    return outcome


def _finish(
    parts: Sequence[Part],
    labelled: Labelled,
    out: Path,
    *,
    workers: int | None,
    watch: Watch,
    device: torch.device | None = None,
) -> Outcome:
    """Find the thresholds, count the overlaps, and write the files."""
    record = parts[0].record
    taps, settings = record.taps(), record.settings
    summaries = [part.summary() for part in parts]
    scanned = sum(summary.scanned for summary in summaries)
    cuts = {name: _thresholds(parts, tap, settings, scanned) for name, tap in taps.items()}
    for name, tap in taps.items():
        tap.peaks = _top(name, summaries)
    whole: Counting | None = None
    for part in parts:
        with watch("counting") as progress:
            counted = part.count(labelled, taps, cuts, workers=workers, progress=progress, device=device)
        whole = counted if whole is None else _added(whole, counted)
    if whole is None:
        raise InputError("no part of a dissection is given to put together")
    broken = [name for summary in summaries for name in summary.broken]
    kept = Kept(
        taps=taps, cuts=cuts, scanned=scanned, broken=broken, by_picture=_ByPicture(parts, labelled),
        chunks=_Chunks(parts), device=device,
    )  # fmt: skip
    return Outcome(out, True, conclude(record, labelled, out, whole, kept, workers=workers, watch=watch))


@dataclass(frozen=True)
class _Chunks:
    """Kept parts of the maps of all parts, read from the disk as often as they are iterated over."""

    parts: Sequence[Part]

    def __iter__(self) -> Iterator[Chunk]:
        for part in self.parts:
            yield from part.chunks()


@dataclass(frozen=True)
class _ByPicture:
    """Counts of every picture of all parts, read from the disk as often as they are iterated over."""

    parts: Sequence[Part]
    labelled: Labelled

    def __iter__(self) -> Iterator[PictureCounts]:
        for part in self.parts:
            yield from part.by_picture(self.labelled)


def _thresholds(parts: Sequence[Part], tap: Tap, settings: Settings, scanned: int) -> NDArray[Any]:
    tops = [top for part in parts if (top := part.top(tap.layer)) is not None]
    return joined(tops, above(settings.quantile, scanned * tap.positions))


def _top(name: str, summaries: Sequence[Summary]) -> Peaks:
    several = [summary.peaks[name] for summary in summaries if name in summary.peaks]
    units, count = several[0].values.shape
    joined = Peaks(units, count, several[0].values.dtype)
    for peaks in several:
        joined.add(peaks.values, peaks.indices)
    return joined


def _added(total: Counting, part: Counting) -> Counting:
    """The sum of two parts' counts, which is exact."""
    total.truth.concepts += part.truth.concepts
    total.truth.categories += part.truth.categories
    total.truth.pictures += part.truth.pictures
    total.broken += part.broken
    for name, tally in total.tallies.items():
        tally.intersection += part.tallies[name].intersection
        tally.activation += part.tallies[name].activation
    return total


def _complete(parts: list[Part]) -> list[Part]:
    """The shards in their order, none missing, none twice, all alike."""
    if not parts:
        raise InputError("no folder is given to merge; give those of all shards")
    parts = sorted(parts, key=lambda part: part.record.shard)
    first = parts[0]
    for part in parts[1:]:
        but = ("shard", "torch", "device", "threads")  # shards may be made on different machines
        first.record.require(part.record.content, str(part.out), but=but)
        if part.record.shard[1] != first.record.shard[1]:
            raise InputError(
                f"{first.out} is one of {first.record.shard[1]} shards and {part.out} one of {part.record.shard[1]}"
            )
    given, count = [part.record.shard[0] for part in parts], first.record.shard[1]
    missing = sorted(set(range(1, count + 1)) - set(given))
    if missing:
        raise InputError(
            f"shard {', '.join(f'{number}/{count}' for number in missing)} is missing; give the folders of all {count}"
        )
    if len(set(given)) < len(given):
        twice = next(number for number in given if given.count(number) > 1)
        where = " and ".join(str(part.out) for part in parts if part.record.shard[0] == twice)
        raise InputError(f"shard {twice}/{count} is given twice: {where}")
    return parts


def _opened(record: Record) -> Labelled:
    from visualize.data import open_labelled
    from visualize.data.segmenters.names import named_by_a_record

    source = record.content["source"]
    if source is None:
        raise InputError("the shards do not say where their probe set lies; give it")
    with named_by_a_record():
        return open_labelled(**source)


def _check_shard(shard: tuple[int, int], pictures: int) -> None:
    which, count = shard
    if not 1 <= which <= count:
        raise InputError(f"shard {which}/{count} does not exist; shards are numbered from 1/{max(count, 1)}")
    if count > max(1, pictures):
        raise InputError(f"{pictures} pictures cannot be cut into {count} shards; make it {pictures} at most")


def space_needed(taps: Mapping[str, Tap], record: Record) -> int:
    """Number of bytes, roughly, that a part may need on the disk until it is finished."""
    first, last = record.range
    largest = sum(tap.numbering.size for tap in taps.values()) * (last - first)
    counts = _COUNTED * sum(tap.units for tap in taps.values()) * (last - first) if record.settings.resamples else 0
    kept = 1.0 if record.settings.ranges else _KEPT
    return int(kept * largest * 8) + counts + sum(tap.units * tap.keep * 4 for tap in taps.values()) + (16 << 20)
