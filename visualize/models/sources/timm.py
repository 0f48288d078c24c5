"""Every network of timm as a catalogue entry, from its own configuration; timm is an optional extra."""

from __future__ import annotations

import importlib.util
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError, suggest
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.reference import Reference
from visualize.models.layer_aliases import transformer_aliases
from visualize.models.model_entry import ModelEntry

if TYPE_CHECKING:
    from torch import nn

    from visualize.methods.network.axes import Layout


NETWORK = Reference(__name__, "network")
PREFIX = "timm/"
RANDOM = "none"
_HUB = "https://huggingface.co/"


def timm_entry(name: str) -> ModelEntry:
    """The catalogue entry of ``timm/NAME``, ``timm/NAME:TAG`` (timm's NAME.TAG) or ``timm/NAME:none`` (random weights).

    Raises:
        InputError: timm is not installed, or has no such network, or no such weights of it.
    """
    if importlib.util.find_spec("timm") is None:
        raise InputError(f"{name} needs timm, which is not installed; run: pip install 'viz-units[timm]'")
    import timm

    asked = name.removeprefix(PREFIX)
    architecture, _, tag = asked.replace(".", ":", 1).partition(":")
    if not timm.is_model(architecture):
        near = suggest(architecture, timm.list_models())
        raise InputError(
            f"timm has no network {architecture!r}{near} (write timm/NAME, such as timm/vit_tiny_patch16_224)"
        )
    shown = _configuration(architecture, "" if tag == RANDOM else tag)
    facts: dict[str, Any] = {
        "name": name,
        "architecture": NETWORK,
        "arguments": MappingProxyType({"name": architecture, "num_classes": shown.num_classes or 0}),
        "preparation": _preparation(shown),
        "aliases": MappingProxyType(_aliases(architecture)),
        "layouts": MappingProxyType(_layouts(architecture)),
    }
    if tag == RANDOM:
        return ModelEntry(
            title=f"{architecture} of timm with random weights", task="", notes=("its weights are random",), **facts
        )
    return ModelEntry(**facts, **_published(architecture, shown))


def network(name: str, num_classes: int) -> nn.Module:
    """A network of timm without trained weights."""
    import timm

    built: nn.Module = timm.create_model(name, pretrained=False, num_classes=num_classes)
    return built


def _configuration(architecture: str, tag: str) -> Any:  # noqa: ANN401 (timm's PretrainedCfg)
    from timm.models import get_pretrained_cfg, list_pretrained

    try:
        configuration = get_pretrained_cfg(f"{architecture}.{tag}" if tag else architecture, allow_unregistered=False)
    except RuntimeError:  # no such tag
        configuration = None
    if configuration is None:
        tags = [name.partition(".")[2] for name in list_pretrained(f"{architecture}.*")]
        raise InputError(f"timm/{architecture} has no weights {tag!r}; it has {', '.join([*tags, RANDOM])}")
    return configuration


def _preparation(shown: Any) -> Preparation:  # noqa: ANN401 (timm's PretrainedCfg)
    _, height, width = shown.input_size
    # as timm's create_transform scales before it crops: the shorter side, or both where its crop_mode says to squash
    tall, wide = (max(length, math.floor(length / (shown.crop_pct or 1.0))) for length in (height, width))
    return Preparation(
        size=(height, width),
        resize=(tall, wide) if shown.crop_mode == "squash" else tall,
        mean=tuple(shown.mean),
        std=tuple(shown.std),
    )


def _published(architecture: str, shown: Any) -> dict[str, Any]:  # noqa: ANN401 (timm's PretrainedCfg)
    full = f"{architecture}.{shown.tag}" if shown.tag else architecture
    repository = shown.hf_hub_id if shown.hf_hub_id not in {None, "timm/"} else f"timm/{full}"
    address = f"{_HUB}{repository}/resolve/main/{shown.hf_hub_filename or 'model.safetensors'}"
    notes = ["trained with bicubic scaling of its pictures; here they are scaled bilinearly"]
    return {
        "title": f"{full} of timm",
        "task": "objects",
        "file": f"{full}.{address.rpartition('.')[2]}",
        "sources": (address,),
        "classes": "imagenet" if shown.num_classes == 1000 else "",
        "licence": shown.license or "stated on its page of the Hugging Face hub",
        "paper": ", ".join(shown.paper_ids) if isinstance(shown.paper_ids, list | tuple) else shown.paper_ids or "",
        "notes": tuple(notes if shown.interpolation == "bicubic" else ()),
    }


def _aliases(architecture: str) -> dict[str, str]:
    """``block11`` for ``blocks.11`` of a plain transformer: of twelve blocks, or 24 where it is large."""
    plain = architecture.startswith(("vit_tiny_", "vit_small_", "vit_base_", "vit_large_", "deit_", "deit3_"))
    odd = "resnet" in architecture or "_huge_" in architecture or re.search(r"_\d+x\d_", architecture)
    return transformer_aliases(24 if "_large_" in architecture else 12) if plain and not odd else {}


def _layouts(architecture: str) -> dict[str, Layout]:
    """Pattern of layer names -> order of axes, where channels come last."""
    if architecture.startswith(("swin_", "swinv2_")):
        return {"patch_embed": "NHWC", "patch_embed.norm": "NHWC", "layers*": "NHWC", "norm": "NHWC"}
    return {}
