"""Networks trained without labels, from files in the exact layouts that their publishers use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from tests.visualize.models.caffe_files import CAFFENET
from tests.visualize.models.networks import fitted, other, same
from visualize.models import entry_of
from visualize.models.loading import build

if TYPE_CHECKING:
    from pathlib import Path


def test_moco_s_query_encoder_is_taken_and_its_key_encoder_left(tmp_path: Path) -> None:
    wanted = other("moco-v2")
    state = {f"module.encoder_q.{name}": value for name, value in wanted.items()}
    state |= {f"module.encoder_k.{name}": torch.zeros_like(value) for name, value in wanted.items()}
    state |= {"module.queue": torch.zeros(128, 4), "module.queue_ptr": torch.zeros(1)}
    assert same(fitted("moco-v2", state, tmp_path, "state_dict"), wanted)
    assert wanted["fc.2.weight"].shape == (128, 2048)


def test_swav_s_and_dino_s_resnets_load_without_their_heads(tmp_path: Path) -> None:
    wanted = other("swav")
    state = {f"module.{name}": value for name, value in wanted.items()}
    state |= {"module.projection_head.0.weight": torch.zeros(2), "module.prototypes.weight": torch.zeros(2)}
    assert same(fitted("swav", state, tmp_path), wanted)
    assert same(fitted("dino-resnet50", wanted, tmp_path), wanted)


@pytest.mark.parametrize("model", ["jigsaw-alexnet", "colorization-alexnet"])
def test_vissl_s_blocks_are_the_convolutions_in_turn(model: str, tmp_path: Path) -> None:
    wanted = other(model)
    places = {"conv1": "0.0", "bn1": "0.1", "conv2": "2.0", "bn2": "2.1", "conv3": "4.0", "bn3": "4.1", "conv4": "5.0",
              "bn4": "5.1", "conv5": "6.0", "bn5": "6.1"}  # fmt: skip
    state = {f"_feature_blocks.{places[name.split('.')[0]]}.{name.split('.')[1]}": value
             for name, value in wanted.items() if "num_batches" not in name}  # fmt: skip
    assert same(fitted(model, state, tmp_path, "model_state_dict"), wanted)


def test_zhang_s_file_has_a_place_for_every_weight() -> None:
    """The layers of his alexnet_deploy_lab_fc.prototxt: one channel comes in, data_l scales it."""
    with torch.device("meta"):
        state = build(entry_of("colorization-caffenet"), None).state_dict()
    shapes = {**CAFFENET, "conv1": (96, 1, 11, 11), "data_l": (1, 1, 1, 1)}
    del shapes["fc8"]
    weights = {f"{name}.weight": shape for name, shape in shapes.items()}
    assert {name: tuple(value.shape) for name, value in state.items()} == weights | {
        f"{name}.bias": shape[:1] for name, shape in shapes.items()
    }
