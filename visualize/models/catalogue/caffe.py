"""AlexNet, VGG16 and GoogLeNet as Caffe's files, each trained on Places365, Places205 and ImageNet."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from visualize.models.catalogue import common as c
from visualize.models.layer_aliases import caffenet_aliases, googlenet_aliases, torchvision_aliases
from visualize.models.model_card import ModelCard
from visualize.models.sources import torchvision

_MIT = "the second address is NetDissect's, under another name; whether the two files are the same is not known"
_COUNTED = "units are counted from 0 here; NetDissect's tables count from 1, so that their unit 79 is unit 78 here"
_NAMES = "for the names of its classes put categoryIndex_places205.csv into a mirror: it is published in archives only"
_ALEXNET: dict[str, Any] = {
    "architecture": c.architecture("caffenet"),
    "reader": "caffe",
    "aliases": MappingProxyType(caffenet_aliases()),
    "default_layer": "conv5",
    "size": 233_000_000,
}
_VGG16: dict[str, Any] = {
    "architecture": torchvision.NETWORK,
    "reader": "caffe",
    "rename": c.renaming("by_alias"),
    "aliases": MappingProxyType({**torchvision_aliases("vgg16"), "fc8a": "classifier.6"}),
    "default_layer": "conv5_3",
    "size": 540_000_000,
}
_GOOGLENET: dict[str, Any] = {
    "architecture": c.architecture("googlenet"),
    "reader": "caffe",
    "rename": c.renaming("slashes"),
    "ignored": ("loss1", "loss2"),  # the auxiliary classifiers of training
    "aliases": MappingProxyType(googlenet_aliases()),
    "default_layer": "inception_4e",
    "size": 53_500_000,
}


def _classes(**arguments: object) -> MappingProxyType[str, object]:
    return MappingProxyType(arguments)


CARDS = (
    ModelCard(
        name="places-alexnet",
        title="CaffeNet (AlexNet) trained on Places365: the network of Network Dissection's first figures",
        task="scenes",
        arguments=_classes(classes=365),
        preparation=c.caffe(227, c.PLACES365_BGR),
        file="alexnet_places365.caffemodel",
        sources=(
            f"{c.PLACES2}alexnet_places365.caffemodel",
            f"{c.NETDISSECT}caffe_reference_places365.caffemodel",
        ),
        classes="places365",
        licence=c.CC_BY,
        paper=f"{c.PLACES}; Bau, Zhou et al. 2017, Network Dissection, arXiv:1704.05796",
        default_unit=78,  # the talk's "unit 79: car", counted from 0
        notes=(_COUNTED, _MIT),
        **_ALEXNET,
    ),
    ModelCard(
        name="places-vgg16",
        title="VGG16 trained on Places365, in Caffe",
        task="scenes",
        arguments=_classes(name="vgg16", num_classes=365),
        preparation=c.caffe(224, c.PLACES365_BGR),
        file="vgg16_places365.caffemodel",
        sources=(f"{c.PLACES2}vgg16_places365.caffemodel", f"{c.NETDISSECT}vgg16_places365.caffemodel"),
        classes="places365",
        licence=c.CC_BY,
        paper=f"{c.PLACES}; {c.VGG}",
        notes=(_COUNTED,),
        **_VGG16,
    ),
    ModelCard(
        name="places-googlenet",
        title="GoogLeNet without batch norm, trained on Places365 in Caffe",
        task="scenes",
        arguments=_classes(classes=365),
        preparation=c.caffe(224, c.PLACES365_BGR),
        file="googlenet_places365.caffemodel",
        sources=(f"{c.PLACES2}googlenet_places365.caffemodel", f"{c.NETDISSECT}googlenet_places365.caffemodel"),
        classes="places365",
        licence=c.CC_BY,
        paper=f"{c.PLACES}; {c.GOOGLENET}",
        notes=(_COUNTED,),
        **_GOOGLENET,
    ),
    ModelCard(
        name="places205-alexnet",
        title="CaffeNet (AlexNet) trained on Places205",
        task="scenes",
        arguments=_classes(classes=205),
        preparation=c.caffe(227, c.PLACES205_BGR),
        file="caffe_reference_places205.caffemodel",
        sources=(f"{c.NETDISSECT}caffe_reference_places205.caffemodel",),
        classes="places205",
        licence=c.CC_BY,
        paper=c.PLACES205,
        notes=(_COUNTED, _NAMES),
        **_ALEXNET,
    ),
    ModelCard(
        name="places205-vgg16",
        title="VGG16 trained on Places205, in Caffe",
        task="scenes",
        arguments=_classes(name="vgg16", num_classes=205),
        preparation=c.caffe(224, c.PLACES205_BGR),
        file="vgg16_places205.caffemodel",
        sources=(f"{c.NETDISSECT}vgg16_places205.caffemodel",),
        classes="places205",
        licence=c.CC_BY,
        paper=f"{c.PLACES205}; Wang et al. 2015, Places205-VGGNet models, arXiv:1508.01667",
        notes=(_COUNTED, _NAMES),
        **_VGG16,
    ),
    ModelCard(
        name="places205-googlenet",
        title="GoogLeNet without batch norm, trained on Places205 in Caffe",
        task="scenes",
        arguments=_classes(classes=205),
        preparation=c.caffe(224, c.PLACES205_BGR),
        file="googlenet_places205.caffemodel",
        sources=(f"{c.NETDISSECT}googlenet_places205.caffemodel",),
        classes="places205",
        licence=c.CC_BY,
        paper=f"{c.PLACES205}; {c.GOOGLENET}",
        notes=(_COUNTED, _NAMES),
        **_GOOGLENET,
    ),
    ModelCard(
        name="imagenet-alexnet",
        title="CaffeNet (AlexNet) trained on ImageNet: Caffe's reference model",
        task="objects",
        arguments=_classes(classes=1000),
        preparation=c.caffe(227, c.IMAGENET_BGR),
        file="bvlc_reference_caffenet.caffemodel",
        sources=(
            f"{c.BERKELEY}bvlc_reference_caffenet.caffemodel",
            f"{c.NETDISSECT}caffe_reference_imagenet.caffemodel",
        ),
        sha1="4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
        classes="imagenet",
        licence=c.UNRESTRICTED,
        paper=f"{c.ALEXNET}; Jia et al. 2014, Caffe, arXiv:1408.5093",
        notes=(_COUNTED,),
        **_ALEXNET,
    ),
    ModelCard(
        name="imagenet-vgg16",
        title="VGG16 trained on ImageNet by its authors, in Caffe",
        task="objects",
        arguments=_classes(name="vgg16", num_classes=1000),
        preparation=c.caffe(224, c.VGG_BGR),
        file="VGG_ILSVRC_16_layers.caffemodel",
        sources=(
            "http://www.robots.ox.ac.uk/~vgg/software/very_deep/caffe/VGG_ILSVRC_16_layers.caffemodel",
            f"{c.NETDISSECT}vgg16_imagenet.caffemodel",
        ),
        sha1="9363e1f6d65f7dba68c4f27a1e62105cdf6c4e24",
        classes="imagenet",
        licence="CC BY 4.0",
        paper=c.VGG,
        notes=(_COUNTED,),
        **_VGG16,
    ),
    ModelCard(
        name="imagenet-googlenet",
        title="GoogLeNet without batch norm, trained on ImageNet by BVLC in Caffe",
        task="objects",
        arguments=_classes(classes=1000),
        preparation=c.caffe(224, c.IMAGENET_BGR),
        file="bvlc_googlenet.caffemodel",
        sources=(f"{c.BERKELEY}bvlc_googlenet.caffemodel", f"{c.NETDISSECT}googlenet_imagenet.caffemodel"),
        sha1="405fc5acd08a3bb12de8ee5e23a96bec22f08204",
        classes="imagenet",
        licence=c.UNRESTRICTED,
        paper=c.GOOGLENET,
        notes=(_COUNTED,),
        **_GOOGLENET,
    ),
)
