"""Dissections of activations that were computed in bfloat16."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest
import torch

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


def test_numbers_are_those_of_the_network_in_bfloat16() -> None:
    network, held = seeded(Classifier()), noise(12, SIZE, (10, 14))
    rounded = Probe(copy.deepcopy(network).bfloat16(), prepare=Preparation(SIZE), optimise=False)
    probe, asked = Probe(network, prepare=Preparation(SIZE), optimise=False), Settings(quantile=0.03, forward="bf16")
    given = dissect(probe, ["deep"], held, asked).layers["deep"]
    wanted = dissect(rounded, ["deep"], held, Settings(quantile=0.03)).layers["deep"]
    plain = dissect(probe, ["deep"], held, Settings(quantile=0.03)).layers["deep"]
    np.testing.assert_array_equal(given.thresholds, wanted.thresholds)
    np.testing.assert_array_equal(given.intersection, wanted.intersection)
    np.testing.assert_allclose(given.thresholds, plain.thresholds, rtol=0.02)
    assert not np.array_equal(given.thresholds, plain.thresholds)
    assert torch.equal(torch.from_numpy(given.thresholds).bfloat16().float(), torch.from_numpy(given.thresholds))


def test_a_network_that_is_not_in_float32_keeps_its_own_arithmetic() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    with pytest.raises(InputError, match="networks in float32"):
        dissect(probe, ["deep"], noise(4, SIZE, (10, 14)), Settings(forward="bf16"))
    assert dataclasses.asdict(Settings())["forward"] == "float32"
