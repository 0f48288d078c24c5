"""Predictions: published probabilities, the demo's vote, and activation maps against Captum's Grad-CAM and formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn

from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from tests.kit.shared import shared
from visualize.models.class_names import parse_outdoor, parse_places365
from visualize.prediction.class_activation_map import CAM, GRAD_CAM, activation_map
from visualize.prediction.figure import overlay, prediction_figure
from visualize.prediction.prediction import environment, predict

if TYPE_CHECKING:
    from collections.abc import Callable


SIZE = (32, 40)


def probe(*layers: nn.Module) -> Probe:
    torch.manual_seed(0)
    net = nn.Sequential(*layers)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.4)
    return Probe(net, prepare=Preparation(size=SIZE))


def features() -> list[nn.Module]:
    return [nn.Conv2d(3, 6, 5, stride=2), nn.ReLU(inplace=True), nn.Conv2d(6, 8, 3), nn.ReLU(inplace=True)]


def linear_head() -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(8, 5)]


PICTURES = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(3))


def test_a_head_that_is_linear_after_pooling_gives_zhou_s_map() -> None:
    """Eq. 2 of Zhou et al. 2016, in float64: the sum over k of w_k^c f_k(x, y)."""
    one = probe(*features(), *linear_head())
    found = activation_map(one, PICTURES, 2)
    maps = one.activations(PICTURES, ["3"])["3"][0].double()
    weight = one.network.get_submodule("7").get_parameter("weight")[2].double()
    expected = (weight[:, None, None] * maps).sum(0)
    assert (found.method, found.layer) == (CAM, "3")
    torch.testing.assert_close(found.values.double(), expected.detach(), rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        score = one.network.eval()(PICTURES)[0, 2] - one.network.get_submodule("7").get_parameter("bias")[2]
    assert float(found.values.mean()) == pytest.approx(
        float(score), rel=1e-4
    )  # which is what makes it a map of the score


def test_a_fully_convolutional_head_gives_the_class_s_own_map() -> None:
    """As SqueezeNet's conv10: by linearity the map is the class's channel before the pooling."""
    one = probe(*features(), nn.Conv2d(8, 5, 1), nn.LeakyReLU(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    found = activation_map(one, PICTURES, 4)
    maps = one.activations(PICTURES, ["5"])["5"]
    assert found.method == CAM
    torch.testing.assert_close(found.values.float(), maps[0, 4].detach(), rtol=1e-5, atol=1e-6)


class RectifiedBeforePooling(nn.Module):
    """As DenseNet ends: norm, a rectifier that is a mere function, average, linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return found


def test_a_rectifier_that_is_no_layer_still_leaves_zhou_s_map() -> None:
    """The head is linear after pooling, so that eq. 2 holds for the rectified maps."""
    one = probe(RectifiedBeforePooling())
    found = activation_map(one, PICTURES, 2)
    maps = one.activations(PICTURES, ["0.norm"])["0.norm"][0].double().relu()
    weight = one.network.get_submodule("0.head").get_parameter("weight")[2].double()
    assert (found.method, found.layer) == (CAM, "0.norm")
    expected = (weight[:, None, None] * maps).sum(0).detach()
    torch.testing.assert_close(found.values.double(), expected, rtol=1e-4, atol=1e-5)


def test_a_densenet_gives_zhou_s_map() -> None:
    from visualize.models import load

    one = load("random/torchvision/densenet121")
    pictures = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = activation_map(one, pictures, 7)
    maps = one.activations(pictures, ["features"])["features"][0].double().relu()
    weight = one.network.get_submodule("classifier").get_parameter("weight")[7].double()
    assert found.method == CAM
    expected = (weight[:, None, None] * maps).sum(0).detach()
    torch.testing.assert_close(found.values.double(), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize(
    "head",
    [
        lambda: [nn.Flatten(), nn.Linear(8 * 12 * 16, 5)],
        lambda: [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 6 * 8, 7), nn.ReLU(), nn.Linear(7, 5)],
    ],
)
def test_other_heads_give_captum_s_grad_cam(head: Callable[[], list[nn.Module]]) -> None:
    one = probe(*features(), *head())
    for index in range(5):
        found = activation_map(one, PICTURES, index)
        net = one.network.eval()
        captum: Tensor = LayerGradCam(net, net.get_submodule("3")).attribute(PICTURES, target=index)
        assert (found.method, found.layer) == (GRAD_CAM, "3")
        expected = captum[0, 0].clamp(min=0).double().detach()
        torch.testing.assert_close(found.values.double(), expected, rtol=1e-4, atol=1e-8)


def test_the_network_is_left_as_it_was() -> None:
    one = probe(*features(), *linear_head())
    before = {name: value.clone() for name, value in one.network.state_dict().items()}
    activation_map(one, PICTURES, 0)
    assert all(torch.equal(value, before[name]) for name, value in one.network.state_dict().items())
    assert not any(module._forward_hooks for module in one.network.modules())
    assert all(parameter.grad is None for parameter in one.network.parameters())


def test_a_transformer_s_map_lies_where_the_class_token_still_reads_patches() -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    net = timm.create_model("vit_tiny_patch16_224", img_size=64, depth=3, num_classes=5).eval()
    found = activation_map(Probe(net, prepare=Preparation(size=(64, 64))), torch.rand(1, 3, 64, 64), 1)
    assert found.method == GRAD_CAM
    assert found.values.shape == (4, 4)
    assert found.layer.startswith("blocks.")


def test_a_network_without_any_map_says_so() -> None:
    one = Probe(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 4)), prepare=Preparation(size=(8, 8)))
    with pytest.raises(InputError, match="no layer of the network has a map"):
        activation_map(one, torch.rand(1, 3, 8, 8), 0)


def test_a_network_that_ends_in_a_map_is_no_classifier() -> None:
    with pytest.raises(InputError, match="needs a classifier"):
        predict(probe(*features()), Stack([np.zeros((32, 40, 3), np.uint8)]))


def test_the_vote_is_the_demo_s() -> None:
    """The mean over the best ten of 0 (indoor) and 1 (outdoor), below 0.5, as CSAILVision/places365 computes it."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        labels = rng.integers(0, 2, 30)
        order = rng.permutation(30)
        expected = "indoor" if np.mean(labels[order[:10]]) < 0.5 else "outdoor"
        kind, votes = environment(order.tolist(), [bool(label) for label in labels])
        assert kind == expected
        assert votes == labels[order[:10]].sum()
    assert environment(list(range(10)), [True] * 5 + [False] * 5)[0] == "outdoor"


def test_the_published_labels_are_read() -> None:
    found = parse_outdoor(shared("reference/places365/IO_places365.txt").read_text())
    names = parse_places365(shared("reference/places365/categories_places365.txt").read_text())
    assert len(found) == len(names) == 365
    kinds = dict(zip(names, found, strict=True))
    assert (kinds["alley"], kinds["bedroom"], kinds["temple/asia"], kinds["kitchen"]) == (True, False, True, False)
    assert parse_outdoor("/a/alley 3\n") == ()
    assert parse_outdoor("something else altogether\n") == ()


def test_probabilities_are_the_softmax_s_and_fall() -> None:
    one = probe(*features(), *linear_head())
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (32, 40, 3)).astype(np.uint8) for _ in range(2)]
    found = predict(one, Stack(pictures), top=3, outdoor=[True, False, True, True, True], names=list("abcde"))
    for picture, prediction in zip(pictures, found, strict=True):
        inputs = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        expected = one.network.eval()(inputs)[0].double().softmax(0).sort(descending=True)
        assert [c.index for c in prediction.categories] == expected.indices[:3].tolist()
        assert [c.probability for c in prediction.categories] == pytest.approx(expected.values[:3].tolist(), rel=1e-5)
        assert prediction.categories[0].name == "abcde"[prediction.categories[0].index]
        assert (prediction.kind, prediction.outdoor_votes) == ("outdoor", 4)
    assert predict(one, Stack(pictures))[0].kind is None
    assert predict(one, Stack(pictures))[0].categories[0].name.startswith("class ")


def test_the_overlay_is_warmest_where_the_map_is_largest() -> None:
    picture = np.full((20, 30, 3), 128, np.uint8)
    map_ = np.zeros((20, 30))
    map_[5, 7] = 1
    found = overlay(picture, map_).astype(int)
    warmth = found[..., 0] - found[..., 2]
    assert np.unravel_index(warmth.argmax(), warmth.shape) == (5, 7)
    assert warmth[0, 0] < 0


def test_the_figure_holds_everything_and_nothing_overlaps() -> None:
    one = probe(*features(), *linear_head())
    names = ["a very long name of a scene that goes on and on/and does not end at all", *"bcde"]
    picture = np.zeros((32, 40, 3), np.uint8)
    (found,) = predict(one, Stack([picture]), top=5, outdoor=[True] * 5, names=names)
    drawn = prediction_figure(found, "model")
    assert drawn.width < 1300
    edges = np.asarray(drawn)[:, -30:]
    assert (edges[200:] == 255).all()  # nothing runs out at the right
