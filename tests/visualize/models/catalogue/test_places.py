"""Networks trained on Places365, from files in the exact layouts that their publishers use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.visualize.models.networks import fitted, other, same

if TYPE_CHECKING:
    from pathlib import Path


def test_captum_s_googlenet_loads_under_caffe_s_names(tmp_path: Path) -> None:
    wanted = other("places-googlenet-captum")
    stem = {"conv1.7x7_s2": "conv1", "conv2.3x3_reduce": "conv2", "conv2.3x3": "conv3", "loss3.classifier": "fc"}
    state: dict[str, torch.Tensor] = {}
    for name, value in wanted.items():
        layer, _, part = name.rpartition(".")
        block, _, branch = layer.partition(".")
        inner = branch if branch == "pool_proj" else f"conv_{branch}"
        state[f"{stem.get(layer) or f'mixed{block[-2:]}.{inner}'}.{part}"] = value
    state["aux1.conv.weight"] = torch.zeros(2)
    assert same(fitted("places-googlenet-captum", state, tmp_path), wanted)
