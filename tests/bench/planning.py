"""Planning for a million pictures in shards: processor time and memory of the index, in a process of its own.

``python -m tests.bench.planning`` makes up the entries, as the headers of a thousand shards of a thousand samples with
label maps and classes would give them, and does all that a dissection does with the set before a network looks at it:
the list, its fingerprint, and the pieces that workers are given. The network, which needs torch, is not part of it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.checkout import ROOT
from tests.kit.memory import peak

if TYPE_CHECKING:
    from visualize.data.sets.web_dataset import WebDataset

SHARDS, EACH = 1000, 1000
_SECONDS, _MEGABYTES = 10, 500


def planning() -> bool:
    """Measure in a process of its own; False if a bar is missed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.planning"], check=True, capture_output=True, text=True, cwd=ROOT
    )
    print(f"\nplanning for {SHARDS * EACH:,} pictures in shards, with label maps and classes\n{done.stdout}", end="")
    return "MISSED" not in done.stdout


def listed(shards: int, each: int) -> WebDataset:
    """A set of shards that are nowhere, as their headers would tell of it."""
    from visualize.data.files.remote_files import LocalFile
    from visualize.data.files.tar_members import Member
    from visualize.data.sets.tar_samples import Samples
    from visualize.data.sets.web_dataset import WebDataset

    samples, files = Samples(), [LocalFile(Path(f"/shards/shard-{number:06d}.tar")) for number in range(shards)]
    for shard in range(shards):
        for number in range(each):
            name, place = f"shard-{shard:06d}/{shard * each + number:09d}.jpg", 512 + 131_072 * number
            picture, labels = Member(name, place, 110_000), Member(name, place + 111_104, 17_000)
            samples.add(shard, (name, picture), labels, number)
    samples.class_names = [f"class {number}" for number in range(each)]
    return WebDataset(files, samples, "wds:shards", places=range(len(samples)))


def main() -> None:
    """Plan, and print what each step took."""
    from visualize.cluster.pieces import cut

    began = time.process_time()
    held = listed(SHARDS, EACH)
    read = time.process_time()
    print(f"  reading the entries in {read - began:.1f} s, ", end="")
    _ = held.fingerprint, held.concepts
    told = time.process_time()
    print(f"their fingerprint {told - read:.1f} s, ", end="")
    pieces = cut(len(held), 256)
    took, most = time.process_time() - began, peak() >> 20
    print(f"{len(pieces):,} pieces {time.process_time() - told:.2f} s")
    kept = took < _SECONDS and most < _MEGABYTES and "torch" not in sys.modules
    print(
        f"  {took:.1f} s of processor time, {most} MB in all, torch {'' if 'torch' in sys.modules else 'not '}loaded; "
        f"bars {_SECONDS} s and {_MEGABYTES} MB: {'kept' if kept else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
