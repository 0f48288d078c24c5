"""Every classifier of torchvision as a catalogue entry, from the facts in its weights enum."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError, suggest
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.reference import Reference
from visualize.models.layer_aliases import favourite, torchvision_aliases
from visualize.models.model_entry import ModelEntry

if TYPE_CHECKING:
    from torch import nn
    from torchvision.models import WeightsEnum


NETWORK = Reference(__name__, "network")
PREFIX = "torchvision/"
RANDOM = "none"
LICENCE = "BSD-3-Clause (torchvision); the data it was trained on has terms of its own"
_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # classifiers that are used in training only
_PREFERRED = ("alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet50", "resnet101", "resnet152", "densenet121",
              "densenet161", "squeezenet1_1", "inception_v3", "mobilenet_v2", "convnext_tiny", "vit_b_16")  # fmt: skip


def examples() -> tuple[str, ...]:
    """Names of some torchvision models, to suggest without loading torchvision."""
    return tuple(PREFIX + name for name in _PREFERRED)


def torchvision_entry(name: str) -> ModelEntry:
    """The catalogue entry of ``torchvision/NAME``, ``torchvision/NAME:WEIGHTS`` or ``torchvision/NAME:none``.

    With ``none`` the weights are random.

    Raises:
        InputError: torchvision has no such classifier, or no such weights of it.
    """
    from torchvision import models

    architecture, _, chosen = name.removeprefix(PREFIX).lower().partition(":")
    known = models.list_models(module=models)
    if architecture not in known:
        raise InputError(
            f"torchvision has no classifier {architecture!r}{suggest(architecture, known)} (it has {len(known)}, such "
            f"as resnet18; write torchvision/NAME)"
        )
    weights = _weights(architecture, chosen)
    facts: dict[str, Any] = {
        "name": name,
        "task": "objects",
        "architecture": NETWORK,
        "aliases": MappingProxyType(dict(torchvision_aliases(architecture))),
        "layouts": MappingProxyType(_layouts(architecture)),
        "ignored": _AUXILIARY,
        "default_layer": favourite(architecture),
        **_about(architecture, weights),
    }
    if chosen == RANDOM:
        facts |= {
            "title": f"{architecture} of torchvision with random weights",
            "notes": ("its weights are random",),
            "task": "",
        }
    else:
        facts |= _published(weights)
    return ModelEntry(**facts)


def network(name: str, **options: object) -> nn.Module:
    """A torchvision classifier without trained weights, and without the auxiliary classifiers of training.

    Args:
        name: torchvision's name of the network.
        options: arguments of torchvision's function: ``num_classes``, ``image_size`` (transformers).
    """
    from torchvision import models

    if name in {"googlenet", "inception_v3"}:
        options |= {"aux_logits": False, "init_weights": False, "transform_input": True}
    built: nn.Module = models.get_model(name, weights=None, **options)
    return built


def _weights(architecture: str, chosen: str) -> WeightsEnum:
    """The member of a network's weights enum by its name, in lower case.

    Raises:
        InputError: the network has no such weights.
    """
    from torchvision import models

    enum = models.get_model_weights(architecture)
    members = {member.name.lower(): member for member in enum}
    if chosen in {"", "default", RANDOM}:
        return enum.DEFAULT
    if chosen not in members:
        names = [*(member.name for member in enum), RANDOM]
        raise InputError(f"torchvision/{architecture} has no weights {chosen!r}; it has {', '.join(names)}")
    return members[chosen]


def _about(architecture: str, weights: WeightsEnum) -> dict[str, Any]:
    """Preparation and arguments of a network that is given these weights, or random ones in their place."""
    shown = weights.transforms()
    size, resize = shown.crop_size[0], shown.resize_size[0]
    arguments: dict[str, object] = {"name": architecture, "num_classes": 1000}
    if architecture.startswith("vit_"):
        arguments["image_size"] = size
    preparation = Preparation(size=(size, size), resize=resize, mean=tuple(shown.mean), std=tuple(shown.std))
    return {"preparation": preparation, "arguments": MappingProxyType(arguments)}


def _published(weights: WeightsEnum) -> dict[str, Any]:
    file = weights.url.rsplit("/", 1)[-1]
    megabytes = weights.meta.get("_file_size")
    return {
        "title": f"{type(weights).__name__}.{weights.name} of torchvision",
        "file": file,
        "sources": (weights.url,),
        "sha256": file.rsplit("-", 1)[-1].partition(".")[0],  # torch.hub's convention: NAME-DIGITS.pth
        "size": round(megabytes * (1 << 20)) if megabytes else None,
        "classes": "imagenet" if weights.meta.get("categories") else "",
        "licence": LICENCE,
        "paper": weights.meta.get("recipe", ""),
        "notes": _notes(weights),
    }


def _notes(weights: WeightsEnum) -> tuple[str, ...]:
    notes = []
    for data, metrics in weights.meta.get("_metrics", {}).items():
        if "acc@1" in metrics:
            notes.append(f"{metrics['acc@1']:.1f} % top-1 on {data}, as torchvision reports")
    if weights.transforms().interpolation.value != "bilinear":
        notes.append("trained with bicubic scaling of its pictures; here they are scaled bilinearly")
    if not weights.meta.get("categories"):
        notes.append("its features are trained, its classifier is not")
    return tuple(notes)


def _layouts(architecture: str) -> dict[str, str]:
    """Pattern of layer names -> order of axes, where channels come last."""
    if architecture.startswith("swin_"):
        return {"features.0.0": "NCHW", "features*": "NHWC", "norm": "NHWC"}
    if architecture.startswith("convnext_"):
        return {"features.*.block.[1-5]": "NHWC"}
    return {}
