from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.visualize.cli.kit import environment, viz
from tests.visualize.cli.shops import dissecting

# torchrun whose processes meet in a file: by itself it opens a port that all the world can reach
MEETING = ("--rdzv-backend", "c10d", "--rdzv-id", "two", "--rdzv-conf", "store_type=file", "--local-addr", "127.0.0.1")
TORCHRUN = shutil.which("torchrun", path=Path(sys.executable).parent)


@pytest.mark.skipif(TORCHRUN is None, reason="torchrun is not beside this Python")
def test_two_processes_of_torchrun_write_what_one_does(shop: Path, tmp_path: Path) -> None:
    assert viz(*dissecting(shop, "--out", tmp_path / "one", "--quiet")).status == 0
    ran = subprocess.run(
        [str(TORCHRUN), *MEETING, "--rdzv-endpoint", str(tmp_path / "meeting"), "--nproc-per-node", "2",
         "-m", "visualize", *map(str, dissecting(shop, "--out", tmp_path / "two", "--json"))],
        capture_output=True, text=True, check=False, env=environment(TORCH_DISABLE_SHARE_RDZV_TCP_STORE="1"),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["finished"]  # one document, of the one that merged
    assert ran.stderr.count("is done; the last of the 2") == 1
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes()
    assert not (tmp_path / "two/partial").exists()


def test_a_shard_that_is_named_wins_over_that_of_the_launcher(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0"}.items():
        monkeypatch.setenv(name, value)
    ran = viz(*dissecting(shop, "--out", tmp_path / "named", "--shard", "2/3", "--quiet"))
    assert ran.status == 0, ran.err
    asked = json.loads((tmp_path / "named/partial/asked.json").read_text())
    assert asked["shard"] == [2, 3]
    ran = viz(*dissecting(shop, "--out", tmp_path / "told"))
    assert (ran.status, ran.out) == (0, "")
    assert "shard 1/2 is done" in ran.err
    asked = json.loads((tmp_path / "told/partial/shard-1-of-2/partial/asked.json").read_text())
    assert asked["shard"] == [1, 2]
