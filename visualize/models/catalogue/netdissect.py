"""The AlexNets without labels that Network Dissection compared, converted to PyTorch by Ruth Fong."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from visualize.methods.network.preprocessing import Preparation
from visualize.models.catalogue import common as c
from visualize.models.model_entry import ModelEntry

_RELEASE = "https://github.com/ruthcfong/pytorch_models/releases/download/v2.0/alexnet-weakly_"
_MODULE = "netdissect_alexnets"
_IMAGENET = (104.00698793, 116.66876762, 122.67891434)  # BGR: Caffe's mean picture, averaged over its pixels
_BOTH = "converted from NetDissect's Caffe file; its author found it to agree forward and backward"
_FORWARD = "converted from NetDissect's Caffe file; its author found it to agree forward, but its gradients to differ"
_NO_CLASSES = "trained without labels: its last layer tells no classes apart"


def _entry(name: str, title: str, file: str, *notes: str, **facts: Any) -> ModelEntry:  # noqa: ANN401 (fields of a ModelEntry)
    """The catalogue entry of a conversion.

    Args:
        name: beginning of the model's name.
        title: what it learnt.
        file: end of the file's name: NetDissect's name of the network, and the first digits of the file's SHA-256.
        notes: more of them.
        facts: other fields.
    """
    stem, _, digits = file.rpartition("-")
    usual: dict[str, Any] = {
        "architecture": c.architecture(_MODULE, "caffe_trunk"),
        "preparation": _swapped(_IMAGENET),
    }
    return ModelEntry(
        name=f"{name}-alexnet",
        title=f"AlexNet that {title}",
        task="self-supervised",
        file=f"alexnet-weakly_{stem}-{digits}.pt",
        sources=(f"{_RELEASE}{stem}-{digits}.pt",),
        sha256=digits,
        rename=c.renaming("in_order"),
        licence="none stated by its author",
        default_layer="conv5",
        notes=(_NO_CLASSES, *notes),
        **(usual | facts),
    )


def _swapped(bgr: tuple[float, float, float]) -> Preparation:
    """Squash to 227 x 227, RGB in 0..255 minus a mean: the conversions' first convolutions were turned to RGB."""
    return Preparation(size=(227, 227), mean=bgr[::-1], maximum=255.0)


def _counted(unique: int, detections: int) -> str:
    return f"in Caffe NetDissect counted {unique} concepts and {detections} detections at conv5, on Broden"


CARDS = (
    _entry(
        "context",
        "learnt where one patch of a picture lies beside another",
        "deepcontext-983efb8d",
        _BOTH,
        _counted(8, 10),
        "each picture is brought to one contrast by its first layer",
        architecture=c.architecture(_MODULE, "context_alexnet"),
        preparation=Preparation(size=(227, 227), order="BGR"),
        size=15_000_000,
        paper="Doersch et al. 2015, Unsupervised visual representation learning by context prediction, "
        "arXiv:1505.05192",
    ),
    _entry(
        "puzzle",
        "learnt to solve jigsaw puzzles, in its authors' own training",
        "solvingpuzzle-51f91a86",
        _BOTH,
        _counted(16, 41),
        aliases=MappingProxyType({f"conv{number}_s1": f"conv{number}" for number in range(1, 6)}),
        size=9_300_000,
        paper="Noroozi and Favaro 2016, arXiv:1603.09246",
    ),
    _entry(
        "objectcentric",
        "learnt from objects that are followed through videos",
        "objectcentric-95f20e7e",
        _BOTH,
        _counted(37, 103),
        arguments=MappingProxyType({"heads": (4096, 1024)}),
        size=177_000_000,
        paper="Gao et al. 2016, Object-centric representation learning from unlabeled videos, arXiv:1612.00500",
    ),
    _entry(
        "moving",
        "learnt how the camera had moved between two pictures",
        "learningbymoving-6326bbff",
        _BOTH,
        size=9_300_000,
        paper="Agrawal et al. 2015, Learning to see by moving, arXiv:1505.01596",
    ),
    _entry(
        "frameorder",
        "learnt whether frames of a video come in their order",
        "videoorder-883e5ce1",
        _BOTH,
        arguments=MappingProxyType({"norms": (3, 4, 5)}),
        size=9_300_000,
        paper="Misra et al. 2016, Shuffle and learn, arXiv:1603.08561",
    ),
    _entry(
        "tracking",
        "learnt that a patch followed through a video stays what it is",
        "videotracking-0ba5696f31",
        _BOTH,
        _counted(41, 171),
        size=9_300_000,
        paper="Wang and Gupta 2015, Unsupervised learning of visual representations using videos, arXiv:1505.00687",
    ),
    _entry(
        "audio",
        "learnt what a scene sounds like",
        "audio-eb78354d",
        _FORWARD,
        _counted(24, 52),
        arguments=MappingProxyType({"norms": (1, 2, 3, 4, 5)}),
        preparation=_swapped(c.IMAGENET_BGR),
        size=9_300_000,
        paper="Owens et al. 2016, Ambient sound provides supervision for visual learning, arXiv:1608.07017",
    ),
    _entry(
        "egomotion",
        "learnt features that turn as the camera does",
        "egomotion-a0a681d1",
        _FORWARD,
        architecture=c.architecture(_MODULE, "egomotion_alexnet"),
        aliases=MappingProxyType({f"cls_conv{number}": f"conv{number}" for number in range(1, 6)}),
        size=160_000_000,
        paper="Jayaraman and Grauman 2015, Learning image representations tied to ego-motion, arXiv:1505.02206",
    ),
)
