"""The vision transformer, against timm's."""

from __future__ import annotations

import pytest
import torch

from visualize.models.architectures.vision_transformer import VisionTransformer


def test_dino_s_transformer_is_timm_s() -> None:
    """DINO's files have timm's names; timm's own network must compute the same from them."""
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    theirs = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0).eval()
    ours = VisionTransformer(width=192, heads=3).eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
        assert ours(torch.randn(1, 3, 160, 96)).shape == (1, 192)
