"""Pictures that are made in bfloat16, against those made in float32."""

from __future__ import annotations

import pytest
import torch

import visualize as viz
from tests.kit.networks import SIZE, Classifier, seeded
from tests.methods.ascent.climbs import climb
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.errors import InputError
from visualize.methods.network.precision import Arithmetic
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit


def test_pictures_made_in_bfloat16_excite_units_about_as_much_as_others() -> None:
    """On average: a picture ends elsewhere, and 15 % off, after a change of the rate by 1 in 1,000 too."""
    probe = viz.load("scenes-alexnet-plain")
    units = [Unit("conv5", index) for index in range(0, 64, 4)]
    plain = climb(GradientAscent(steps=24), probe, *units)
    rough = climb(GradientAscent(steps=24, precision="bf16"), probe, *units)
    ratio = sum(result.activation for result in rough) / sum(result.activation for result in plain)
    assert ratio > 0.9


def test_bfloat16_measures_a_picture_within_two_per_cent_of_float32() -> None:
    probe, unit = viz.load("scenes-alexnet-plain"), Unit("conv5", 53)
    (result,) = climb(GradientAscent(steps=32), probe, unit)
    maps = Arithmetic(probe=probe, precision="bf16").activations(result.pictures, ["conv5"])["conv5"]
    assert float(maps[0, 53].max()) == pytest.approx(result.activation, rel=0.02)


def test_what_is_reported_is_measured_in_float32() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = climb(GradientAscent(steps=6, precision="bf16", count=2), probe, Unit("deep", 3))
    assert result.pictures.dtype == torch.float32
    reached = probe.activations(result.pictures, ["deep"])["deep"][:, 3].amax((1, 2))
    torch.testing.assert_close(torch.tensor(result.activations), reached)


def test_results_say_in_which_precision_they_were_made() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (rough,) = climb(GradientAscent(steps=2, precision="bf16"), probe, Unit("deep", 3))
    (plain,) = climb(GradientAscent(steps=2), probe, Unit("deep", 3))
    assert (plain.facts()["precision"], rough.facts()["precision"]) == ("float32", "bf16")
    assert any("made in bfloat16" in note for note in rough.notes)
    assert not any("bfloat16" in note for note in plain.notes)


def test_networks_in_double_precision_are_refused() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    with pytest.raises(InputError, match="precision bf16 is for networks in float32"):
        GradientAscent(steps=2, precision="bf16")(probe, Unit("deep", 3))
