from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.visualize.dissection.made import contents, dissected
from visualize.dissection import chunk_files as spill

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_dropping_what_no_longer_matters_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dissected(tmp_path / "whole")
    monkeypatch.setattr(spill, "ROOM", 1)
    thinned: list[int] = []
    thin = spill.Spill.thin

    def counted(self: spill.Spill, *given: Any) -> None:  # noqa: ANN401 (as it comes)
        thinned.append(self.count)
        thin(self, *given)

    monkeypatch.setattr(spill.Spill, "thin", counted)
    dissected(tmp_path / "thin")
    assert thinned
    assert contents(tmp_path / "thin") == contents(tmp_path / "whole")
