from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.visualize.cli.kit import one_line, viz
from tests.visualize.cli.shops import of_labels

if TYPE_CHECKING:
    from pathlib import Path


def test_a_dry_run_tells_what_there_is_to_do_and_writes_nothing(tmp_path: Path) -> None:
    root = of_labels(tmp_path)
    (root / "plan.toml").write_text(
        f'models = "{root}/tiny.py:tiny"\nlayers = "relu"\ndata = "{root}/set"\nmethods = ["dissect", "top"]\n'
    )
    there = sorted(path.name for path in root.iterdir())
    ran = viz("sweep", root / "plan.toml", "--dry-run", "--out", root / "out")
    assert (ran.status, ran.err) == (0, "")
    assert "2 to do" in ran.out
    told = json.loads(viz("sweep", root / "plan.toml", "--dry-run", "--json", "--out", root / "out").out)
    assert [(item["layer"], item["method"], item["state"]) for item in told["items"]] == [
        ("relu", "dissect", ""), ("relu", "top", ""),
    ]  # fmt: skip
    assert sorted(path.name for path in root.iterdir() if path.name != "__pycache__") == there


def test_what_can_be_no_cluster_is_refused_first(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('models = "scenes-alexnet"\nmethods = "dissect"\n')
    ran = viz("sweep", tmp_path / "plan.toml", "--on", "nowhere", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "is no cluster" in one_line(ran.err)
    assert not (tmp_path / "out").exists()
