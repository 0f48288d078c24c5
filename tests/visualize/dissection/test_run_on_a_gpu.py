"""Dissections into folders by the operations of a GPU: the files of a processor, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.fake_gpu import FakeGpu
from tests.visualize.dissection.made import LAYERS, SETTINGS, contents, dissected, held, probe, stopping
from visualize.dissection import run

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_those_of_a_processor_also_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dissected(tmp_path / "here")
    FakeGpu().install(monkeypatch)
    dissected(tmp_path / "there")
    with pytest.raises(KeyboardInterrupt, match="after 30 pictures"):
        run(
            probe(),
            LAYERS,
            held(),
            tmp_path / "stopped",
            SETTINGS,
            source={"where": "nowhere"},
            chunk=8,
            watch=stopping,
        )
    dissected(tmp_path / "stopped")
    assert contents(tmp_path / "here") == contents(tmp_path / "there") == contents(tmp_path / "stopped")
