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
from visualize.cluster.ray_engine import Cluster, check_address
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """
import time
from pathlib import Path
import torch

HERE = Path(__file__).parent


class Slow(torch.nn.Conv2d):
    def forward(self, pictures):
        while list(HERE.glob("commanded/partial/pieces/scan-*.npz")) and not (HERE / "go").exists():
            time.sleep(0.02)  # the first piece is kept, and the interrupt has not come yet
        return super().forward(pictures)
""" + TINY.replace("def tiny()", "def slow()").replace("torch.nn.Conv2d(3", "Slow(3")
SECONDS = {
    "RAY_health_check_initial_delay_ms": "0", "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "3", "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = of_labels(tmp_path_factory.mktemp("shop"), 600)
    (root / "slow.py").write_text(SLOW)
    shared = ("--layer", "relu", "--data", root / "set", "--quantile", "0.1", "--quiet")
    ran = viz("dissect", "--model", f"{root}/slow.py:slow", *shared, "--out", root / "slowly")
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


def _same(shop: Path, out: str, alone: str) -> None:
    for name in ("relu.csv", "relu.npz"):
        assert (shop / out / name).read_bytes() == (shop / alone / name).read_bytes()
    assert not (shop / out / "partial").exists()


def test_workers_and_nodes_may_be_lost_and_join(shop: Path, outcome: dict[str, Any]) -> None:
    events = outcome["troubles"]["events"]
    assert outcome["troubles"]["killed at"]
    assert any(event.startswith("killed") for event in events)
    assert any(event.startswith("full") for event in events)
    assert any(event.endswith("127.0.0.4") for event in events)  # which was not there when it began
    _same(shop, "troubled", "seventy")
    assert (shop / "troubled/dissection.json").read_text() == (shop / "seventy/dissection.json").read_text()


def test_ctrl_c_stops_the_workers_and_the_same_command_goes_on(shop: Path, outcome: dict[str, Any]) -> None:
    told = outcome["interrupted"]
    assert told["statuses"] == [130, 0], told
    assert "interrupted; the same command goes on" in one_line(told["said"])
    assert told["free"] >= 1  # nobody holds the processors any more
    assert 0 < told["kept"] < 3
    _same(shop, "commanded", "slowly")


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
