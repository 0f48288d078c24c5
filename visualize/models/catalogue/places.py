"""Networks trained on Places365 whose weights come in torch's format, and ResNet152."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from visualize.download.resource import Resource
from visualize.models.catalogue import common as c
from visualize.models.layer_aliases import caffenet_aliases, googlenet_aliases, torchvision_aliases
from visualize.models.model_entry import ModelEntry
from visualize.models.sources import torchvision

_PUBLISHER = "prepared as its publisher's own code does: RGB with ImageNet's mean and deviation"
_NOT_CAFFES = f"{_PUBLISHER}, not Caffe's BGR"
_UNITS = "another checkpoint than NetDissect's Caffe model: unit numbers differ"
_BAU = "Bau et al. 2020, Understanding the role of individual units, PNAS"


def _torchvision(network: str, classes: int = 365, **aliases: str) -> dict[str, Any]:
    """Facts of a network of torchvision, with aliases of its layers."""
    return {
        "architecture": torchvision.NETWORK,
        "arguments": MappingProxyType({"name": network, "num_classes": classes}),
        "aliases": MappingProxyType({**torchvision_aliases(network), **aliases}),
    }


def _package(network: str, aliases: dict[str, str]) -> dict[str, Any]:
    """Facts of a network of this package, with aliases of its layers."""
    return {
        "architecture": c.architecture(network),
        "arguments": MappingProxyType({"classes": 365}),
        "aliases": MappingProxyType(aliases),
    }


def _places(name: str, title: str, address: str, **facts: Any) -> ModelEntry:  # noqa: ANN401 (fields of a ModelEntry)
    """The catalogue entry of a network for the scenes of Places365; its file is named as at its address."""
    fixed = {"task": "scenes", "classes": "places365", "licence": c.CC_BY, "paper": f"{c.PLACES}; {c.RESNET}"}
    return ModelEntry(name=name, title=title, file=c.file_at(address), sources=(address,), **(fixed | facts))


CARDS = (
    _places(
        "places-alexnet-dissect",
        "CaffeNet (AlexNet) trained on Places365 in torch, of Bau et al. 2020",
        f"{c.DISSECT}alexnet_places365-92864cf6.pth",
        **_package("caffenet", caffenet_aliases()),
        preparation=c.torch(227, (256, 256)),
        sha256="92864cf6",
        size=233_500_000,
        paper=f"{c.PLACES}; {_BAU}",
        default_layer="conv5",
        notes=(_NOT_CAFFES, _UNITS),
    ),
    _places(
        "places-alexnet-torch",
        "torchvision's AlexNet trained on Places365",
        f"{c.PLACES2}alexnet_places365.pth.tar",
        **_torchvision("alexnet"),
        preparation=c.torch(),
        md5="c9c7e52228ef406ca64f8189585e2a28",
        size=234_000_000,
        paper=c.PLACES,
        default_layer="conv5",
        notes=("fewer and other units than Caffe's AlexNet: unit numbers differ",),
    ),
    _places(
        "places-vgg16-dissect",
        "VGG16 trained on Places365, of Bau et al. 2020",
        f"{c.DISSECT}vgg16_places365-0bafbc55.pth",
        **_torchvision("vgg16", fc8a="classifier.6"),
        preparation=c.torch(224, (256, 256)),
        sha256="0bafbc55",
        size=543_000_000,
        rename=c.renaming("by_alias"),
        paper=f"{c.PLACES}; {_BAU}",
        default_layer="conv5_3",
        notes=(_NOT_CAFFES, _UNITS),
    ),
    _places(
        "places-googlenet-captum",
        "GoogLeNet without batch norm, trained on Places365, as Captum serves it for torch",
        "https://pytorch-tutorial-assets.s3.amazonaws.com/captum/inceptionv1_places365.pth",
        **_package("googlenet", googlenet_aliases()),
        preparation=c.caffe(224, (104.0437, 112.6004, 116.7894)),
        size=53_000_000,
        rename=c.renaming("captum_googlenet"),
        ignored=("aux1", "aux2"),
        paper=f"{c.PLACES}; {c.GOOGLENET}",
        default_layer="inception_4e",
        notes=("prepared with the mean that Captum's own code subtracts",),
    ),
    _places(
        "places-resnet152",
        "ResNet152 trained on Places365, from Torch",
        f"{c.DISSECT}resnet152_places365-f928166e5c.pth",
        **_torchvision("resnet152", fc365="fc"),
        preparation=c.torch(224, (256, 256)),
        sha256="f928166e5c",
        size=236_000_000,
        rename=c.renaming("in_order"),
        default_layer="res5c",
        notes=(_PUBLISHER,),
    ),
    _places(
        "places-resnet152-caffe",
        "ResNet152 trained on Places365, in Caffe",
        f"{c.PLACES2}resnet152_places365.caffemodel",
        **_torchvision("resnet152", fc365="fc") | {"architecture": c.architecture("caffe_resnet")},
        preparation=c.caffe(224, c.PLACES365_BGR),
        size=236_000_000,
        reader="caffe",
        rename=c.renaming("caffe_resnet"),
        default_layer="res5c",
    ),
    _places(
        "places-resnet18",
        "ResNet18 trained on Places365",
        f"{c.PLACES2}resnet18_places365.pth.tar",
        **_torchvision("resnet18", fc365="fc"),
        preparation=c.torch(),
        md5="7a8808eefd4ea7458650ca84855f69b1",
        size=45_500_000,
        others=(
            Resource(
                file="resnet18_places365-2f475921.pth",
                sources=(f"{c.DISSECT}resnet18_places365-2f475921.pth",),
                sha256="2f475921",
                size=45_500_000,
            ),
        ),
        default_layer="res5b",
    ),
    _places(
        "places-resnet50",
        "ResNet50 trained on Places365",
        f"{c.PLACES2}resnet50_places365.pth.tar",
        **_torchvision("resnet50", fc365="fc"),
        preparation=c.torch(),
        size=97_500_000,
        default_layer="res5c",
    ),
    _places(
        "places-densenet161",
        "DenseNet161 trained on Places365",
        f"{c.PLACES2}densenet161_places365.pth.tar",
        **_torchvision("densenet161"),
        preparation=c.torch(),
        md5="07efb6c7f25f832cb567d3644a131e6a",
        size=110_000_000,
        paper=f"{c.PLACES}; Huang et al. 2017, Densely connected convolutional networks, arXiv:1608.06993",
        default_layer="features.norm5",
    ),
    ModelEntry(
        name="imagenet-resnet152",
        title="ResNet152 trained on ImageNet, of torchvision",
        task="objects",
        **_torchvision("resnet152", 1000),
        preparation=c.torch(),
        file="resnet152-394f9c45.pth",
        sources=(f"{c.TORCHVISION}resnet152-394f9c45.pth",),
        sha256="394f9c45",
        size=241_500_000,
        classes="imagenet",
        licence=torchvision.LICENCE,
        paper=c.RESNET,
        default_layer="res5c",
        notes=("78.3 % top-1 on ImageNet-1K, as torchvision reports", "torchvision's IMAGENET1K_V1"),
    ),
)
