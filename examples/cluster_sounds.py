"""Find the clusters of sounds that come along: listen to rendered scenes, and group what is heard.

    python examples/cluster_sounds.py

writes ``visualize/scenes/sound/clusters.npz``. The same seed on the same machine and the same versions gives the same
file.
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
from visualize.scenes import Scenes
from visualize.scenes.sound import CLUSTERS, clustered, soundtrack, texture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OUT = Path(__file__).resolve().parents[1] / "visualize/scenes/sound/clusters.npz"


def _heard(job: tuple[int, int, int]) -> NDArray[np.float64]:
    count, seed, index = job
    scenes = Scenes(count, seed, split="train")
    return texture(soundtrack(scenes.scene(index), scenes.number(index)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, listen, cluster, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where the clusters go (%(default)s)")
    parser.add_argument("--scenes", type=int, default=2_400, help="how many are listened to (%(default)s)")
    parser.add_argument("--clusters", type=int, default=CLUSTERS, help="how many are made (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="decides the scenes and where it begins (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw (%(default)s)")
    options = parser.parse_args(arguments)
    jobs = [(options.scenes, options.seed, index) for index in range(options.scenes)]
    if options.workers == 1:
        statistics = np.stack([_heard(job) for job in jobs])
    else:
        with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
            statistics = np.stack(pool.map(_heard, jobs, chunksize=32))
    result = clustered(statistics, options.clusters, options.seed)
    arrays = {"mean": result.mean, "deviation": result.deviation, "centres": result.centres}
    save_arrays({name: values.astype(np.float32) for name, values in arrays.items()}, options.out)
    print(f"{options.clusters} clusters of {options.scenes} sounds in {options.out}")


if __name__ == "__main__":
    main()
