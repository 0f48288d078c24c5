"""How legible a network's dreams are: independent networks are asked what they see in them.

    python examples/train_scenes.py --seed 11 --precision bf16 --out judges/11.safetensors
    python examples/train_scenes.py --seed 12 --precision bf16 --out judges/12.safetensors
    python examples/legibility.py scenes-alexnet --judges judges/11.safetensors judges/12.safetensors

Judges have the network's task and not its weights: trained from other first weights on other scenes, and never used
while the network was made. Pictures that excite one network and mean nothing are named by chance by another.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout without being installed
sys.path.insert(0, str(Path(__file__).resolve().parent))

from supervisions.rendering import SceneSet, kept_scenes

from visualize.data.sets.labelled_scenes import KeptScenes
from visualize.methods import AscentResult, Dissection, DissectionResult, GradientAscent, Unit
from visualize.models import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from visualize.methods import Probe

LAYER, CLASSES = "conv5", "fc8"
BEST = 20
"""Detectors whose dreams are looked through for their concepts."""


@dataclass(frozen=True)
class Legibility:
    """What was measured of one network.

    Args:
        accuracy: share of held-out scenes that it names.
        detectors: units of conv5 that are detectors.
        concepts: different concepts among them.
        pictures: how many class pictures were made.
        named: how many of them each judge names.
        present: for each judge, the share of the best detectors' dreams in which the judge's own unit for the
            detector's concept fires.
        chance: the share of the dreams of other concepts in which the same units fire.
        preferred: for each judge, how often such a unit answers more strongly to a dream made for its concept than to
            one made for another; chance is one half.
    """

    accuracy: float
    detectors: int
    concepts: int
    pictures: int
    named: tuple[int, ...]
    present: tuple[float, ...]
    chance: tuple[float, ...]
    preferred: tuple[float, ...]


ASCENT = GradientAscent(count=4)
"""The default settings, with four pictures of each unit."""


def dreams(probe: Probe, layer: str, units: Sequence[int], ascent: GradientAscent = ASCENT) -> Tensor:
    """Pictures that excite units.

    Args:
        probe: the network.
        layer: of the units.
        units: their numbers.
        ascent: makes the pictures.

    Returns:
        units x count x 3 x H x W, RGB in 0..1.
    """
    results = ascent(probe, [probe.unit(f"{layer}:{unit}") for unit in units])
    return torch.stack([result.pictures for result in results if isinstance(result, AscentResult)])


@torch.no_grad()
def answers(probe: Probe, pictures: Tensor) -> Tensor:
    """The number of the class that a network gives each picture (N x 3 x H x W, RGB in 0..1)."""
    return torch.cat(
        [probe.activations(part, [CLASSES])[CLASSES].flatten(1).argmax(1) for part in torch.split(pictures, 64)]
    )


def accuracy(probe: Probe, pictures: Tensor) -> float:
    """The share of scenes that a network names.

    Args:
        probe: the network.
        pictures: N x 3 x H x W, uint8, the kinds of scene in turn.
    """
    kinds = torch.arange(len(pictures)) % len(probe.classes)
    given = torch.cat([answers(probe, part.float() / 255) for part in torch.split(pictures, 64)])
    return float((given == kinds).double().mean())


def dissected(probe: Probe, scenes: KeptScenes) -> list[DissectionResult]:
    """The dissection of every unit of conv5."""
    results = Dissection()(probe, probe.units(LAYER), scenes)
    return [result for result in results if isinstance(result, DissectionResult)]


def detectors(results: Sequence[DissectionResult]) -> list[DissectionResult]:
    """The units that are detectors, those of the largest IoU first."""
    return sorted((result for result in results if result.detector), key=lambda result: -result.score)


@dataclass(frozen=True)
class Seen:
    """How a judge answers to pictures that were made for concepts.

    Args:
        present: share of the pictures in which the judge's unit for their own concept fires.
        chance: share of the other concepts' pictures in which the same units fire: what the first is held against.
        preferred: share of pairs, a picture made for a concept and one made for another, in which the judge's unit for
            the first concept answers more strongly to the first. One half is chance, whatever the unit's threshold is
            and however much of everything a dream excites.
    """

    present: float
    chance: float
    preferred: float


@torch.no_grad()
def seen(judge: Probe, own: Sequence[DissectionResult], pictures: Mapping[tuple[str, str], Tensor]) -> Seen:
    """Whether a judge finds concepts in pictures that were made for them.

    Its unit for a concept is the one with the largest IoU with it. The unit's answer to a picture is the peak of its
    map; it fires where that is above its threshold, as in Network Dissection. Every concept counts alike.

    Args:
        judge: the network that looks.
        own: the dissection of its units.
        pictures: those of each concept, (category, name) -> N x 3 x H x W; at least two concepts.
    """
    columns = {(concept.category, concept.name): place for place, concept in enumerate(own[0].concepts)}
    table = np.stack([result.iou for result in own])
    peaks = {concept: judge.activations(part, [LAYER])[LAYER].amax((2, 3)) for concept, part in pictures.items()}
    shares = []
    for concept, answered in peaks.items():
        unit = int(table[:, columns[concept]].argmax())
        its = answered[:, unit]
        others = torch.cat([other[:, unit] for name, other in peaks.items() if name != concept])
        threshold = own[unit].threshold
        above = (its[:, None] > others).double() + 0.5 * (its[:, None] == others)
        shares.append([(its > threshold).double().mean(), (others > threshold).double().mean(), above.mean()])
    return Seen(*torch.tensor(shares).mean(0).tolist())


@dataclass(frozen=True)
class Dreams:
    """Pictures that judges are shown.

    Args:
        classes: classes x count x 3 x H x W, RGB in 0..1, those of each class.
        concepts: concept as (category, name) -> N x 3 x H x W, those of the best detectors.
    """

    classes: Tensor
    concepts: Mapping[tuple[str, str], Tensor]


def dreamt(probe: Probe, units: Sequence[DissectionResult]) -> Dreams:
    """Make the pictures of one network.

    Args:
        probe: the network.
        units: its :func:`detectors`.
    """
    best = units[:BEST]
    made = dreams(probe, LAYER, [result.unit.index for result in best if isinstance(result.unit, Unit)])
    concepts: dict[tuple[str, str], list[Tensor]] = {}
    for result, pictures in zip(best, made, strict=True):
        concepts.setdefault((result.category, result.label), []).append(pictures)
    classes = dreams(probe, CLASSES, range(len(probe.classes)))
    return Dreams(classes, {concept: torch.cat(parts) for concept, parts in concepts.items()})


def named(judge: Probe, classes: Tensor) -> int:
    """How many class pictures a judge names.

    Args:
        judge: the network that is asked.
        classes: as those of :class:`Dreams`.
    """
    wanted = torch.arange(len(classes)).repeat_interleave(classes.shape[1])
    return int((answers(judge, classes.flatten(0, 1)) == wanted).sum())


def measured(probe: Probe, judges: Sequence[Probe], scenes: Tensor) -> Legibility:
    """Measure one network.

    Args:
        probe: the network.
        judges: independent ones.
        scenes: held-out scenes, N x 3 x H x W, uint8, the kinds in turn.
    """
    labelled = KeptScenes()
    units = detectors(dissected(probe, labelled))
    shown = dreamt(probe, units)
    looked = [seen(judge, dissected(judge, labelled), shown.concepts) for judge in judges]
    return Legibility(
        accuracy=accuracy(probe, scenes),
        detectors=len(units),
        concepts=len({(result.category, result.label) for result in units}),
        pictures=shown.classes.shape[0] * shown.classes.shape[1],
        named=tuple(named(judge, shown.classes) for judge in judges),
        present=tuple(item.present for item in looked),
        chance=tuple(item.chance for item in looked),
        preferred=tuple(item.preferred for item in looked),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure networks, a line of JSON for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", nargs="+", help="names of networks, or weights files of the shape of scenes-alexnet")
    parser.add_argument("--judges", nargs="+", required=True, help="the same, of the networks that are asked")
    parser.add_argument("--held-out", type=int, default=1_200, help="scenes to test accuracy on (%(default)s)")
    parser.add_argument("--scenes", type=Path, default=kept_scenes(), help="where they are kept (%(default)s)")
    options = parser.parse_args(arguments)
    judges = [opened(judge) for judge in options.judges]
    scenes = SceneSet("held-out", options.held_out, 1).pictures(folder=options.scenes)
    for model in options.models:
        print(json.dumps({"model": model, **asdict(measured(opened(model), judges, scenes))}), flush=True)


def opened(model: str) -> Probe:
    """A network by its name, or the weights of one of the shape of scenes-alexnet."""
    return load("scenes-alexnet", weights=model) if Path(model).is_file() else load(model)


if __name__ == "__main__":
    main()
