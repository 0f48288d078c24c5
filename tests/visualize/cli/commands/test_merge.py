from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")


def test_shards_put_together_are_one_run(shop: Path, tmp_path: Path) -> None:
    assert viz(*dissecting(shop, "--out", "whole", "--quiet")).status == 0
    for part in (1, 2, 3):
        ran = viz(*dissecting(shop, "--shard", f"{part}/3", "--out", f"parts/{part}", "--quiet"))
        assert ran.status == 0, ran.err
    ran = viz("merge", "parts/3", "parts/1", "parts/2", "--out", "merged", "--quiet")
    assert ran.status == 0, ran.err
    for name in ("relu.csv", "relu.npz"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_shards_of_a_set_that_was_moved_are_merged_as_they_were_drawn(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop / "set", tmp_path / "set")
    asked = ["dissect", "--model", f"{shop}/tiny.py:tiny", "--layer", "relu", "--data", "set", "--count", "9"]
    for part in (1, 2):
        assert viz(*asked, "--shard", f"{part}/2", "--out", f"parts/{part}", "--quiet").status == 0
    assert viz(*asked, "--out", "whole", "--quiet").status == 0
    (tmp_path / "set").rename(tmp_path / "moved")
    assert viz("merge", "parts/1", "parts/2", "--out", "merged").status == 2
    ran = viz("merge", "parts/1", "parts/2", "--out", "merged", "--data", "moved")
    assert ran.status == 0, ran.err
    for name in ("relu.csv", "relu.npz"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
