"""Find the clusters of sounds that come along: listen to rendered scenes, and group what is heard.

    python examples/cluster_sounds.py

writes ``visualize/scenes/sound/clusters.npz``, and says how much the clusters tell of the kinds of held-out scenes. The
same seed on the same machine and the same versions gives the same file.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout without being installed

from visualize.files import save_arrays
from visualize.scenes import KINDS, Scenes
from visualize.scenes.sound import CLUSTERS, clustered, soundtrack, texture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.scenes.sound import Clusters

OUT = Path(__file__).resolve().parents[1] / "visualize/scenes/sound/clusters.npz"


def _heard(job: tuple[str, int, int, int]) -> NDArray[np.float64]:
    split, count, seed, index = job
    scenes = Scenes(count, seed, split=split)
    return texture(soundtrack(scenes.scene(index), scenes.number(index)))


def listen(split: str, count: int, seed: int, workers: int) -> NDArray[np.float64]:
    """Statistics of the sounds of a set of scenes: count x SIZE."""
    jobs = [(split, count, seed, index) for index in range(count)]
    if workers == 1:
        return np.stack([_heard(job) for job in jobs])
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return np.stack(pool.map(_heard, jobs, chunksize=32))


def named(clusters: Clusters, statistics: NDArray[np.float64]) -> float:
    """Share of scenes whose kind is the commonest of their cluster's."""
    kinds = np.arange(len(statistics)) % len(KINDS)
    table = np.zeros((len(clusters.centres), len(KINDS)))
    for sound, kind in zip(statistics, kinds, strict=True):
        table[clusters.of(sound), kind] += 1
    return float(table.max(1).sum() / table.sum())


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, listen, cluster, write, test."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where the clusters go (%(default)s)")
    parser.add_argument("--scenes", type=int, default=2_400, help="how many are listened to (%(default)s)")
    parser.add_argument("--clusters", type=int, default=CLUSTERS, help="how many are made (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="decides the scenes and where it begins (%(default)s)")
    parser.add_argument("--held-out", type=int, default=1_200, help="scenes to test on (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw (%(default)s)")
    options = parser.parse_args(arguments)
    statistics = listen("train", options.scenes, options.seed, options.workers)
    result = clustered(statistics, options.clusters, options.seed)
    arrays = {"mean": result.mean, "deviation": result.deviation, "centres": result.centres}
    save_arrays({name: values.astype(np.float32) for name, values in arrays.items()}, options.out)
    print(f"{options.clusters} clusters of {options.scenes} sounds in {options.out}")
    share = named(result, listen("held-out", options.held_out, options.seed + 1, options.workers))
    print(f"the commonest kind of its cluster is that of {share:.1%} of {options.held_out} held-out scenes")


if __name__ == "__main__":
    main()
