"""Dissections by several processes that were started together, of which the last one puts the parts together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from visualize.dissection import work_folder
from visualize.dissection.resumable_run import Outcome, merge, run
from visualize.dissection.shard import WORK, Part
from visualize.dissection.tables import MANIFEST
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.data.files.gpu_decoding import Decoding
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch


def run_jointly(  # noqa: PLR0913 (a network, layers, a set and a folder, and how)
    probe: Probe,
    layers: Sequence[str],
    labelled: Labelled,
    out: str | Path,
    settings: Settings | None = None,
    *,
    shard: tuple[int, int],
    source: Mapping[str, Any] | None = None,
    batch: int | Literal["auto"] | None = None,
    workers: int | None = None,
    decode: Decoding = "processor",
    watch: Watch = unwatched,
) -> Outcome | None:
    """Look at one part of the pictures, and put all parts together if they are there then.

    Each of the processes calls this with a shard of its own and one and the same folder. Parts lie in ``out/partial``
    on the way. Whatever is killed, the same call goes on where it was.

    Args:
        probe: the network.
        layers: names or aliases.
        labelled: the probe set.
        out: the folder for the results, which all processes see.
        settings: what the numbers depend on; the paper's by default.
        shard: (which, of how many), from 1.
        source: arguments that open the probe set again.
        batch: pictures that are loaded together; ``"auto"`` are as many as the memory holds.
        workers: threads that load pictures and labels.
        decode: what decodes JPEG files.
        watch: shows how far it has come.

    Returns:
        The outcome, for the one process that put the parts together, or for the first shard where all was finished
        before; None for the others.

    Raises:
        InputError: what :func:`visualize.dissection.run` and :func:`visualize.dissection.merge` raise.
    """
    out = Path(out).expanduser()
    which, count = shard
    if (out / MANIFEST).is_file():
        found = run(
            probe, layers, labelled, out, settings, source=source, decode=decode
        )  # verifies that it is the same
        return found if which == 1 else None
    work_folder.check(out / WORK)
    parts = [out / WORK / f"shard-{number}-of-{count}" for number in range(1, count + 1)]
    run(
        probe, layers, labelled, parts[which - 1], settings, shard=shard, source=source, batch=batch, workers=workers,
        decode=decode, watch=watch,
    )  # fmt: skip
    return _merged(parts, labelled, out, workers=workers, watch=watch)


def _merged(
    parts: Sequence[Path], labelled: Labelled, out: Path, *, workers: int | None, watch: Watch
) -> Outcome | None:
    """Put all parts together, unless one is missing or another process did it; one that is killed lets the next in."""
    from filelock import FileLock

    lock = FileLock(str(out / WORK / work_folder.MERGE_LOCK))
    try:
        lock.acquire()
    except FileNotFoundError:  # with the folder: another was quicker to see that all are there, and is done
        return None
    try:
        if not (out / MANIFEST).is_file():
            there = all(Part.is_scanned(part) for part in parts)
            return merge(parts, out, labelled=labelled, workers=workers, watch=watch) if there else None
    finally:
        lock.release()
    work_folder.clear(out / WORK)  # the lock, if it was made anew
    return None
