"""ResNet50 with the heads of self-supervised training."""

from __future__ import annotations

import torch
from torch import nn

from visualize.models.architectures.trunks import resnet50


def head(kind: str) -> nn.Module:
    """A head with random weights; the trunk before it takes no memory."""
    with torch.device("meta"):
        layers = resnet50(kind).get_submodule("fc")
    layers.to_empty(device="cpu")
    for number, parameter in enumerate(layers.parameters()):
        nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(number))
    return layers


def test_heads_compute_what_moco_s_papers_say() -> None:
    """A matrix in v1 (He et al. 2020); a hidden layer with a ReLU in v2 (Chen et al. 2020); none passes features on."""
    features = torch.rand(3, 2048, generator=torch.Generator().manual_seed(9))
    assert torch.equal(head("")(features), features)
    linear, mlp = head("linear"), head("mlp")
    with torch.no_grad():
        weight, bias = linear.parameters()
        torch.testing.assert_close(linear(features), features @ weight.T + bias)
        weight, bias, second, offset = mlp.parameters()
        hidden = (features @ weight.T + bias).clamp(min=0)
        torch.testing.assert_close(mlp(features), hidden @ second.T + offset, rtol=1e-4, atol=1e-3)
        assert mlp(features).shape == (3, 128)
