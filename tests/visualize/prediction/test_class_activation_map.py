"""Activation maps against Captum's Grad-CAM and the formulas of the papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn

from tests.visualize.prediction.classifiers import PICTURES, features, linear_head, probe
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.prediction.class_activation_map import CAM, GRAD_CAM, activation_map

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_head_that_is_linear_after_pooling_gives_zhou_s_map() -> None:
    """Eq. 2 of Zhou et al. 2016, in float64: the sum over k of w_k^c f_k(x, y)."""
    classifier = probe(*features(), *linear_head())
    result = activation_map(classifier, PICTURES, 2)
    maps = classifier.activations(PICTURES, ["3"])["3"][0].double()
    weight = classifier.network.get_submodule("7").get_parameter("weight")[2].double()
    expected = (weight[:, None, None] * maps).sum(0)
    assert (result.method, result.layer) == (CAM, "3")
    torch.testing.assert_close(result.values.double(), expected.detach(), rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        score = (
            classifier.network.eval()(PICTURES)[0, 2] - classifier.network.get_submodule("7").get_parameter("bias")[2]
        )
    # which is what makes it a map of the score
    assert float(result.values.mean()) == pytest.approx(float(score), rel=1e-4)


def test_a_fully_convolutional_head_gives_the_class_s_own_map() -> None:
    """As SqueezeNet's conv10: by linearity the map is the class's channel before the pooling."""
    classifier = probe(*features(), nn.Conv2d(8, 5, 1), nn.LeakyReLU(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    result = activation_map(classifier, PICTURES, 4)
    maps = classifier.activations(PICTURES, ["5"])["5"]
    assert result.method == CAM
    torch.testing.assert_close(result.values.float(), maps[0, 4].detach(), rtol=1e-5, atol=1e-6)


class RectifiedBeforePooling(nn.Module):
    """As DenseNet ends: norm, a rectifier that is a mere function, average, linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return scores


def test_a_rectifier_that_is_no_layer_still_leaves_zhou_s_map() -> None:
    """The head is linear after pooling, so that eq. 2 holds for the rectified maps."""
    classifier = probe(RectifiedBeforePooling())
    result = activation_map(classifier, PICTURES, 2)
    maps = classifier.activations(PICTURES, ["0.norm"])["0.norm"][0].double().relu()
    weight = classifier.network.get_submodule("0.head").get_parameter("weight")[2].double()
    assert (result.method, result.layer) == (CAM, "0.norm")
    expected = (weight[:, None, None] * maps).sum(0).detach()
    torch.testing.assert_close(result.values.double(), expected, rtol=1e-4, atol=1e-5)


def test_a_densenet_gives_zhou_s_map() -> None:
    from visualize.models import load

    classifier = load("random/torchvision/densenet121")
    pictures = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    result = activation_map(classifier, pictures, 7)
    maps = classifier.activations(pictures, ["features"])["features"][0].double().relu()
    weight = classifier.network.get_submodule("classifier").get_parameter("weight")[7].double()
    assert result.method == CAM
    expected = (weight[:, None, None] * maps).sum(0).detach()
    torch.testing.assert_close(result.values.double(), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize(
    "head",
    [
        lambda: [nn.Flatten(), nn.Linear(8 * 12 * 16, 5)],
        lambda: [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 6 * 8, 7), nn.ReLU(), nn.Linear(7, 5)],
    ],
)
def test_other_heads_give_captum_s_grad_cam(head: Callable[[], list[nn.Module]]) -> None:
    classifier = probe(*features(), *head())
    for index in range(5):
        result = activation_map(classifier, PICTURES, index)
        net = classifier.network.eval()
        captum: Tensor = LayerGradCam(net, net.get_submodule("3")).attribute(PICTURES, target=index)
        assert (result.method, result.layer) == (GRAD_CAM, "3")
        expected = captum[0, 0].clamp(min=0).double().detach()
        torch.testing.assert_close(result.values.double(), expected, rtol=1e-4, atol=1e-8)


def test_the_network_is_left_as_it_was() -> None:
    classifier = probe(*features(), *linear_head())
    before = {name: value.clone() for name, value in classifier.network.state_dict().items()}
    activation_map(classifier, PICTURES, 0)
    assert all(torch.equal(value, before[name]) for name, value in classifier.network.state_dict().items())
    assert not any(module._forward_hooks for module in classifier.network.modules())
    assert all(parameter.grad is None for parameter in classifier.network.parameters())


def test_a_transformer_s_map_lies_where_the_class_token_still_reads_patches() -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    net = timm.create_model("vit_tiny_patch16_224", img_size=64, depth=3, num_classes=5).eval()
    result = activation_map(Probe(net, prepare=Preparation(size=(64, 64))), torch.rand(1, 3, 64, 64), 1)
    assert result.method == GRAD_CAM
    assert result.values.shape == (4, 4)
    assert result.layer.startswith("blocks.")


def test_a_network_without_any_map_says_so() -> None:
    classifier = Probe(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 4)), prepare=Preparation(size=(8, 8)))
    with pytest.raises(InputError, match="no layer of the network has a map"):
        activation_map(classifier, torch.rand(1, 3, 8, 8), 0)
