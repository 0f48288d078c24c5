"""Addresses, preparations and papers that several catalogue entries share."""

from __future__ import annotations

from visualize.methods.network.preprocessing import Preparation
from visualize.methods.reference import Reference

PLACES2 = "http://places2.csail.mit.edu/models_places365/"
DISSECT = "https://dissect.csail.mit.edu/models/"
NETDISSECT = "http://netdissect.csail.mit.edu/dissect/zoo/"
FACEBOOK = "https://dl.fbaipublicfiles.com/"
GITHUB = "https://raw.githubusercontent.com/"
BERKELEY = "http://dl.caffe.berkeleyvision.org/"
TORCHVISION = "https://download.pytorch.org/models/"

IMAGENET_BGR = (104.0, 117.0, 123.0)
PLACES365_BGR = (104.05, 112.51, 116.68)
PLACES205_BGR = (105.487823486, 113.741088867, 116.060394287)
VGG_BGR = (103.939, 116.779, 123.68)

PLACES = "Zhou et al. 2017, Places: a 10 million image database for scene recognition, TPAMI"
PLACES205 = "Zhou et al. 2014, Learning deep features for scene recognition using Places database"
ALEXNET = "Krizhevsky et al. 2012, ImageNet classification with deep convolutional neural networks"
VGG = "Simonyan and Zisserman 2015, arXiv:1409.1556"
GOOGLENET = "Szegedy et al. 2015, Going deeper with convolutions, arXiv:1409.4842"
RESNET = "He et al. 2016, Deep residual learning, arXiv:1512.03385"

CC_BY = "CC BY (the Places models, as their authors state)"
UNRESTRICTED = "unrestricted use, as BVLC states"


def file_at(address: str) -> str:
    """A file's name at its address."""
    return address.rpartition("/")[2]


def architecture(module: str, function: str = "") -> Reference:
    """A network of ``visualize.models.architectures``: the function that is named as its module, or another."""
    return Reference(f"visualize.models.architectures.{module}", function or module)


def renaming(function: str) -> Reference:
    """A function of ``visualize.models.renaming``."""
    return Reference("visualize.models.renaming", function)


def caffe(size: int, mean: tuple[float, float, float]) -> Preparation:
    """Preparation as in Caffe: squash to 256 x 256, cut the centre out, BGR in 0..255 minus a mean for each channel."""
    return Preparation(size=(size, size), resize=(256, 256), order="BGR", mean=mean, std=(1.0, 1.0, 1.0), maximum=255.0)


def torch(size: int = 224, resize: int | tuple[int, int] = 256) -> Preparation:
    """Preparation as in torchvision: RGB in 0..1, with ImageNet's mean and deviation."""
    return Preparation(size=(size, size), resize=resize, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
