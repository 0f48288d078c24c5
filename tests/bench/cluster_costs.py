"""Costs of a large dissection on a cluster, by simulation: the values that cross the network, and what that takes.

``python -m tests.bench.cluster_costs`` draws the activations of a unit on a million pictures and cuts them into pieces
as :mod:`visualize.cluster.dissection_run` does, with bounds as they would be known when a piece is handed out. What the
machine that asks does with a piece is done, and its processor time taken.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from visualize.cluster.piece_files import PieceFiles
from visualize.cluster.piece_sums import ScanSums
from visualize.cluster.pieces import Scanned, cut
from visualize.methods.dissection.sparse import Sparse
from visualize.methods.dissection.store import Chunk
from visualize.methods.dissection.taps import Tap
from visualize.methods.dissection.value_counts import ValueCounts, counted

PICTURES, POSITIONS, UNITS, QUANTILE, PIECE = 1_000_000, 49, 2048, 0.005, 64
ROUNDS = 8  # pieces that are added and written, to see what one takes
SELDOM = 16  # bounds are found anew once so large a part of the pieces was added: 1/16
BYTES = 8  # of a value that is kept, with its number
LINK, DISK, RATE = 1.25e9, 1e9, 1000  # bytes a second of 10 Gb/s, of a disk; pictures a second of a GPU: assumptions


def sent(workers: int, seed: int = 0) -> float:
    """The part of all values that is above the bounds known when their piece is handed out, without neighbours."""
    generator = np.random.default_rng(seed)
    counts = ValueCounts(1, int(QUANTILE * PICTURES * POSITIONS) + 1, np.float32)
    bounds, waiting, above, added, stale = counts.bounds, [], 0, 0, 0
    for _ in range(PICTURES // PIECE):
        values = generator.standard_normal(PIECE * POSITIONS, np.float32)
        kept = values[values > bounds[0]]
        above += len(kept)
        waiting.append(counted(np.zeros(len(kept), np.int64), kept, 1))
        if len(waiting) > 2 * workers:
            counts.merge(*waiting.pop(0))
            added, stale = added + 1, stale + 1
            if stale * SELDOM >= added:
                bounds, stale = counts.bounds, 0
    return above / (PICTURES * POSITIONS)


def asking(part: float) -> tuple[float, float]:
    """What a piece of a scan takes on the machine that asks for it.

    Args:
        part: of all values, that are kept.

    Returns:
        bytes besides the kept values, and seconds of processor time to add it and to write it down.
    """
    generator, side = np.random.default_rng(0), math.isqrt(POSITIONS)
    tap = Tap("layer", "layer", False, UNITS, (side, side), keep=int(QUANTILE * PICTURES * POSITIONS) + 1, count=9)
    sums, took = ScanSums({"layer": tap}), []
    with tempfile.TemporaryDirectory() as folder:
        files = PieceFiles(Path(folder), {"layer": tap})
        for piece in cut(ROUNDS * PIECE, PIECE):
            maps = generator.standard_normal((PIECE, side, side, UNITS), np.float32)
            bound = np.quantile(maps[0], 1 - part)
            keys = np.flatnonzero(maps > bound).astype(np.uint32)
            kept = Sparse(keys, maps.reshape(-1).take(keys))
            large = maps > np.quantile(maps[0], 1 - min(part, 0.04))  # without their neighbours
            peaks = maps.max((1, 2)).T
            best = np.argsort(-peaks, 1)[:, : tap.count]
            scanned = Scanned(
                chunk=Chunk(tuple(range(piece.first, piece.last)), {"layer": kept}), broken=(), said=(),
                peaks={"layer": (np.take_along_axis(peaks, best, 1), best + piece.first)},
                counts={"layer": counted(np.nonzero(large)[3], maps[large], UNITS)},
            )  # fmt: skip
            began = time.process_time()
            files.write(piece, scanned.chunk, (), sums.add(piece, scanned))
            took.append(time.process_time() - began)
    besides = [*scanned.peaks["layer"], *scanned.counts["layer"]]
    return sum(array.nbytes for array in besides), statistics.median(took)


def main() -> None:
    """Print a table for 1, 8 and 64 GPUs."""
    pieces = PICTURES // PIECE
    print(f"{PICTURES:,} pictures x {UNITS:,} units of {POSITIONS} positions, mask {QUANTILE:.1%}")
    for workers in (1, 8, 64):
        part = sent(workers)
        parts = (part, min(1.0, 9 * part))
        measured = [asking(each) for each in parts]
        sizes = [each * PICTURES * POSITIONS * UNITS * BYTES for each in parts]
        times = [
            f"{size / 1e9:.0f} GB and {pieces * besides / 1e9:.0f} GB of counts, link "
            f"{(size + pieces * besides) / LINK:.0f} s, disk {size / DISK:.0f} s, one thread here {pieces * took:.0f} s"
            for size, (besides, took) in zip(sizes, measured, strict=True)
        ]
        print(f"{workers:3} GPUs: network {PICTURES / RATE / workers:.0f} s; above {part:.2%}: {'; to '.join(times)}")
    back = [QUANTILE * around * PICTURES * POSITIONS * UNITS * BYTES / 1e9 for around in (1, 9)]
    print(f"what is above the thresholds goes to workers once more, to be counted: {back[0]:.0f} to {back[1]:.0f} GB")


if __name__ == "__main__":
    main()
