"""Trunks that come with the package: each learned from rendered scenes without their names."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from visualize.methods.network.preprocessing import Preparation
from visualize.models.catalogue.common import architecture
from visualize.models.model_entry import ModelEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

SCENES_TRUNK = architecture("scenes_alexnet", "scenes_trunk")
_GREY = "it sees brightness alone: its first layer turns colours grey, as it learned from grey pictures"
_NORM = "trained with batch norm, which is folded into its convolutions"


def _trunk(name: str, learned: str, paper: str, *notes: str, unit: int) -> ModelEntry:
    return ModelEntry(
        name=f"scenes-{name}",
        title=f"conv1 to conv5 of scenes-alexnet, trained without names of scenes: {learned}",
        task="self-supervised",
        architecture=SCENES_TRUNK,
        preparation=Preparation(size=(128, 128), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        file=f"scenes-{name}.safetensors",
        embedded=True,
        reader="safetensors",
        licence="Apache-2.0",
        paper=f"made here, by examples/train_scenes.py --by {name}, after {paper}",
        default_layer="conv5",
        default_unit=unit,
        default_images="scenes",
        notes=(*notes, _NORM),
    )


CARDS = (
    _trunk(
        "context",
        "where one patch lies beside another",
        "Doersch et al. 2015, arXiv:1505.05192",
        "it learned with a gap and jitter between patches and without the colours from green to magenta, which it "
        "cannot see",
        unit=36,  # the sea
    ),
    _trunk(
        "jigsaw",
        "jigsaw puzzles of nine tiles",
        "Noroozi and Favaro 2016, arXiv:1603.09246",
        "it learned with gaps between tiles, each without its own brightness and with another contrast, 30 % of the "
        "puzzles grey",
        unit=14,  # hills
    ),
    _trunk(
        "colorization",
        "the colours of grey pictures",
        "Zhang et al. 2016, arXiv:1603.08511",
        _GREY,
        unit=15,  # the sea, though it sees no blue
    ),
    _trunk(
        "sound",
        "the sounds of scenes",
        "Owens et al. 2016, arXiv:1608.07017",
        "a scene's sound is made of what is visible in it; what it learned is the cluster of the sound's texture",
        unit=49,  # lakes
    ),
    _trunk(
        "captions",
        "sentences about what is visible",
        "Vinyals et al. 2015, arXiv:1411.4555",
        "chance is what its decoder answers when it is shown another scene; captions never name the kind of scene",
        unit=13,  # ceilings
    ),
    _trunk(
        "rotation",
        "which way is up",
        "Gidaris et al. 2018, arXiv:1803.07728",
        "it learned from squares cut from anywhere, turned by right angles, which resample nothing",
        unit=62,  # ceilings
    ),
    _trunk(
        "moco",
        "which of many pictures two views are of",
        "He et al. 2020, arXiv:1911.05722",
        "it learned from crops of other sizes and colours, a fifth of them grey, and with keys that are normalised by "
        "running averages, so that no batch can be told by its own",
        unit=47,  # bricks
    ),
)

SUPERVISIONS: Mapping[str, str] = MappingProxyType(
    {
        "labels": "scenes-alexnet-plain",
        **{entry.name.removeprefix("scenes-"): entry.name for entry in CARDS},
        "nothing": "random/scenes-alexnet-plain",
    }
)
"""What networks of one shape learned from, and their names: labels first, then nothing but pictures, then nothing."""
