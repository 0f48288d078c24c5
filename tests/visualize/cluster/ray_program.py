"""Work on a Ray cluster of several nodes, to be run in a network apart: what happened goes out as JSON."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import ray
import ray.cluster_utils
import torch

from tests.kit.namespace import wake_loopback
from visualize.cluster.dissection_run import ClusterWork, run_on_cluster
from visualize.cluster.dissection_worker import DissectionWorker
from visualize.cluster.pieces import NetworkSource
from visualize.cluster.pool import LostWorkerError, pool
from visualize.cluster.ray_engine import connected
from visualize.data import open_labelled
from visualize.dissection import Settings
from visualize.models.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.cluster.pieces import Counted, Scanned
    from visualize.cluster.ray_engine import Cluster
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.progress import Progress

HEAD, PORT = "127.0.0.2", 6399
SETTINGS = Settings(quantile=0.1)
PATIENCE = 300.0  # seconds that a busy machine may take
STORE = 80_000_000  # bytes of each node's object store, about the least that Ray takes
HEAVY = 30_000_000  # bytes of one result, of which four are under way at a time


class Troubled(DissectionWorker):
    """A worker that is killed over one piece and runs out of memory over another, once each."""

    def scan(self, first: int, last: int, bounds: Mapping[str, NDArray[Any]]) -> Scanned:
        happened("scan")
        time.sleep(0.2)
        if first == 16 and happened("killed"):
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out
        if first == 32 and happened("full"):
            most = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, most))
            torch.empty(1 << 32).fill_(1.0)
        return super().scan(first, last, bounds)

    def count(self, chunk: Chunk, cuts: Mapping[str, NDArray[Any]], digest: str) -> Counted:
        happened("count")
        late = time.monotonic() + PATIENCE
        while not list(_events().glob("count*@127.0.0.4")) and time.monotonic() < late:
            time.sleep(0.05)  # for the node that joins late
        return super().count(chunk, cuts, digest)


class Heavy:
    """A worker whose results are large."""

    def __init__(self, size: int) -> None:
        self._size = size

    def ready(self) -> None:
        pass

    def make(self, number: int) -> NDArray[Any]:
        happened("heavy")
        return np.full(self._size, number, np.uint8)

    def wait(self, seconds: float) -> str:
        time.sleep(seconds)
        return str(ray.util.get_node_ip_address())


def _events() -> Path:
    return Path.cwd() / "events"


def happened(what: str) -> bool:
    """Note it; True if it never happened before."""
    new = not list(_events().glob(f"{what}*"))
    (_events() / f"{what}-{time.monotonic_ns()}@{ray.util.get_node_ip_address()}").touch()
    return new


def _node(address: str) -> dict[str, Any]:
    return {"num_cpus": 1, "node_ip_address": address, "object_store_memory": STORE}


def troubles(root: Path, cluster: Any) -> dict[str, Any]:  # noqa: ANN401 (Ray's)
    """One dissection over which a worker is killed, one runs out of memory, a node is killed and one joins."""
    source: dict[str, Any] = {"where": str(root / "set"), "colours": False, "count": 70, "seed": 0}
    model = f"{root}/tiny.py:tiny"
    other = cluster.add_node(**_node("127.0.0.3"), wait=False)
    went: list[int] = []

    @contextmanager
    def watch(title: str) -> Iterator[Progress]:
        def progress(done: int, total: int) -> None:
            if title == "relu" and done >= 24 and not went:
                went.append(done)
                cluster.remove_node(other, allow_graceful=False)
                cluster.add_node(**_node("127.0.0.4"), wait=False)

        yield progress

    with connected(f"{HEAD}:{PORT}") as there:
        work = ClusterWork(
            engine=lambda job: there.engine(Troubled, job, threads=1, device="cpu"),
            network=NetworkSource(model=model, device="cpu"), threads=1, piece=8,
        )  # fmt: skip
        probe, labelled = load(model, device="cpu"), open_labelled(**source)
        run_on_cluster(work, probe, ["relu"], labelled, root / "troubled", SETTINGS, source=source, watch=watch)
        told = {"events": sorted(path.name for path in _events().iterdir()), "killed at": went}
        return told | {"full store": full_store(there), "tight": tight(there, cluster)}


class Listening:
    """An engine that notes why workers were lost."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401 (any engine)
        self._engine = engine
        self.lost: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (the engine's own)
        return getattr(self._engine, name)

    def result(self, call: Any) -> Any:  # noqa: ANN401 (whatever the call gives)
        try:
            return self._engine.result(call)
        except LostWorkerError as loss:
            self.lost.append(str(loss))
            raise


def full_store(there: Cluster) -> list[int]:
    """Sums of large results while an object store is full of somebody else's."""
    held = [ray.put(np.zeros(HEAVY, np.uint8)) for _ in range(2)]
    sums = {}
    with pool(there.engine(Heavy, HEAVY, threads=1, device="cpu")) as workers:
        for number, made in workers.work(list(range(6)), lambda number: ("make", (number,))):
            sums[number] = int(made.sum())
            time.sleep(0.1)  # and more of them wait
    assert len(held) == 2
    return [sums[number] for number in range(6)]


def tight(there: Cluster, cluster: Any) -> dict[str, Any]:  # noqa: ANN401 (Ray's)
    """Work for which a node joins whose memory is as good as full, so that Ray's own watchman kills its workers."""
    held = {"RAY_memory_usage_threshold": "0.001", "RAY_memory_monitor_refresh_ms": "100"}
    os.environ.update(held)
    cluster.add_node(**_node("127.0.0.5"), wait=False)
    for name in held:
        del os.environ[name]
    engine = Listening(there.engine(Heavy, 1, threads=1, device="cpu"))
    with pool(engine) as workers:
        done: Sequence[tuple[int, str]] = list(workers.work(list(range(24)), lambda number: ("wait", (0.25,))))
    return {"done": sorted(number for number, _ in done), "where": sorted({place for _, place in done}),
            "lost": engine.lost}  # fmt: skip


def _program() -> list[str]:
    program = (
        "import runpy, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore it
        "runpy.run_module('visualize', run_name='__main__')"
    )
    return [sys.executable, "-c", program]


def _waited(pattern: str, root: Path) -> None:
    late = time.monotonic() + PATIENCE
    while not any(path.stat().st_size for path in root.glob(pattern)) and time.monotonic() < late:
        time.sleep(0.02)


def swept(root: Path) -> dict[str, Any]:
    """A sweep that is interrupted as it dissects, killed as pictures of units come, and started again."""
    command = [*_program(), "sweep", str(root / "plan.toml"), "--out", str(root / "swept"), "--on", f"{HEAD}:{PORT}"]
    scans = "swept/*/dissect/*/partial/pieces/scan-*.npz"
    first = subprocess.Popen([*command, "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _waited(scans, root)
    first.send_signal(signal.SIGINT)
    said = first.communicate()[1]
    (root / "go").touch()
    kept = len(list(root.glob(scans)))
    with connected(f"{HEAD}:{PORT}"):
        late = time.monotonic() + PATIENCE
        while (free := ray.available_resources().get("CPU", 0)) < 1 and time.monotonic() < late:
            time.sleep(0.05)
    second = subprocess.Popen([*command, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _waited("swept/site/data/*/view-ascent.jsonl", root)
    second.kill()
    second.wait()
    ascents = sum(path.read_bytes().count(b"\n") for path in root.glob("swept/site/data/*/view-ascent.jsonl"))
    third = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    statuses = [first.returncode, second.returncode, third.returncode]
    return {"statuses": statuses, "said": said, "then": third.stderr, "kept": kept, "free": free, "ascents": ascents}


def main() -> None:
    """Do all this in a folder that holds the network and the set."""
    root = Path(sys.argv[1])
    os.chdir(root)
    _events().mkdir()
    wake_loopback()
    spared = {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
    head = {**_node(HEAD), "gcs_server_port": PORT, **spared}
    cluster = ray.cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    outcome = {"troubles": troubles(root, cluster)}
    for node in list(cluster.worker_nodes):  # what comes needs no second worker, which would load everything too
        cluster.remove_node(node, allow_graceful=False)
    outcome["swept"] = swept(root)
    (root / "outcome.json").write_text(json.dumps(outcome))


if __name__ == "__main__":
    main()
