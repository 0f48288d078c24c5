from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from tests.visualize.cli.kit import one_line, viz

if TYPE_CHECKING:
    from pathlib import Path


def test_trust_is_asked_for_and_lasts_for_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "hub" / "owner_repo_main"
    folder.mkdir(parents=True)
    (folder / "hubconf.py").write_text(
        "import torch\ndef net():\n    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))\n"
    )
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    ran = viz("layers", "hub/owner/repo@main:net")
    assert "say so with --trust" in one_line(ran.err)
    assert viz("layers", "hub/owner/repo@main:net", "--trust").status == 0
    assert viz("layers", "hub/owner/repo@main:net").status == 2


def test_the_help_says_what_trust_means() -> None:
    words = " ".join(viz("unit", "--help").out.split())
    for word in ("Let the code run that comes with the model", "with all that you may do", "downloads", "TorchScript"):
        assert word in words


@pytest.mark.parametrize("command", ["unit", "top", "dissect", "merge", "find", "compare"])
def test_a_set_has_the_same_names_everywhere(command: str) -> None:
    words = viz(command, "--help").out.replace(",", " ").split()
    assert {"--images", "--data", "-i"} <= set(words)
