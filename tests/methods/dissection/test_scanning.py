"""A scan stops where pictures or activations are broken."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
import torch

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, classifier_probe
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import BrokenImageWarning, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize(("bad", "labels"), [({3, 5, 7}, ()), ((), {3, 5, 7}), ({3}, {5, 7})])
def test_more_than_one_per_cent_broken_is_an_error(bad: Iterable[int], labels: Iterable[int]) -> None:
    held = noise(210, SIZE, (10, 14))
    held.bad, held.bad_labels = frozenset(bad), frozenset(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BrokenImageWarning)
        with pytest.raises(InputError, match="3 of the 210 pictures of held are broken"):
            dissect(classifier_probe(), ["deep"], held, Settings())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_stops_with_the_names_of_picture_and_layer(value: float) -> None:
    probe, held = classifier_probe(), noise(12, SIZE, (10, 14))
    with torch.no_grad():
        weight = probe.network.get_parameter("deep.weight")
        weight[3] = value
    with pytest.raises(InputError, match=r"deep gives .* not finite for held/0"):
        dissect(probe, ["deep"], held, Settings())
