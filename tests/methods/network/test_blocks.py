"""Blocks of well-known networks, held against the names that their papers and their authors' code give them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from visualize.methods import Preparation, Probe
from visualize.methods.network.blocks import folded

if TYPE_CHECKING:
    from collections.abc import Callable


def _named(name: str, **options: object) -> nn.Module:
    import torchvision

    network: nn.Module = torchvision.models.get_model(name, weights=None, **options)
    return network


def _convnext() -> nn.Module:
    from torchvision.models.convnext import CNBlockConfig, ConvNeXt

    network: nn.Module = ConvNeXt(
        [CNBlockConfig(8, 16, 2), CNBlockConfig(16, 24, 3), CNBlockConfig(24, None, 1)], num_classes=5
    )
    return network


def _vit() -> nn.Module:
    from torchvision.models import VisionTransformer

    network: nn.Module = VisionTransformer(64, 16, num_layers=4, num_heads=2, hidden_dim=12, mlp_dim=16, num_classes=5)
    return network


def _swin() -> nn.Module:
    from torchvision.models import SwinTransformer

    network: nn.Module = SwinTransformer([4, 4], 8, [2, 2, 3], [1, 2, 2], [4, 4], num_classes=5)
    return network


def _maxvit() -> nn.Module:
    from torchvision.models import MaxVit

    network: nn.Module = MaxVit((64, 64), 8, 4, [8, 16], [3, 2], 8, stochastic_depth_prob=0.0, num_classes=5)
    return network


def _timm(name: str, **options: object) -> nn.Module:
    return pytest.importorskip("timm").create_model(name, pretrained=False, **options)  # type: ignore[no-any-return]


def _mixer() -> nn.Module:
    mixers = pytest.importorskip("timm.models.mlp_mixer")
    network: nn.Module = mixers.MlpMixer(img_size=64, patch_size=32, num_blocks=3, embed_dim=64, num_classes=5)
    return network


NETWORKS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "alexnet": (
        functools.partial(_named, "alexnet"),
        "features.1 features.4 features.7 features.9-features.11 classifier.2-classifier.5 classifier.6",
    ),
    "vgg16": (
        functools.partial(_named, "vgg16", init_weights=False),
        (
            "features.1-features.3 features.6-features.8 features.11-features.15 features.18-features.22 "
            "features.25-features.29 classifier.1-classifier.4 classifier.6"
        ),
    ),
    "squeezenet": (
        functools.partial(_named, "squeezenet1_1"),
        (
            "features.1 features.3-features.4 features.6-features.7 features.9-features.10 features.11-features.12 "
            "classifier.2"
        ),
    ),
    "resnet18": (
        functools.partial(_named, "resnet18"),
        "relu layer1.0-layer1.1 layer2.0-layer2.1 layer3.0-layer3.1 layer4.0-layer4.1 fc",
    ),
    "resnet50": (
        functools.partial(_named, "resnet50"),
        "relu layer1.0-layer1.2 layer2.0-layer2.3 layer3.0-layer3.5 layer4.0-layer4.2 fc",
    ),
    "densenet121": (
        functools.partial(_named, "densenet121"),
        "features.relu0 features.denseblock1 features.denseblock2 features.denseblock3 features.denseblock4 classifier",
    ),
    "googlenet": (
        functools.partial(_named, "googlenet", init_weights=False),
        (
            "conv1 conv2 conv3 inception3a inception3b inception4a-inception4c inception4d inception4e inception5a "
            "inception5b fc"
        ),
    ),
    "mobilenet_v2": (
        functools.partial(_named, "mobilenet_v2"),
        (
            "features.0 features.1 features.2-features.3 features.4-features.6 features.7-features.10 "
            "features.11-features.13 features.14-features.16 features.17 features.18 classifier.1"
        ),
    ),
    "efficientnet_b0": (
        functools.partial(_named, "efficientnet_b0"),
        (
            "features.0 features.1.0 features.2.0-features.2.1 features.3.0-features.3.1 features.4.0-features.4.2 "
            "features.5.0-features.5.2 features.6.0-features.6.3 features.7.0 features.8 classifier.1"
        ),
    ),
    "convnext": (_convnext, "features.1.0-features.1.1 features.3.0-features.3.2 features.5.0 classifier.2"),
    "vit": (_vit, "encoder.layers.encoder_layer_0-encoder.layers.encoder_layer_3 heads.head"),
    "swin": (_swin, "features.1.0-features.1.1 features.3.0-features.3.1 features.5.0-features.5.2 head"),
    "maxvit": (
        _maxvit,
        "stem.0 blocks.0.layers.0-blocks.0.layers.2 blocks.1.layers.0-blocks.1.layers.1 classifier.4 classifier.5",
    ),
    "deit": (
        functools.partial(_timm, "deit_tiny_patch16_224", img_size=64, depth=3, embed_dim=24),
        "blocks.0-blocks.2 head",
    ),
    "mixer": (
        _mixer,
        "blocks.0-blocks.2 head",
    ),
    "mobilevit": (
        functools.partial(_timm, "mobilevit_xxs"),
        (
            "stem stages.0.0 stages.1.0-stages.1.2 stages.2.0 stages.2.1 stages.3.0 stages.3.1 stages.4.0 stages.4.1 "
            "final_conv head.fc"
        ),
    ),
    "regnet": (functools.partial(_timm, "regnetx_002"), "stem s1.b1 s2.b1 s3.b1-s3.b4 s4.b1-s4.b7 head.fc"),
}


SIZES = {"mobilevit": (128, 128)}


def _short(probe: Probe) -> str:
    runs = folded(list(probe.blocks.values()))
    return " ".join(run[0].name if len(run) == 1 else f"{run[0].name}-{run[-1].name}" for run in runs)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.filterwarnings("ignore")
def test_blocks_are_those_that_a_person_would_name(name: str) -> None:
    build, expected = NETWORKS[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build().eval()
    assert _short(Probe(network, prepare=Preparation(SIZES.get(name, (64, 64))))) == expected


class Double(nn.Module):
    """Two convolutions that are rectified by a function: nothing but its own class says that it is one thing."""

    def __init__(self, given: int, units: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(given, units, 3, padding=1)
        self.second = nn.Conv2d(units, units, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        maps: Tensor = self.second(self.first(pictures).relu()).relu()
        return maps


class Stage(nn.Module):
    def __init__(self, given: int, units: int, depth: int) -> None:
        super().__init__()
        self.items = nn.ModuleList(Double(units if number else given, units) for number in range(depth))

    def forward(self, pictures: Tensor) -> Tensor:
        for item in self.items:
            pictures = item(pictures)
        return pictures


class Wrapped(nn.Module):
    """A network within a network, whose convolutions stand alone."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Plain()

    def forward(self, pictures: Tensor) -> Tensor:
        shares: Tensor = self.backbone(pictures).softmax(1)
        return shares


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1, self.conv2 = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.Conv2d(6, 8, 3)
        self.pool, self.fc1, self.fc2 = nn.MaxPool2d(2), nn.Linear(8 * 6 * 6, 10), nn.Linear(10, 5)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.pool(self.conv2(self.pool(self.bn1(self.conv1(pictures)).relu())).relu())
        scores: Tensor = self.fc2(self.fc1(maps.flatten(1)).relu())
        return scores


def _probe(network: nn.Module) -> Probe:
    return Probe(network.eval(), prepare=Preparation((32, 32)))


def test_stages_are_opened_and_what_they_hold_is_not() -> None:
    body = nn.Sequential(Stage(3, 4, 2), nn.MaxPool2d(2), Stage(4, 6, 3), nn.Flatten(), nn.Linear(6 * 16 * 16, 5))
    assert _short(_probe(body)) == "0.items.0-0.items.1 2.items.0-2.items.2 4"


def test_a_plain_network_shows_each_of_its_layers_once_wherever_it_lies() -> None:
    assert _short(_probe(Plain())) == "bn1 conv2 fc1 fc2"
    assert _short(_probe(Wrapped())) == "backbone.bn1 backbone.conv2 backbone.fc1 backbone.fc2"


def test_names_of_papers_come_before_those_of_rectifiers() -> None:
    network = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
    assert _short(Probe(network, prepare=Preparation((16, 16)), aliases={"conv1": "0"})) == "0 3"


def test_a_network_without_weights_shows_all_its_layers() -> None:
    network = nn.Sequential(nn.AvgPool2d(2), nn.ReLU())
    assert list(_probe(network).blocks) == ["0", "1"]


def test_the_network_is_left_as_it_was() -> None:
    network = Plain().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert list(_probe(Plain()).blocks) == list(Probe(network, prepare=Preparation((32, 32))).blocks)
    assert network.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
