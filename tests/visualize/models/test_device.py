"""The device that a network runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.kit.refusal import refusal
from visualize.models.device import choose_device

if TYPE_CHECKING:
    import pytest


def test_the_cpu_is_always_there_and_auto_takes_a_gpu_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device() == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device() == "cuda"
    assert [choose_device(name) for name in ("cuda", "cuda:0", "cuda:1")] == ["cuda", "cuda:0", "cuda:1"]
    with refusal("no device 'cuda:2'", "cpu, cuda, cuda:0, cuda:1"):
        choose_device("cuda:2")
