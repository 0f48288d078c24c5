"""Networks that were trained without labels."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from visualize.methods.network.preprocessing import Preparation
from visualize.models.catalogue import common as c
from visualize.models.layer_aliases import torchvision_aliases, transformer_aliases
from visualize.models.model_entry import ModelEntry

_VISSL = f"{c.FACEBOOK}vissl/model_zoo/converted_alexnet_"
_GOYAL = "Goyal et al. 2019, Scaling and benchmarking self-supervised visual representation learning, arXiv:1905.01235"
_DINO = "Caron et al. 2021, Emerging properties in self-supervised vision transformers, arXiv:2104.14294"
_ZHANG = "http://eecs.berkeley.edu/~rich.zhang/projects/2016_colorization/files/demo_v2/"
_MOCO = f"{c.FACEBOOK}moco/moco_checkpoints/"
_NON_COMMERCIAL = "CC BY-NC 4.0"
_APACHE = "Apache-2.0"
_NO_CLASSES = "trained without labels: its last layer tells no classes apart"
_TRUNK = {key: name for key, name in torchvision_aliases("resnet50").items() if key != "fc1000"}
_RGB_01 = Preparation(size=(227, 227), resize=(256, 256))


def _entry(name: str, title: str, address: str, *notes: str, **facts: Any) -> ModelEntry:  # noqa: ANN401 (fields of a ModelEntry)
    """The catalogue entry of a network that was trained without labels; its file is named as at its address."""
    return ModelEntry(
        name=name,
        title=title,
        task="self-supervised",
        file=c.file_at(address),
        sources=(address,),
        notes=(_NO_CLASSES, *notes),
        **facts,
    )


def _vissl(name: str, title: str, task: str, *notes: str, **facts: Any) -> ModelEntry:  # noqa: ANN401 (fields of a ModelEntry)
    """The catalogue entry of an AlexNet of VISSL."""
    return _entry(
        name,
        title,
        f"{_VISSL}{task}_in1k_pretext.torch",
        *notes,
        architecture=c.architecture("self_supervised", f"{task}_alexnet"),
        rename=c.renaming("vissl_alexnet"),
        licence="MIT (VISSL)",
        default_layer="conv5",
        **facts,
    )


def _resnet50(name: str, title: str, address: str, *, head: str = "", **facts: Any) -> ModelEntry:  # noqa: ANN401 (fields of a ModelEntry)
    """The catalogue entry of a ResNet50 without the layer that tells classes apart."""
    return _entry(
        name,
        title,
        address,
        architecture=c.architecture("trunks", "resnet50"),
        arguments=MappingProxyType({"head": head}),
        preparation=c.torch(),
        aliases=MappingProxyType(_TRUNK),
        default_layer="res5c",
        **facts,
    )


def _moco(name: str, version: str, title: str, *, md5: str, head: str) -> ModelEntry:
    paper = {
        "1": "He et al. 2020, Momentum contrast, arXiv:1911.05722",
        "2": "Chen et al. 2020, Improved baselines with momentum contrastive learning, arXiv:2003.04297",
    }[version[6]]
    return _resnet50(
        name,
        title,
        f"{_MOCO}{version}/{version}_pretrain.pth.tar",
        head=head,
        md5=md5,
        prefix="module.encoder_q.",
        licence=_NON_COMMERCIAL,
        paper=paper,
    )


def _dino_vit(size: str, file: str, *, width: int, heads: int, megabytes: int) -> ModelEntry:
    return _entry(
        f"dino-vit-{size.lower()}16",
        f"ViT-{size}/16 trained by DINO",
        f"{c.FACEBOOK}dino/{file}/{file}.pth",
        "a layer is a block's output without the class token, a unit one of its features",
        architecture=c.architecture("vision_transformer"),
        arguments=MappingProxyType({"width": width, "heads": heads}),
        preparation=c.torch(),
        size=megabytes * 1_000_000,
        aliases=MappingProxyType(transformer_aliases(12)),
        licence=_APACHE,
        paper=_DINO,
        default_layer="block11",
    )


CARDS = (
    _vissl(
        "jigsaw-alexnet",
        "AlexNet that learnt to solve jigsaw puzzles",
        "jigsaw",
        "prepared as VISSL's own configuration does",
        preparation=c.torch(227, (256, 256)),
        paper=f"Noroozi and Favaro 2016, arXiv:1603.09246; {_GOYAL}",
    ),
    _vissl(
        "colorization-alexnet",
        "AlexNet that learnt to colour grey pictures, as retrained by Goyal et al. 2019",
        "colorization",
        "sees lightness alone (CIE L* minus 50), which its first layer computes",
        preparation=_RGB_01,
        paper=f"Zhang et al. 2016, arXiv:1603.08511; {_GOYAL}",
    ),
    _entry(
        "colorization-caffenet",
        "AlexNet that learnt to colour grey pictures, of Zhang et al. 2016",
        f"{_ZHANG}alexnet_release_450000_nobn_fc_rs.caffemodel",
        "sees lightness alone (CIE L*), which its first layer computes and data_l centres",
        architecture=c.architecture("self_supervised", "colorization_caffenet"),
        preparation=_RGB_01,
        reader="caffe",
        ignored=("",),  # what only training used, under names that were not published
        licence="BSD-2-Clause",
        paper="Zhang et al. 2016, Colorful image colorization, arXiv:1603.08511",
        default_layer="conv5",
    ),
    _moco("moco-v1", "moco_v1_200ep", "ResNet50 trained by MoCo v1, 200 epochs", md5="b251726a", head="linear"),
    _moco("moco-v2", "moco_v2_200ep", "ResNet50 trained by MoCo v2, 200 epochs", md5="59fd9945", head="mlp"),
    _moco("moco-v2-800ep", "moco_v2_800ep", "ResNet50 trained by MoCo v2, 800 epochs", md5="a04e12f8", head="mlp"),
    _resnet50(
        "swav",
        "ResNet50 trained by SwAV, 800 epochs",
        f"{c.FACEBOOK}deepcluster/swav_800ep_pretrain.pth.tar",
        prefix="module.",
        ignored=("projection_head.", "prototypes."),
        licence=_NON_COMMERCIAL,
        paper="Caron et al. 2020, Unsupervised learning by contrasting cluster assignments, arXiv:2006.09882",
    ),
    _resnet50(
        "dino-resnet50",
        "ResNet50 trained by DINO",
        f"{c.FACEBOOK}dino/dino_resnet50_pretrain/dino_resnet50_pretrain.pth",
        size=94_000_000,
        licence=_APACHE,
        paper=_DINO,
    ),
    _dino_vit("S", "dino_deitsmall16_pretrain", width=384, heads=6, megabytes=87),
    _dino_vit("B", "dino_vitbase16_pretrain", width=768, heads=12, megabytes=343),
)
