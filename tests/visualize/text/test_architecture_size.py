"""Sizes of architectures: close to the networks that open_clip makes, and refused where they are none."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from visualize.methods import InputError
from visualize.text.architecture_size import require_modest, weights_of

TEXT = {"width": 512, "layers": 12, "heads": 8}


@pytest.mark.parametrize("name", ["ViT-B-32", "RN50", "RN50x64", "ViT-L-14"])
def test_published_architectures_have_about_as_many_weights_as_open_clip_makes(name: str) -> None:
    open_clip = pytest.importorskip("open_clip")
    with torch.device("meta"):
        made = open_clip.create_model(name, pretrained=None, load_weights=False, device="meta")
    count = sum(parameter.numel() for parameter in made.parameters())
    assert 0.75 * count < weights_of(open_clip.get_model_config(name)) <= count


@pytest.mark.parametrize(
    ("vision", "length", "match"),
    [
        ({"image_size": 2048, "patch_size": 16, "width": 32, "layers": 1}, None, "16,384 patches"),
        ({"width": 8192, "layers": 128}, None, "at most 500,000,000 are drawn"),
        ({"width": 8192, "layers": [128, 128]}, None, "at most 500,000,000 are drawn"),
        ({"width": 1024, "layers": 12}, 1000, "the file of them 1,000 bytes"),
    ],
)
def test_what_no_file_can_hold_is_refused_before_it_is_made(vision: dict[str, Any], length: int, match: str) -> None:
    with pytest.raises(InputError, match=match):
        require_modest({"embed_dim": 16, "vision_cfg": vision, "text_cfg": TEXT}, length, "net.json")
