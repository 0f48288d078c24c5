"""Searches and a network that the tests of top images share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.top_images.result import TopResult
from tests.kit.networks import SIZE, Classifier, seeded

if TYPE_CHECKING:
    from methods.pictures.images import Stack
    from methods.top_images.method import TopImages
    from methods.unit import Unit
    from tests.kit.pictures import Listed


def classifier(*, double: bool = True) -> Probe:
    network = seeded(Classifier())
    return Probe(network.double() if double else network, prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)))


def look(method: TopImages, probe: Probe, units: list[Unit], images: Stack | Listed) -> list[TopResult]:
    results = method(probe, units, images)
    assert all(isinstance(result, TopResult) for result in results)
    return list(results)  # type: ignore[arg-type]
