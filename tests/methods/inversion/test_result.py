"""Records of inversions: the order of panels and facts."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays
from tests.methods.inversion.inversions import invert
from visualize.methods.inversion.method import Inversion
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


def test_layers_stand_in_a_row() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE), aliases={"conv5": "deep"})
    result = invert(Inversion(steps=3, layers=("conv", "conv5")), probe, Unit("deep", 1), Stack(arrays(2, SIZE)))
    names = [panel.caption.split("\n")[0] for panel in result.panels()]
    assert names == ["photograph", "conv", "conv5"] * 2
    assert [panel.of for panel in result.panels()] == ["pictures/0"] * 3 + ["pictures/1"] * 3
    assert len(result.aligned()) == 6
    facts = cast("list[dict[str, Any]]", result.facts()["inversions"])
    assert [(fact["file"], fact["layer"]) for fact in facts] == [
        ("pictures/0", "conv"), ("pictures/0", "conv5"), ("pictures/1", "conv"), ("pictures/1", "conv5"),
    ]  # fmt: skip
    single = invert(Inversion(steps=3), probe, Unit("deep", 1), Stack(arrays(2, SIZE)))
    assert [panel.of for panel in single.aligned()] == ["pictures/0", "pictures/1"]
    np.testing.assert_allclose(single.errors, result.errors[1::2], rtol=1e-5)
