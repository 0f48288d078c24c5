"""Inversions that are made in bfloat16, measured against those made in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch

import visualize as viz
from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import Listed, arrays
from visualize.methods.errors import InputError
from visualize.methods.inversion.method import Inversion
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Subset
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from visualize.methods.inversion.result import InversionResult


def _inverted(probe: Probe, method: Inversion, layer: str, images: viz.Images) -> InversionResult:
    return cast("InversionResult", method(probe, Unit(layer, 0), images)[0])


def test_inversions_made_in_bfloat16_end_about_as_near() -> None:
    probe, scenes = viz.load("scenes-alexnet-plain"), Subset(viz.open_images("scenes"), (3,))
    plain, rough = (
        _inverted(probe, Inversion(steps=12, count=1, precision=precision), "conv3", scenes)
        for precision in ("float32", "bf16")
    )
    assert rough.errors[0] == pytest.approx(plain.errors[0], rel=0.05)
    assert plain.errors[0] < 0.9


@pytest.mark.parametrize("optimiser", ["spectral", "paper"])
def test_the_error_is_that_of_float32(optimiser: str) -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    images = Listed(arrays(1, SIZE))
    made = _inverted(probe, Inversion(steps=4, optimiser=optimiser, precision="bf16"), "deep", images)  # type: ignore[arg-type]
    wanted = torch.from_numpy(np.stack(images.held)).permute(0, 3, 1, 2).float() / 255
    goal, now = (probe.activations(pictures, ["deep"])["deep"] for pictures in (wanted, made.pictures))
    assert made.errors[0] == pytest.approx(float((now - goal).norm() / goal.norm()), rel=1e-4)
    assert any("made in bfloat16" in note for note in made.notes)


def test_networks_in_double_precision_are_refused() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    with pytest.raises(InputError, match="networks in float32"):
        Inversion(steps=2, precision="bf16")(probe, Unit("deep", 3), Listed(arrays(1, SIZE)))
