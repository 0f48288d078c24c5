"""Network Dissection against loading the photographs and running the network over them, and what memory it takes.

``python -m tests.bench.dissection LAYER TIMES`` dissects the set listed so many times over, and prints the largest
resident memory of its process in MB; ``python -m tests.bench.dissection plain`` prints the seconds of loading and
running the network as loaded, which hang on how the C library's allocator is set.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from tests.bench.timing import Ratio, compare, timed
from tests.kit.checkout import ROOT, SHARED
from tests.kit.memory import peak
from visualize.methods.network.run.hooks import watch
from visualize.methods.pictures.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Concept, Labelled, Labels

LAYER = "fire9"
LAYERS = [f"fire{number}" for number in range(2, 10)]

_KEEPING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40)}
"""glibc's settings with which the buffers of large batches are kept, and not given back to the system each time."""

_MOST = 1500  # MB
_GROWTH = 1.1
_MEGABYTE = 1 << 20


def dissection(probe: Probe, labelled: Labelled, rounds: int) -> bool:
    """One layer and eight of them, results written; then memory, of the set once and ten times over."""
    speed = compare(
        f"dissecting {probe.layer(LAYER).units} units of {LAYER}, {len(labelled)} photographs, results written",
        {
            "dissecting fire9": timed(lambda: _dissect(probe, labelled, [LAYER])),
            "loading + forward, as the toolkit runs it": timed(lambda: _forward(probe, labelled)),
            "loading + forward, as loaded (NCHW, batch 32)": timed(lambda: _plain(probe, labelled)),
            "dissecting fire2 to fire9": timed(lambda: _dissect(probe, labelled, LAYERS)),
        },
        [
            Ratio("dissecting fire9", "loading + forward, as loaded (NCHW, batch 32)", 0.5),
            Ratio("dissecting fire9", "loading + forward, as the toolkit runs it", 2),
            Ratio("dissecting fire2 to fire9", "dissecting fire9", 3),
        ],
        rounds=rounds,
    )
    allocators(rounds)
    return memory() and speed


def _dissect(probe: Probe, labelled: Labelled, layers: Sequence[str]) -> None:
    from visualize.dissection import run

    with tempfile.TemporaryDirectory() as out:
        run(probe, layers, labelled, out)


def _forward(probe: Probe, labelled: Labelled) -> None:
    for _ in Scan(probe, labelled, [LAYER]):
        pass


def _plain(probe: Probe, labelled: Labelled) -> None:
    network = probe.network.eval()
    for first in range(0, len(labelled), 32):
        indices = range(first, min(first + 32, len(labelled)))
        loaded = [torch.from_numpy(labelled.load(index, probe.prepare)) for index in indices]
        pictures = torch.stack(loaded).permute(0, 3, 1, 2).float() / 255
        with torch.no_grad():
            watch(network, [LAYER], probe.prepare(pictures))


def allocators(rounds: int) -> None:
    """Print the time that other tools' way of running the network takes, by the settings of the allocator, in turn."""
    print(
        "\nloading + forward, as loaded (NCHW, batch 32), by the allocator's settings; s, each round in its own process"
    )
    settings = {"as it comes": {}, " ".join(f"{name}={value}" for name, value in _KEEPING.items()): _KEEPING}
    seconds: dict[str, list[float]] = {name: [] for name in settings}
    for _ in range(rounds):
        for name, more in settings.items():
            seconds[name].append(_alone("plain", more=more))
    for name, times in seconds.items():
        print(f"  {name:<58} {statistics.median(times):.2f} ({min(times):.2f} to {max(times):.2f})")


def memory() -> bool:
    """Peak resident memory, each measured in a process of its own."""
    kept = True
    print("\npeak resident memory")
    for layers in (LAYER, ",".join(LAYERS)):
        once, ten = (_peak(layers, times) for times in (1, 10))
        good = ten < _MOST and (layers != LAYER or ten <= _GROWTH * once)
        kept &= good
        bar = f"bar {_MOST} MB and {_GROWTH:.0%}" if layers == LAYER else f"bar {_MOST} MB"
        print(
            f"  {layers.replace(',', ' '):<58} {once:.0f} MB; the set ten times over {ten:.0f} MB ({ten / once:.1%})   "
            f"{bar}: {'kept' if good else 'MISSED'}"
        )
    return kept


def _peak(layers: str, times: int) -> float:
    return _alone(layers, str(times))


def _alone(*arguments: str, more: Mapping[str, str] | None = None) -> float:
    """The number that this module prints last when it is run in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.dissection", *arguments]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **(more or {})}
    )
    return float(done.stdout.split()[-1])


@dataclass(frozen=True)
class Repeated:
    """A labelled set listed several times over."""

    once: Labelled
    times: int

    @property
    def name(self) -> str:
        return self.once.name

    @property
    def categories(self) -> tuple[str, ...]:
        return self.once.categories

    @property
    def concepts(self) -> Sequence[Concept]:
        return self.once.concepts

    @property
    def fingerprint(self) -> str:
        return f"{self.once.fingerprint}{self.times}"

    def __len__(self) -> int:
        return len(self.once) * self.times

    def file(self, index: int) -> str:
        return self.once.file(index % len(self.once))

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        return self.once.load(index % len(self.once), preparation)

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        return self.once.label_shape(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        return self.once.labels(index % len(self.once), preparation)


def main() -> None:
    """Dissect once, and say what memory that took; or run the network alone, and say how long that took."""
    import visualize
    from visualize.data import open_labelled

    probe, labelled = visualize.load("places-squeezenet"), open_labelled(SHARED / "data" / "camvid-broden")
    if sys.argv[1] == "plain":
        _plain(probe, labelled)
        print(timed(lambda: _plain(probe, labelled))())
        return
    layers, times = sys.argv[1].split(","), int(sys.argv[2])
    _dissect(probe, Repeated(labelled, times), layers)
    print(peak() / _MEGABYTE)


if __name__ == "__main__":
    main()
