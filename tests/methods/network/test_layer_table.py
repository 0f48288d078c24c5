"""The layers of a network by name."""

from __future__ import annotations

import pytest
from torch import nn

from tests.kit.networks import SIZE, InPlace, Reused, seeded
from tests.kit.pictures import pictures
from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit


def test_layers_are_listed_in_the_order_in_which_they_run() -> None:
    network = seeded(Reused())
    probe = Probe(network, prepare=Preparation(SIZE), aliases={"deepest": "conv"})
    assert list(probe.layers) == ["first", "conv#0", "norm#0", "relu#0", "conv#1", "norm#1", "relu#1"]
    assert probe.layer("conv").name == "conv#1"  # the last run
    assert probe.layer("deepest").name == "conv#1"
    assert set(probe.layer("conv").aliases) == {"deepest", "conv"}
    assert probe.units("deepest") == [Unit("conv#1", index) for index in range(4)]
    assert probe.layer("first").kind == "Conv2d"


def test_aliases_are_resolved_and_suggested() -> None:
    probe = Probe(InPlace(), prepare=Preparation(SIZE), aliases={"conv5_3": "deep"})
    assert probe.check(Unit("conv5_3", 2, (1, 1))) == Unit("deep", 2, (1, 1))
    assert probe.layer("deep").aliases == ("conv5_3",)
    with pytest.raises(UnitError, match="did you mean conv5_3"):
        probe.layer("conv5_4")
    assert list(probe.activations(pictures(1, SIZE), ["conv5_3", "deep"])) == ["conv5_3", "deep"]


def test_a_network_that_does_not_run_names_its_input() -> None:
    with pytest.raises(InputError, match=r"does not run on an input of \(1, 3, 8, 8\): it takes 1 channel"):
        _ = Probe(nn.Sequential(nn.Conv2d(1, 2, 3)), prepare=Preparation((8, 8))).layers
