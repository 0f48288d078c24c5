from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import namespace
from tests.kit.checkout import ROOT
from tests.visualize.cli.kit import TINY, environment, one_line, viz
from tests.visualize.cli.shops import dissecting, of_labels
from visualize.cluster.ray_address import check_address
from visualize.cluster.ray_engine import Cluster
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """
import time
from pathlib import Path
import torch

HERE, PIECES = Path(__file__).parent, "swept/*/dissect/*/partial/pieces/scan-*.npz"


class Slow(torch.nn.Conv2d):
    def forward(self, pictures):
        while list(HERE.glob(PIECES)) and not (HERE / "go").exists():
            time.sleep(0.02)  # the first piece is kept, and the interrupt has not come yet
        return super().forward(pictures)
""" + TINY.replace("def tiny()", "def slow()").replace("torch.nn.Conv2d(3", "Slow(3")
SECONDS = {
    "RAY_health_check_initial_delay_ms": "0", "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "3", "RAY_worker_niceness": "0", "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}  # fmt: skip


PLAN = """
layers = ["relu"]
methods = ["dissect", "ascent", "transfer"]
[dissect]
quantile = 0.1
resamples = 0
[ascent]
steps = 2
count = 4
size = [16, 16]
[transfer]
twin = false
pixels = 1
numbers = 1
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = of_labels(tmp_path_factory.mktemp("shop"), 600)
    (root / "slow.py").write_text(SLOW.replace("(3, 6, 3", "(3, 12, 3").replace("Linear(6", "Linear(12"))
    (root / "plan.toml").write_text(f'models = "{root}/slow.py:slow"\ndata = "{root}/set"{PLAN}')
    ran = viz("sweep", root / "plan.toml", "--out", root / "alone", "--quiet")
    assert ran.status == 0, ran.err
    ran = viz(*dissecting(root, "--out", root / "seventy", "--quiet", "--count", "70"))
    assert ran.status == 0, ran.err
    return root


@pytest.fixture(scope="module")
def outcome(shop: Path) -> dict[str, Any]:
    pytest.importorskip("ray", reason="Ray is not installed")
    if not namespace.available():
        pytest.skip("no network apart from the machine's can be had here, and Ray's nodes listen on all addresses")
    short = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # sockets have short names
    try:
        ran = subprocess.run(
            [*namespace.APART, sys.executable, "-m", "tests.visualize.cluster.ray_program", str(shop)],
            cwd=ROOT, env=environment(RAY_TMPDIR=short, **SECONDS), capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        shutil.rmtree(short, ignore_errors=True)
    assert ran.returncode == 0, ran.stderr
    content: dict[str, Any] = json.loads((shop / "outcome.json").read_text())
    return content


def test_workers_and_nodes_may_be_lost_and_join(shop: Path, outcome: dict[str, Any]) -> None:
    events = outcome["troubles"]["events"]
    assert outcome["troubles"]["killed at"]
    assert any(event.startswith("killed") for event in events)
    assert any(event.startswith("full") for event in events)
    assert any(event.endswith("127.0.0.4") for event in events)  # which was not there when it began
    for name in ("relu.csv", "relu.npz"):
        assert (shop / "troubled" / name).read_bytes() == (shop / "seventy" / name).read_bytes()
    assert not (shop / "troubled/partial").exists()
    assert (shop / "troubled/dissection.json").read_text() == (shop / "seventy/dissection.json").read_text()


def test_results_that_do_not_fit_into_the_object_store_come_all_the_same(outcome: dict[str, Any]) -> None:
    """Six of 30 MB, of which four are under way at a time, where 60 of 80 MB are somebody else's."""
    assert outcome["troubles"]["full store"] == [30_000_000 * number for number in range(6)]


def test_a_node_on_which_memory_runs_out_keeps_others_from_nothing(outcome: dict[str, Any]) -> None:
    told = outcome["troubles"]["tight"]
    assert told["done"] == list(range(24))
    assert "127.0.0.5" not in told["where"]
    assert any("memory" in reason.lower() for reason in told["lost"]), told


def test_ctrl_c_and_a_kill_lose_nothing_of_a_sweep(shop: Path, outcome: dict[str, Any]) -> None:
    told = outcome["swept"]
    assert told["statuses"] == [130, -9, 0], told
    assert "interrupted; the same command goes on" in one_line(told["said"])
    assert told["free"] >= 1  # nobody holds the processors any more
    assert 0 < told["kept"] < 3
    assert told["ascents"] > 0
    swept, alone = shop / "swept", shop / "alone"
    there, here = (
        {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
        for root in (swept, alone)
    )
    assert there.keys() == here.keys()
    same = [name for name in here if name.endswith((".csv", ".npz", ".webp", "transfer.json", "transfer.png"))]
    assert {name.rpartition(".")[2] for name in same} == {"csv", "npz", "webp", "json", "png"}
    assert [name for name in same if there[name].read_bytes() != here[name].read_bytes()] == []


@pytest.mark.parametrize("where", ["", "cluster", "ray://", "host:port", "http://host:1", "a b:1", "ray:/host:1"])
def test_what_can_be_no_cluster_is_refused_before_anything_is_loaded(where: str) -> None:
    with pytest.raises(InputError, match=r"--on .* is no cluster; write ray"):
        check_address(where)


def test_a_cluster_is_refused_in_a_line(shop: Path, tmp_path: Path) -> None:
    ran = viz(*dissecting(shop, "--out", tmp_path / "out", "--on", "nowhere"))
    assert (ran.status, ran.out) == (2, "")
    assert "ray://HOST:PORT" in one_line(ran.err)
    ran = viz(*dissecting(shop, "--out", tmp_path / "out", "--on", "ray", "--shard", "1/2"))
    assert ran.status == 2
    assert "--shard" in one_line(ran.err)
    assert not (tmp_path / "out").exists()


def test_an_address_at_which_nobody_listens_is_refused_at_once(shop: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # which listens to nobody
        for where in (f"127.0.0.1:{taken.getsockname()[1]}", f"ray://127.0.0.1:{taken.getsockname()[1]}"):
            ran = viz(*dissecting(shop, "--out", tmp_path / "out", "--on", where))
            assert ran.status == 2
            assert f"nobody listens at {where}" in one_line(ran.err)
    assert not (tmp_path / "out").exists()


def test_workers_compute_on_gpus_where_there_are_some() -> None:
    assert [Cluster(4, gpus).device(asked) for gpus, asked in ((0, "auto"), (2, "auto"), (2, "cpu"))] == [
        "cpu", "cuda", "cpu",
    ]  # fmt: skip
    with pytest.raises(InputError, match="no GPU"):
        Cluster(4, 0).device("cuda")
    with pytest.raises(InputError, match="auto, cpu or cuda"):
        Cluster(4, 2).device("cuda:1")
