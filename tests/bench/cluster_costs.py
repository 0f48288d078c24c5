"""Costs of a large dissection on a cluster, by simulation: the values that cross the network, and what that takes.

``python -m tests.bench.cluster_costs`` draws the activations of a unit on a million pictures and cuts them into pieces
as :mod:`visualize.cluster.dissection_run` does, with bounds as they would be known when a piece is handed out.
"""

from __future__ import annotations

import numpy as np

from visualize.methods.dissection.value_counts import ValueCounts, counted

PICTURES, POSITIONS, UNITS, QUANTILE, PIECE = 1_000_000, 49, 2048, 0.005, 64
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


def main() -> None:
    """Print a table for 1, 8 and 64 GPUs."""
    print(f"{PICTURES:,} pictures x {UNITS:,} units of {POSITIONS} positions, mask {QUANTILE:.1%}")
    for workers in (1, 8, 64):
        part = sent(workers)
        least, most = (part * around * PICTURES * POSITIONS * UNITS * BYTES for around in (1, 9))
        times = [f"{size / 1e9:.0f} GB, link {size / LINK:.0f} s, disk {size / DISK:.0f} s" for size in (least, most)]
        print(f"{workers:3} GPUs: network {PICTURES / RATE / workers:.0f} s; above {part:.2%}: {' to '.join(times)}")


if __name__ == "__main__":
    main()
