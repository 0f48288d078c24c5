"""Legibility: dreams of the robust network are legible to another one, and its units detect more than its twin's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
import torch
from legibility import accuracy, detectors, dissected, dreams, named, seen

from visualize.data.sets.labelled_scenes import KeptScenes
from visualize.methods import GradientAscent
from visualize.models import load

if TYPE_CHECKING:
    from visualize.methods import DissectionResult, Probe

PLAIN, ROBUST = "scenes-alexnet-plain", "scenes-alexnet"


@pytest.fixture(scope="module")
def probes() -> dict[str, Probe]:
    return {name: load(name) for name in (PLAIN, ROBUST, f"random/{ROBUST}")}


@pytest.fixture(scope="module")
def scenes() -> KeptScenes:
    return KeptScenes(96)


@pytest.fixture(scope="module")
def units(probes: dict[str, Probe], scenes: KeptScenes) -> dict[str, list[DissectionResult]]:
    return {name: dissected(probe, scenes) for name, probe in probes.items()}


def test_the_robust_network_has_more_detectors_than_its_untrained_twin(
    units: dict[str, list[DissectionResult]],
) -> None:
    robust, untrained = (detectors(units[name]) for name in (ROBUST, f"random/{ROBUST}"))
    assert len(robust) > 2 * len(untrained)
    assert len({result.label for result in robust}) > 2 * len({result.label for result in untrained})
    scores = [result.score for result in robust]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0.04


def test_the_plain_network_names_more_of_the_robust_ones_dreams_than_of_its_own(probes: dict[str, Probe]) -> None:
    quick = GradientAscent(steps=48)
    plain, robust = (named(probes[PLAIN], dreams(probes[name], "fc8", range(12), quick)) for name in (PLAIN, ROBUST))
    assert robust >= 10
    assert robust > plain


def test_accuracy_is_that_of_the_networks_own_answers(probes: dict[str, Probe], scenes: KeptScenes) -> None:
    pictures = torch.stack([torch.from_numpy(scenes.scene(index).image) for index in range(24)]).permute(0, 3, 1, 2)
    probe = probes[ROBUST]
    with torch.no_grad():
        given = probe.network(probe.prepare(pictures.float() / 255)).argmax(1)
    right = Counter((given == torch.arange(24) % 12).tolist())[True]
    assert accuracy(probe, pictures) == pytest.approx(right / 24)


def test_a_judge_finds_concepts_in_scenes_that_show_them(
    probes: dict[str, Probe], scenes: KeptScenes, units: dict[str, list[DissectionResult]]
) -> None:
    ranked = detectors(units[PLAIN])
    best = {label: next(result for result in ranked if result.label == label) for label in ("pillow", "sea")}
    shown = {
        (result.category, label): torch.stack(
            [
                torch.from_numpy(scenes.load(place, result.preparation)).permute(2, 0, 1) / 255
                for place in result.indices[:4]
            ]
        )
        for label, result in best.items()
    }
    assert len(shown) == 2
    (looked, swapped) = (
        seen(probes[PLAIN], units[PLAIN], dict(zip(shown, parts, strict=True)))
        for parts in (list(shown.values()), list(reversed(shown.values())))
    )
    assert (looked.present, looked.chance, looked.preferred) == (1.0, 0.0, 1.0)
    assert (swapped.present, swapped.chance, swapped.preferred) == (0.0, 1.0, 0.0)
