"""Searches and a network that the tests of top images share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.top_images.result import TopResult

if TYPE_CHECKING:
    from tests.kit.pictures import Listed
    from visualize.methods.pictures.images import Stack
    from visualize.methods.top_images.method import TopImages
    from visualize.methods.unit import Unit


def classifier(*, double: bool = True) -> Probe:
    network = seeded(Classifier())
    return Probe(network.double() if double else network, prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)))


def look(method: TopImages, probe: Probe, units: list[Unit], images: Stack | Listed) -> list[TopResult]:
    results = method(probe, units, images)
    assert all(isinstance(result, TopResult) for result in results)
    return list(results)  # type: ignore[arg-type]
