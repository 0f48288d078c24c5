"""Networks of torch.hub: run only for a user who trusts them, and for that one call."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import torch

from tests.kit.refusal import refusal
from visualize.models import entry_of, load

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HUBCONF = """
import torch
dependencies = ["torch"]

def small(pretrained=False, classes=4):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, classes, 3), torch.nn.ReLU())
    if pretrained:
        torch.nn.init.constant_(net[0].bias, 5.0)
    return net

def plain():
    return small()

def broken():
    return 1 / 0
"""


def test_torch_hub_runs_what_the_user_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "hub" / "owner_repo_main"
    folder.mkdir(parents=True)
    (folder / "hubconf.py").write_text(HUBCONF)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    probe = load("hub/owner/repo@main:small", trust=True)
    assert probe.layer("0").units == 4
    assert float(probe.network.state_dict()["0.bias"][0]) == 5  # trained weights are asked for
    assert load("hub/owner/repo@main:plain", trust=True).layer("0").units == 4  # it does not know the word
    with refusal("has no entry 'smal'; did you mean small"):
        load("hub/owner/repo@main:smal", trust=True)
    with refusal("ZeroDivisionError"):
        load("hub/owner/repo@main:broken", trust=True)
    with refusal("hub/owner/repo@main:small would download code", "--trust"):  # trust was for that one call
        load("hub/owner/repo@main:small")
    assert not [name for name in sys.path if str(folder) in name]


def test_a_name_of_another_form_says_how_to_write_it() -> None:
    with refusal("names no network of torch.hub; write hub/OWNER/REPO:ENTRY"):
        entry_of("hub/nothing")
