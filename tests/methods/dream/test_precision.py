"""Dreams that are dreamed in bfloat16, measured against those of float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

import visualize as viz
from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import Listed, arrays
from visualize.methods.dream.method import DeepDream
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Subset
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from visualize.methods.dream.result import DreamResult


def test_dreams_in_bfloat16_excite_a_layer_about_as_much() -> None:
    probe, scenes = viz.load("scenes-alexnet-plain"), Subset(viz.open_images("scenes"), (3,))
    plain, rough = (
        cast(
            "DreamResult",
            DeepDream(steps=4, octaves=2, count=1, of="layer", precision=precision)(probe, Unit("conv4", 0), scenes)[0],
        )
        for precision in ("float32", "bf16")
    )
    assert plain.after[0] > 1.2 * plain.before[0]
    assert rough.before == plain.before
    assert rough.after[0] == pytest.approx(plain.after[0], rel=0.05)


def test_strengths_are_those_of_float32_and_the_result_says_how_it_was_made() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    images = Listed(arrays(1, SIZE))
    (result,) = DeepDream(steps=3, octaves=1, precision="bf16")(probe, Unit("deep", 3), images)
    made = cast("DreamResult", result)
    maps = probe.activations(made.pictures[0][None], ["deep"])["deep"]
    assert made.after[0] == pytest.approx(float(maps[0, 3].mean()), rel=1e-4)
    assert any("made in bfloat16" in note for note in made.notes)
