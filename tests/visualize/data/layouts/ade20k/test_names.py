from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np

from tests.kit.shared import shared
from tests.visualize.data.made_sets import only_map
from visualize.data import open_labelled
from visualize.data.layouts.ade20k import names as ade20k_names
from visualize.intake import json_text
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_names_of_a_large_set_are_read_once_and_anew_when_notes_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(ade20k_names, "MANY", 3)
    root = tmp_path / "set"
    shutil.copytree(shared("data/ade20k-sample"), root)
    for path in root.rglob("*"):
        path.chmod(0o755)
    read: list[Path] = []
    steps: list[tuple[int, int]] = []
    real = json_text.load

    def counting(path: Path, **limits: int) -> object:
        read.append(path)
        return real(path, **limits)

    monkeypatch.setattr(json_text, "load", counting)
    first = open_labelled(root, progress=lambda *state: steps.append(state))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    wanted = list(first.concepts)
    (index,) = (tmp_path / "cache/indexes").glob("*.json")
    read.clear()
    shutil.move(root, tmp_path / "moved")
    again = open_labelled(tmp_path / "moved")
    assert (list(again.concepts), read) == (wanted, [])
    np.testing.assert_array_equal(
        only_map(again.labels(0, Preparation()), "object"),
        only_map(open_labelled(shared("data/ade20k-sample")).labels(0, Preparation()), "object"),
    )
    note = next((tmp_path / "moved").rglob("*.json"))
    content = json.loads(note.read_text())
    content["annotation"]["scene"] = ["outdoor", "urban", "bazaar"]
    note.write_text(json.dumps(content))
    read.clear()
    changed = {concept.name for concept in open_labelled(tmp_path / "moved").concepts}
    assert len(read) == 3
    assert "bazaar" in changed
    for damage in (b"", b"{}", b'{"objects": [], "parts": {}, "scenes": 3}'):
        index.write_bytes(damage)
        assert open_labelled(tmp_path / "moved").concepts


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(ade20k_names, "MANY", 1)
    assert len(open_labelled(shared("data/ade20k-sample")).concepts) == 41
