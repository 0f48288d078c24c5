"""Dissections on a Ray cluster of several nodes, to be run in a network apart: what happened goes out as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
import ray.cluster_utils

from tests.kit.namespace import wake_loopback
from visualize.cluster.dissection_run import ClusterWork, run_on_cluster
from visualize.cluster.dissection_worker import DissectionWorker
from visualize.cluster.pieces import NetworkSource
from visualize.cluster.ray_engine import connected
from visualize.data import open_labelled
from visualize.dissection import Settings
from visualize.models.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from visualize.cluster.pieces import Counted, Scanned
    from visualize.methods.dissection.store import Chunk
    from visualize.methods.progress import Progress

HEAD, PORT = "127.0.0.2", 6399
SETTINGS = Settings(quantile=0.1)
PATIENCE = 300.0  # seconds that a busy machine may take


class Troubled(DissectionWorker):
    """A worker that is killed over one piece and runs out of memory over another, once each."""

    def scan(self, first: int, last: int, bounds: Mapping[str, NDArray[Any]]) -> Scanned:
        happened("scan")
        time.sleep(0.2)
        if first == 16 and happened("killed"):
            os.kill(os.getpid(), signal.SIGKILL)
        if first == 32 and happened("full"):
            raise MemoryError
        return super().scan(first, last, bounds)

    def count(self, chunk: Chunk, cuts: Mapping[str, NDArray[Any]], digest: str) -> Counted:
        happened("count")
        late = time.monotonic() + PATIENCE
        while not list(_events().glob("count*@127.0.0.4")) and time.monotonic() < late:
            time.sleep(0.05)  # for the node that joins late
        return super().count(chunk, cuts, digest)


def _events() -> Path:
    return Path.cwd() / "events"


def happened(what: str) -> bool:
    """Note it; True if it never happened before."""
    new = not list(_events().glob(f"{what}*"))
    (_events() / f"{what}-{time.monotonic_ns()}@{ray.util.get_node_ip_address()}").touch()
    return new


def _node(address: str) -> dict[str, Any]:
    return {"num_cpus": 1, "node_ip_address": address, "object_store_memory": 80_000_000}


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
    return {"events": sorted(path.name for path in _events().iterdir()), "killed at": went}


def interrupted(root: Path) -> dict[str, Any]:
    """The command line interrupted in the midst of its work, and started again."""
    program = (
        "import runpy, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore it
        "runpy.run_module('visualize', run_name='__main__')"
    )
    command = [
        sys.executable, "-c", program, "dissect", "--model", f"{root}/slow.py:slow", "--layer", "relu", "--data",
        str(root / "set"), "--quantile", "0.1", "--out", str(root / "commanded"), "--on", f"{HEAD}:{PORT}", "--quiet",
    ]  # fmt: skip
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    late = time.monotonic() + PATIENCE
    while not list(root.glob("commanded/partial/pieces/scan-*.npz")) and time.monotonic() < late:
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    said = first.communicate()[1]
    (root / "go").touch()
    kept = len(list(root.glob("commanded/partial/pieces/scan-*.npz")))
    with connected(f"{HEAD}:{PORT}"):
        late = time.monotonic() + PATIENCE
        while (free := ray.available_resources().get("CPU", 0)) < 1 and time.monotonic() < late:
            time.sleep(0.05)
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    statuses = [first.returncode, second.returncode]
    return {"statuses": statuses, "said": said, "then": second.stderr, "kept": kept, "free": free}


def main() -> None:
    """Do all this in a folder that holds the network and the set."""
    root = Path(sys.argv[1])
    os.chdir(root)
    _events().mkdir()
    wake_loopback()
    head = {**_node(HEAD), "gcs_server_port": PORT, "include_dashboard": False}
    cluster = ray.cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    outcome = {"troubles": troubles(root, cluster), "interrupted": interrupted(root)}
    (root / "outcome.json").write_text(json.dumps(outcome))


if __name__ == "__main__":
    main()
