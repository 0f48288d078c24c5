"""Networks of scenes that come with the package, and the two SqueezeNets."""

from __future__ import annotations

from types import MappingProxyType

from visualize.methods.network.preprocessing import Preparation
from visualize.models.catalogue.common import GITHUB, IMAGENET_BGR, PLACES365_BGR, architecture, caffe
from visualize.models.catalogue.scene_colours import SCENES
from visualize.models.layer_aliases import squeezenet_aliases
from visualize.models.model_entry import ModelEntry
from visualize.models.sources import torchvision

SCENES_ALEXNET = architecture("scenes_alexnet")
_INPUT = Preparation(size=(128, 128), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
CARDS = (
    ModelEntry(
        name="scenes-alexnet",
        title="a small AlexNet trained on rendered scenes and small changes of them, which makes its dreams legible",
        task="scenes",
        architecture=SCENES_ALEXNET,
        preparation=_INPUT,
        file="scenes-alexnet.safetensors",
        embedded=True,
        reader="safetensors",
        classes="metadata",
        colours=SCENES,
        licence="Apache-2.0",
        paper="made here, by examples/train_scenes.py --robust, after Engstrom et al. 2019, arXiv:1906.00945",
        default_layer="conv5",
        default_unit=32,  # the sea, above sand
        default_images="scenes",
        notes=("its dreams are drawn in the colours and the contrast of rendered scenes",),
    ),
    ModelEntry(
        name="scenes-alexnet-plain",
        title="the same network trained on rendered scenes as they are; its dreams look like noise",
        task="scenes",
        architecture=SCENES_ALEXNET,
        preparation=_INPUT,
        file="scenes-alexnet-plain.safetensors",
        embedded=True,
        reader="safetensors",
        classes="metadata",
        licence="Apache-2.0",
        paper="made here, by examples/train_scenes.py, after Zhou et al. 2015, arXiv:1412.6856",
        default_layer="conv5",
        default_unit=53,  # pillows and headboards: an object that nobody named in training
        default_images="scenes",
    ),
    ModelEntry(
        name="places-squeezenet",
        title="SqueezeNet 1.1 with batch norm, trained on Places365 by Steffen Urban",
        task="scenes",
        architecture=architecture("places_squeezenet"),
        preparation=Preparation(
            size=(224, 224),
            resize=(256, 256),
            order="BGR",
            mean=PLACES365_BGR,
            std=(255.0,) * 3,
            maximum=255.0,
        ),
        file="squeezenet_weights_places365.params",
        sources=(f"{GITHUB}urbste/squeezenet_places365/master/squeezenet_weights_places365.params",),
        sha256="162b88966e38f586d4224bcc4324078e32fc484ac1824cc73876e9775b0fcc16",
        size=3_694_242,
        reader="places-squeezenet",
        classes="places365",
        licence="none stated by its author",
        paper="Iandola et al. 2016, SqueezeNet, arXiv:1602.07360; Zhou et al. 2017, Places",
        default_layer="fire9",
        notes=("39.5 % top-1 and 71 % top-5 on Places365, as its author reports",),
    ),
    ModelEntry(
        name="imagenet-squeezenet",
        title="SqueezeNet 1.0 for ImageNet, compressed to 0.7 MB by Deep Compression",
        task="objects",
        architecture=torchvision.NETWORK,
        arguments=MappingProxyType({"name": "squeezenet1_0", "num_classes": 1000}),
        preparation=caffe(227, IMAGENET_BGR),
        file="compressed_SqueezeNet.net",
        sources=(f"{GITHUB}songhan/SqueezeNet-Deep-Compression/master/compressed_SqueezeNet.net",),
        sha256="e4ab6960ae8cd81505e1c2136921201507e930966c53deaf15862a395b3a3261",
        size=675_763,
        reader="deep-compression",
        classes="imagenet",
        aliases=MappingProxyType(squeezenet_aliases("squeezenet1_0")),
        licence="none stated by its authors",
        paper="Iandola et al. 2016, SqueezeNet, arXiv:1602.07360; Han et al. 2016, Deep Compression, arXiv:1510.00149",
        default_layer="features.12",
        notes=("57.5 % top-1 on ImageNet, as its authors report",),
    ),
)
