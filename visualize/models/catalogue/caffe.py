"""AlexNet, VGG16 and GoogLeNet as Caffe's files, each trained on Places365, Places205 and ImageNet."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from visualize.models.catalogue import common as c
from visualize.models.layer_aliases import caffenet_aliases, googlenet_aliases, torchvision_aliases
from visualize.models.model_entry import ModelEntry
from visualize.models.sources import torchvision

_MIT = "the second address is NetDissect's, under another name; whether the two files are the same is not known"
_COUNTED = "units are counted from 0 here; NetDissect's tables count from 1, so that their unit 79 is unit 78 here"
_NAMES = "for the names of its classes put categoryIndex_places205.csv into a mirror: it is published in archives only"
_NETWORKS: dict[str, dict[str, Any]] = {
    "alexnet": {
        "architecture": c.architecture("caffenet"),
        "aliases": MappingProxyType(caffenet_aliases()),
        "default_layer": "conv5",
        "size": 233_000_000,
    },
    "vgg16": {
        "architecture": torchvision.NETWORK,
        "rename": c.renaming("by_alias"),
        "aliases": MappingProxyType({**torchvision_aliases("vgg16"), "fc8a": "classifier.6"}),
        "default_layer": "conv5_3",
        "size": 540_000_000,
    },
    "googlenet": {
        "architecture": c.architecture("googlenet"),
        "rename": c.renaming("slashes"),
        "ignored": ("loss1", "loss2"),  # the auxiliary classifiers of training
        "aliases": MappingProxyType(googlenet_aliases()),
        "default_layer": "inception_4e",
        "size": 53_500_000,
    },
}


@dataclass(frozen=True)
class _Training:
    """Facts that networks trained on the same pictures share.

    Args:
        name: beginning of the models' names.
        task: "scenes" or "objects".
        classes: where the names of the classes come from.
        count: number of classes.
        mean: mean of the pictures: blue, green and red in 0..255.
        licence: licence of the weights.
        notes: sentences that a user should know.
    """

    name: str
    task: str
    classes: str
    count: int
    mean: tuple[float, float, float]
    licence: str
    notes: tuple[str, ...] = (_COUNTED,)


_PLACES = _Training("places", "scenes", "places365", 365, c.PLACES365_BGR, c.CC_BY)
_PLACES205 = _Training("places205", "scenes", "places205", 205, c.PLACES205_BGR, c.CC_BY, (_COUNTED, _NAMES))
_IMAGENET = _Training("imagenet", "objects", "imagenet", 1000, c.IMAGENET_BGR, c.UNRESTRICTED)
_IMAGENET_OF_VGG = _Training("imagenet", "objects", "imagenet", 1000, c.VGG_BGR, "CC BY 4.0")


def _entry(training: _Training, network: str, title: str, sources: tuple[str, ...], **facts: Any) -> ModelEntry:  # noqa: ANN401 (fields of a ModelEntry)
    """The catalogue entry of a network trained on one of the sets; its file is named as at its first address."""
    caffes: dict[str, object] = {"classes": training.count}
    torchvisions: dict[str, object] = {"name": network, "num_classes": training.count}
    return ModelEntry(
        name=f"{training.name}-{network}",
        title=title,
        task=training.task,
        arguments=MappingProxyType(torchvisions if network == "vgg16" else caffes),
        preparation=c.caffe(227 if network == "alexnet" else 224, training.mean),
        file=c.file_at(sources[0]),
        sources=sources,
        reader="caffe",
        classes=training.classes,
        licence=training.licence,
        **({"notes": training.notes} | _NETWORKS[network] | facts),
    )


CARDS = (
    _entry(
        _PLACES,
        "alexnet",
        "CaffeNet (AlexNet) trained on Places365: the network of Network Dissection's first figures",
        (f"{c.PLACES2}alexnet_places365.caffemodel", f"{c.NETDISSECT}caffe_reference_places365.caffemodel"),
        paper=f"{c.PLACES}; Bau, Zhou et al. 2017, Network Dissection, arXiv:1704.05796",
        default_unit=78,  # the talk's "unit 79: car", counted from 0
        notes=(_COUNTED, _MIT),
    ),
    _entry(
        _PLACES,
        "vgg16",
        "VGG16 trained on Places365, in Caffe",
        (f"{c.PLACES2}vgg16_places365.caffemodel", f"{c.NETDISSECT}vgg16_places365.caffemodel"),
        paper=f"{c.PLACES}; {c.VGG}",
    ),
    _entry(
        _PLACES,
        "googlenet",
        "GoogLeNet without batch norm, trained on Places365 in Caffe",
        (f"{c.PLACES2}googlenet_places365.caffemodel", f"{c.NETDISSECT}googlenet_places365.caffemodel"),
        paper=f"{c.PLACES}; {c.GOOGLENET}",
    ),
    _entry(
        _PLACES205,
        "alexnet",
        "CaffeNet (AlexNet) trained on Places205",
        (f"{c.NETDISSECT}caffe_reference_places205.caffemodel",),
        paper=c.PLACES205,
    ),
    _entry(
        _PLACES205,
        "vgg16",
        "VGG16 trained on Places205, in Caffe",
        (f"{c.NETDISSECT}vgg16_places205.caffemodel",),
        paper=f"{c.PLACES205}; Wang et al. 2015, Places205-VGGNet models, arXiv:1508.01667",
    ),
    _entry(
        _PLACES205,
        "googlenet",
        "GoogLeNet without batch norm, trained on Places205 in Caffe",
        (f"{c.NETDISSECT}googlenet_places205.caffemodel",),
        paper=f"{c.PLACES205}; {c.GOOGLENET}",
    ),
    _entry(
        _IMAGENET,
        "alexnet",
        "CaffeNet (AlexNet) trained on ImageNet: Caffe's reference model",
        (f"{c.BERKELEY}bvlc_reference_caffenet.caffemodel", f"{c.NETDISSECT}caffe_reference_imagenet.caffemodel"),
        sha1="4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
        paper=f"{c.ALEXNET}; Jia et al. 2014, Caffe, arXiv:1408.5093",
    ),
    _entry(
        _IMAGENET_OF_VGG,
        "vgg16",
        "VGG16 trained on ImageNet by its authors, in Caffe",
        (
            "http://www.robots.ox.ac.uk/~vgg/software/very_deep/caffe/VGG_ILSVRC_16_layers.caffemodel",
            f"{c.NETDISSECT}vgg16_imagenet.caffemodel",
        ),
        sha1="9363e1f6d65f7dba68c4f27a1e62105cdf6c4e24",
        paper=c.VGG,
    ),
    _entry(
        _IMAGENET,
        "googlenet",
        "GoogLeNet without batch norm, trained on ImageNet by BVLC in Caffe",
        (f"{c.BERKELEY}bvlc_googlenet.caffemodel", f"{c.NETDISSECT}googlenet_imagenet.caffemodel"),
        sha1="405fc5acd08a3bb12de8ee5e23a96bec22f08204",
        paper=c.GOOGLENET,
    ),
)
