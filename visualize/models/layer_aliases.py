"""The names that papers and Caffe models use for the layers of torchvision's networks."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


_ALEXNET = {"conv1": 0, "conv2": 3, "conv3": 6, "conv4": 8, "conv5": 10}
_VGG = {"11": (1, 1, 2, 2, 2), "13": (2, 2, 2, 2, 2), "16": (2, 2, 3, 3, 3), "19": (2, 2, 4, 4, 4)}
_RESNET = {"18": (2, 2, 2, 2), "34": (3, 4, 6, 3), "50": (3, 4, 6, 3), "101": (3, 4, 23, 3), "152": (3, 8, 36, 3)}
_INCEPTION = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
_BRANCHES = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool", "pool_proj")
_TRANSFORMER = {"b": 12, "l": 24, "h": 32}
_SQUEEZENET = {
    "squeezenet1_0": ("conv1", "", "pool1", "fire2", "fire3", "fire4", "pool4", "fire5", "fire6", "fire7", "fire8",
                      "pool8", "fire9"),
    "squeezenet1_1": ("conv1", "", "pool1", "fire2", "fire3", "pool3", "fire4", "fire5", "pool5", "fire6", "fire7",
                      "fire8", "fire9"),
}  # fmt: skip


def torchvision_aliases(name: str) -> Mapping[str, str]:
    """Alias -> module name, for a torchvision network such as "vgg16_bn"; empty where no paper's names are in use.

    - AlexNet and VGG: ``conv5``, ``conv5_3``, ``relu5_3``, ``pool5``, ``fc6`` ... ``fc8``.
    - GoogLeNet: ``inception_4e``.
    - ResNets, also wide and grouped ones: ``res5c``; in the two deepest ``res4b22``, as in their Caffe models.
    - SqueezeNets: ``fire9``, ``conv10``.
    - Vision transformers: ``block11``, counted from 0 as the modules are.
    """
    if name in {"alexnet", "googlenet"}:
        return _alexnet() if name == "alexnet" else _googlenet()
    if name.startswith("vgg"):
        return _vgg(_VGG[name[3:5]], norm=name.endswith("_bn"))
    if name in _SQUEEZENET:
        return squeezenet_aliases(name)
    if name.startswith("vit_"):
        return transformer_aliases(_TRANSFORMER[name[4]], "encoder.layers.encoder_layer_")
    depth = next((part for part in name.replace("resnext", "resnet").split("resnet") if part[:2].isdecimal()), "")
    if "resne" in name and depth:
        return _resnet(depth.split("_")[0])
    return {}


def favourite(name: str) -> str:
    """Alias of the last layer whose units have maps, which most papers look at; "" where none is known."""
    aliases = list(torchvision_aliases(name))
    last = {"alexnet": "conv5", "googlenet": "inception_4e", "squeezenet1_0": "fire9", "squeezenet1_1": "fire9"}
    if name.startswith("vit_"):
        return aliases[-1]
    stems = [alias for alias in aliases if alias.startswith(("conv5_", "res5"))]
    return last.get(name, stems[-1] if stems else "")


def squeezenet_aliases(name: str) -> dict[str, str]:
    """Alias -> module name, for "squeezenet1_0" or "squeezenet1_1"."""
    aliases = {alias: f"features.{number}" for number, alias in enumerate(_SQUEEZENET[name]) if alias}
    return aliases | {"conv10": "classifier.1", "pool10": "classifier.3"}


def caffenet_aliases() -> dict[str, str]:
    """Alias -> module name, for the layers of CaffeNet that Caffe names differently."""
    return {"norm1": "lrn1", "norm2": "lrn2", "drop6": "dropout6", "drop7": "dropout7"}


def googlenet_aliases() -> dict[str, str]:
    """Alias -> module name, for Caffe's names of GoogLeNet's layers, such as "inception_4e/1x1"."""
    aliases = {f"inception_{block}/output": f"inception_{block}" for block in _INCEPTION}
    for block in _INCEPTION:
        aliases |= {f"inception_{block}/{part}": f"inception_{block}.{part}" for part in _BRANCHES}
        aliases |= {
            f"inception_{block}/relu_{part}": f"inception_{block}.relu_{part}" for part in _BRANCHES if part != "pool"
        }
    aliases |= {"conv1/7x7_s2": "conv1.7x7_s2", "conv2/3x3": "conv2.3x3", "conv2/3x3_reduce": "conv2.3x3_reduce"}
    aliases |= {"pool1/3x3_s2": "pool1.3x3_s2", "pool1/norm1": "pool1.norm1", "conv2/norm2": "conv2.norm2"}
    return aliases | {"pool5/7x7_s1": "pool5", "loss3/classifier": "loss3.classifier"}


def transformer_aliases(depth: int, modules: str = "blocks.") -> dict[str, str]:
    """``block11`` for ``blocks.11``, counted from 0 as the modules are.

    Args:
        depth: how many blocks there are.
        modules: beginning of the names of the modules, such as "blocks.".
    """
    return {f"block{number}": f"{modules}{number}" for number in range(depth)}


def _alexnet() -> dict[str, str]:
    aliases: dict[str, str] = {}
    for number, (name, module) in enumerate(_ALEXNET.items(), 1):
        aliases |= {name: f"features.{module}", f"relu{number}": f"features.{module + 1}"}
    aliases |= {"pool1": "features.2", "pool2": "features.5", "pool5": "features.12"}
    return aliases | {"fc6": "classifier.1", "fc7": "classifier.4", "fc8": "classifier.6"}


def _googlenet() -> dict[str, str]:
    return {f"inception_{block}": f"inception{block}" for block in _INCEPTION} | {"pool5": "avgpool", "fc8": "fc"}


def _vgg(blocks: tuple[int, ...], *, norm: bool) -> dict[str, str]:
    aliases: dict[str, str] = {}
    module = 0
    for block, convolutions in enumerate(blocks, 1):
        for number in range(1, convolutions + 1):
            aliases[f"conv{block}_{number}"] = f"features.{module}"
            aliases[f"relu{block}_{number}"] = f"features.{module + 1 + norm}"
            module += 2 + norm
        aliases[f"pool{block}"] = f"features.{module}"
        module += 1
    return aliases | {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}


def _resnet(depth: str) -> dict[str, str]:
    aliases: dict[str, str] = {"pool1": "maxpool"}
    for stage, blocks in enumerate(_RESNET[depth], 2):
        numbered = depth in {"101", "152"} and stage in {3, 4}
        letters = ["a", *(f"b{number}" for number in range(1, blocks))] if numbered else ascii_lowercase[:blocks]
        aliases |= {f"res{stage}{letter}": f"layer{stage - 1}.{block}" for block, letter in enumerate(letters)}
    return aliases | {"pool5": "avgpool", "fc1000": "fc"}
