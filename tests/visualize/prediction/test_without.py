"""Photographs without some units: what the network itself says when a hook puts zeros in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.visualize.prediction.classifiers import SIZE, features, linear_head, probe
from visualize.methods.errors import InputError, UnitError
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit
from visualize.prediction.figure import prediction_figure
from visualize.prediction.prediction import predict
from visualize.prediction.without import Without

if TYPE_CHECKING:
    from visualize.methods.network.probe import Probe

PICTURES = [np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8) for seed in (0, 1)]
NAMES = ["ash", "birch", "cedar", "dogwood", "elm"]


def _classifier() -> Probe:
    return probe(*features(), *linear_head())


def _hooked(network: nn.Module, layer: str, units: list[int], picture: Any) -> Tensor:  # noqa: ANN401 (an array)
    def zero(_module: nn.Module, _given: object, output: Tensor) -> Tensor:
        output = output.clone()
        output[:, units] = 0
        return output

    hook = network.eval().get_submodule(layer).register_forward_hook(zero)
    with torch.no_grad():
        output = network(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)
    hook.remove()
    probabilities: Tensor = output[0].double().softmax(0)
    return probabilities


@pytest.mark.parametrize(("layer", "units"), [("0", [2]), ("1", [0, 5]), ("2", [7, 1, 3])])
def test_classes_are_those_of_a_network_with_zeros_in_place(layer: str, units: list[int]) -> None:
    classifier = _classifier()
    off = [Unit(layer, unit) for unit in units]
    plain = predict(classifier, Stack(PICTURES), names=NAMES)
    for picture, whole, result in zip(
        PICTURES, plain, predict(classifier, Stack(PICTURES), names=NAMES, without=off), strict=True
    ):
        assert result.categories == whole.categories
        assert whole.without is None
        expected, told = _hooked(classifier.network, layer, units, picture), result.without
        assert told is not None
        assert (told.layer, told.units) == (layer, tuple(units))
        assert [item.index for item in told.categories] == [item.index for item in result.categories]
        assert [item.probability for item in told.categories] == pytest.approx(
            expected[[item.index for item in told.categories]].tolist(), rel=1e-5
        )
        assert [item.index for item in told.likeliest] == expected.sort(descending=True).indices.tolist()
        assert [item.name for item in told.likeliest] == [NAMES[item.index] for item in told.likeliest]
        assert result.document()["without"] == told.document()
        assert "without" not in whole.document()


def test_a_sum_stands_for_its_units() -> None:
    (together,), (listed,) = (
        predict(_classifier(), Stack(PICTURES[:1]), without=off)
        for off in ([Unit("2", 1) + Unit("2", 4)], [Unit("2", 1), Unit("2", 4)])
    )
    assert together.without == listed.without


def test_the_figure_says_what_is_off_and_what_is_likeliest_then() -> None:
    (result,) = predict(_classifier(), Stack(PICTURES[:1]), names=NAMES, without=[Unit("2", 1)])
    assert result.without is not None
    words = " ".join(item.text for item in prediction_figure(result, "model").block.items if hasattr(item, "text"))
    assert "2:1 switched off" in words
    assert f"{result.without.likeliest[0].name} is likeliest" in words
    for item in result.without.categories:
        assert f"then {item.probability:.1%}" in words


def test_many_units_are_counted() -> None:
    assert Without("conv5", (3, 9), (), ()).name == "conv5:3,9"
    assert Without("conv5", tuple(range(60)), (), ()).name == "60 units of conv5"


def test_what_cannot_be_switched_off_is_said() -> None:
    def ask(*units: Unit) -> None:
        predict(_classifier(), Stack(PICTURES[:1]), without=units)

    with pytest.raises(InputError, match="units of one layer can be switched off together, not of 0 and 2"):
        ask(Unit("0", 1), Unit("2", 1))
    with pytest.raises(InputError, match=r"switched off everywhere; write 2:1, not 2:1@0,0"):
        ask(Unit("2", 1, (0, 0)))
    with pytest.raises(UnitError, match="2:8 does not exist"):
        ask(Unit("2", 8))
    single = probe(*features(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1))
    with pytest.raises(InputError, match="two or more classes"):
        predict(single, Stack(PICTURES[:1]), without=[Unit("2", 1)])
