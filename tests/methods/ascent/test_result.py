"""Records of an ascent: what the pictures reach beside photographs."""

from __future__ import annotations

import pytest

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays
from tests.methods.ascent.climbs import climb
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.drawing.panel import figure
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.top_images.result import TopResult
from visualize.methods.unit import Unit


def test_the_ratio_is_to_the_best_photograph() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = climb(GradientAscent(steps=30), probe, Unit("deep", 0))
    (top,) = TopImages(count=3)(probe, Unit("deep", 0), Stack(arrays(5, SIZE)))
    assert isinstance(top, TopResult)
    assert result.ratio is None
    compared = result.beside({"ascent": result, "top": top})
    assert compared.photograph == top.activations[0]
    assert compared.ratio == pytest.approx(result.activation / top.activations[0])
    assert compared.facts()["ratio"] == compared.ratio
    assert f"{figure(result.activation / top.activations[0])} x the best photograph's" in compared.panels()[0].caption
