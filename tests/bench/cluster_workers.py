"""Two workers of one thread each on a Ray cluster beside two threads of one process.

``python -m tests.bench.cluster_workers`` dissects one layer of a network that comes along over the street photographs
of the shared folder (``VIZ_SHARED``), once and sixteen times over, in turns. What the fifteen more take leaves out
how long workers take to start. Then it says how much memory this machine's process took for small sets and for large
ones.
"""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.kit import namespace
from tests.kit.checkout import ROOT, SHARED

HEAD, PORT, WITHIN = "127.0.0.2", 6398, "--within"
MODEL, LAYER, ROUNDS = "random/scenes-alexnet", "conv5", 3
VARIABLES = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "OMP_NUM_THREADS": "1"}
COPIES, SIZES = (1, 16), (600, 9600)
_TOLD = """
import sys
from pathlib import Path
from visualize.cli.app import run
status = run(sys.argv[1:])
line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
sys.stderr.write(line)
sys.exit(status)
"""  # the command, and the largest memory that its process took


def main() -> None:
    """Start a cluster in a network of its own, and measure there."""
    if WITHIN in sys.argv:
        within(Path(sys.argv[-1]))
        return
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as short:
        subprocess.run(
            [*namespace.APART, sys.executable, "-m", "tests.bench.cluster_workers", WITHIN, short],
            cwd=ROOT, env={**os.environ, **VARIABLES, "RAY_TMPDIR": short}, check=True,
        )  # fmt: skip


def within(folder: Path) -> None:
    """Measure, with a loopback of our own."""
    import ray.cluster_utils

    namespace.wake_loopback()
    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    head = {**node, "node_ip_address": HEAD, "gcs_server_port": PORT, "include_dashboard": False}
    cluster = ray.cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(**node, node_ip_address="127.0.0.3", wait=False)
    rates(folder)
    memory(folder)


class Spent(threading.Thread):
    """Processor time of all processes of this network, looked at all the time: an actor that was killed has left none.

    Args:
        every: seconds between two looks.
    """

    def __init__(self, every: float = 0.1) -> None:
        super().__init__(daemon=True)
        self._every, self._ticks = every, dict[str, int]()

    def run(self) -> None:
        """Look, again and again."""
        while True:
            self.seconds()
            time.sleep(self._every)

    def seconds(self) -> float:
        """Seconds that they have taken so far, those that have ended included."""
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended just now
                fields = path.read_text().rpartition(")")[2].split()
                self._ticks[f"{path.parent.name} {fields[19]}"] = int(fields[11]) + int(fields[12])
        return sum(list(self._ticks.values())) / os.sysconf("SC_CLK_TCK")


def rates(folder: Path) -> None:
    """Print pictures a second of both, and the processor time of a picture, in turns."""
    from visualize.data import open_labelled
    from visualize.dissection import Settings
    from visualize.models.loading import load

    probe = load(MODEL, device="cpu")
    taken: dict[str, list[float]] = {"two threads": [], "two workers": []}
    spent = Spent()
    spent.start()
    sets = [_copies(folder / f"copies-{copies}", copies) for copies in COPIES]
    for number in range(ROUNDS):
        for name, rounds in taken.items():
            seconds, pictures, processor = [], [], []
            for where in sets:
                source: dict[str, Any] = {"where": str(where), "colours": False, "count": None, "seed": 0}
                labelled = open_labelled(**source)
                began, before = time.perf_counter(), spent.seconds()
                out = folder / f"{name}-{number}-{where.name}"
                _dissected(name, (probe, [LAYER], labelled, out, Settings(resamples=0)), source)
                seconds.append(time.perf_counter() - began)
                processor.append(spent.seconds() - before)
                pictures.append(len(labelled))
            rounds.append((pictures[1] - pictures[0]) / (seconds[1] - seconds[0]))
            told = " and ".join(f"{count} in {took:.1f} s" for count, took in zip(pictures, seconds, strict=True))
            each = 1000 * (processor[1] - processor[0]) / (pictures[1] - pictures[0])
            print(
                f"{name}: {told}: {rounds[-1]:.1f} pictures a second; {processor[0]:.1f} and {processor[1]:.1f} s of "
                f"processor time: {each:.1f} ms a picture",
                flush=True,
            )
    ratios = [workers / threads for threads, workers in zip(*taken.values(), strict=True)]
    print(f"workers / threads, by round: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print(f"median {statistics.median(ratios):.2f}", flush=True)


def _dissected(name: str, asked: tuple[Any, ...], source: dict[str, Any]) -> None:
    import torch

    from visualize.cluster.pieces import NetworkSource
    from visualize.cluster.shared_work import dissect_on
    from visualize.dissection import run
    from visualize.watch import unwatched

    torch.set_num_threads(2 if name == "two threads" else 1)
    if name == "two threads":
        run(*asked, source=source)
        return
    network = NetworkSource(model=MODEL, device="cpu")
    dissect_on(f"{HEAD}:{PORT}", *asked, network=network, source=source, watch=unwatched)


def _copies(folder: Path, copies: int) -> Path:
    """The set so many times over."""
    origin = SHARED / "data/camvid-broden"
    (folder / "images").mkdir(parents=True)
    for path in origin.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    heads, *rows = list(csv.reader((origin / "index.csv").read_text().splitlines()))
    with (folder / "index.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        for copy in range(copies):
            shutil.copytree(origin / "images", folder / f"images/{copy}")
            writer.writerows(
                [";".join(f"{copy}/{name}" if "." in name else name for name in cell.split(";")) for cell in row]
                for row in rows
            )
    return folder


def memory(folder: Path) -> None:
    """Print the largest memory of the process that asks the workers, by the number of pictures."""
    from tests.visualize.cli.shops import of_labels

    for size in SIZES:
        root = folder / f"set-{size}"
        root.mkdir()
        of_labels(root, size)
        command = [
            sys.executable, "-c", _TOLD, "dissect", "--model", f"{root}/tiny.py:tiny", "--layer", "conv,relu",
            "--data", str(root / "set"), "--resamples", "0", "--out", str(root / "out"), "--on", f"{HEAD}:{PORT}", "-q",
        ]  # fmt: skip
        ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
        print(f"{size} pictures: {int(ran.stderr.split()[-2]) / 1024:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
