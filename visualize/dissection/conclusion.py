"""The end of a dissection: with everything counted, the scores, how sure they are, formulas, and the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.dissection import work_folder
from visualize.dissection.results import write_results
from visualize.dissection.shard import WORK
from visualize.methods.dissection.composition.composing import Composing
from visualize.methods.dissection.composition.ranges import activation_ranges
from visualize.methods.dissection.pipeline import scored, sure
from visualize.methods.dissection.scanning import require_whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from visualize.dissection.record import Record
    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.dissection.counting import Counting
    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.dissection.taps import Tap
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Remains of a scan beside the counts.

    Args:
        taps: layer -> how it was scanned, with its top images.
        cuts: layer -> the units' thresholds.
        scanned: number of pictures that the network has seen.
        broken: names of the pictures that could not be read, in the set's order.
        by_picture: counts of every picture by itself, in the set's order; iterated over once or more.
        chunks: kept parts of the maps, in the set's order; iterated over once or twice, where formulas are asked for.
        device: a GPU that adds resamples up; None leaves that to the processor.
    """

    taps: Mapping[str, Tap]
    cuts: Mapping[str, NDArray[Any]]
    scanned: int
    broken: Sequence[str]
    by_picture: Iterable[PictureCounts]
    chunks: Iterable[Chunk]
    device: torch.device | None = None


def conclude(  # noqa: PLR0913 (what it is of, where to, what was counted, and how)
    record: Record,
    labelled: Labelled,
    out: Path,
    counting: Counting,
    kept: Kept,
    *,
    workers: int | None,
    watch: Watch,
) -> tuple[Path, ...]:
    """Write the tables of a dissection whose pictures are all counted, and remove what it worked with.

    Args:
        record: what it was asked for.
        labelled: the probe set.
        out: the folder.
        counting: the finished counts.
        kept: what the scan left.
        workers: threads that read labels.
        watch: shows how far formulas have come.

    Returns:
        The files' paths, ``dissection.json`` first.

    Raises:
        InputError: more than 1 % of the set is broken, or no pixel has a label.
    """
    settings, broken = record.settings, [*kept.broken, *counting.broken]
    require_whole(broken, record.pictures, labelled.name)
    _require_labels(counting, labelled, out)
    scores = scored(kept.taps, counting, kept.cuts, settings, pictures=kept.scanned)
    layers = sure(scores, kept.by_picture, settings, kept.device)
    composed = _composed(record, labelled, kept, workers=workers, watch=watch) if settings.compose else {}
    paths = write_results(out, record, labelled, layers, scanned=kept.scanned, broken=broken, composed=composed)
    work_folder.clear(out / WORK)
    return paths


def _composed(
    record: Record, labelled: Labelled, kept: Kept, *, workers: int | None, watch: Watch
) -> dict[str, Composition]:
    """Find names of several concepts, once masks are known."""
    number = record.settings.ranges
    ranges = activation_ranges(kept.chunks, kept.taps, number) if number else {}
    composing = Composing(
        labelled, record.preparation, record.settings, taps=kept.taps, thresholds=kept.cuts, ranges=ranges,
        workers=workers,
    )  # fmt: skip
    done = 0
    with watch("counting cells") as progress:
        for chunk in kept.chunks:
            composing.add(chunk)
            done += len(chunk.indices)
            progress(done, record.pictures)
    with watch("finding formulas") as progress:
        return composing.result(progress)


def _require_labels(counting: Counting, labelled: Labelled, out: Path) -> None:
    """Refuse to write tables of nothing, and leave nothing of the run.

    Raises:
        InputError: no pixel has a label.
    """
    if counting.truth.concepts.any():
        return
    work_folder.clear(out / WORK)
    raise InputError(
        f"no pixel of these pictures of {labelled.name} has a label, so nothing can be measured; viz data says what "
        f"its label maps hold"
    )
