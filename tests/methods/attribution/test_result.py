"""Records of attributions: which part of a picture is drawn, and how."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE, Grey, InPlace, seeded
from tests.kit.pictures import arrays
from tests.methods.attribution.explained import METHODS
from visualize.methods.attribution.result import AttributionResult
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


def test_a_grey_network_has_one_channel_and_is_drawn_in_grey() -> None:
    probe = Probe(seeded(Grey()), prepare=Preparation(SIZE, order="L", mean=(0.4,), std=(0.3,)))
    for method in METHODS:
        (result,) = method(probe, Unit("relu", 2), Stack(arrays(2, SIZE)))
        assert isinstance(result, AttributionResult)
        assert result.arrays()["attribution"].shape == (2, 1, *SIZE)
        drawn = result.drawn(0)
        assert (drawn == drawn[..., :1]).all()


def _result(method: Saliency, probe: Probe, images: Stack) -> AttributionResult:
    (result,) = method(probe, Unit("deep", 2), images)
    assert isinstance(result, AttributionResult)
    return result


def test_saliency_lies_over_the_part_of_the_photograph_that_the_unit_sees() -> None:
    probe = Probe(seeded(InPlace()).double(), prepare=Preparation((40, 48)))
    images = Stack(arrays(3, (40, 48)))
    plain, raw, laid = (
        _result(method, probe, images)
        for method in (Saliency(overlay=0), Saliency(overlay=1, palette="grey", blur=0), Saliency())
    )
    for place in range(3):
        top, left, bottom, right = laid.window(place)
        part = laid.picture(place)[top:bottom, left:right]
        np.testing.assert_array_equal(plain.shown(place), part)
        np.testing.assert_array_equal(raw.shown(place), raw.drawn(place))
        assert laid.shown(place).shape == part.shape
        assert (laid.shown(place) != part).any()
    assert torch.equal(plain.attribution, laid.attribution)


def test_signed_saliency_is_orange_where_the_sum_over_the_colours_adds() -> None:
    probe = Probe(seeded(InPlace()).double(), prepare=Preparation((40, 48)))
    result = _result(Saliency(kind="input", palette="signed", overlay=1, blur=0), probe, Stack(arrays(3, (40, 48))))
    for place in range(3):
        top, left, bottom, right = result.window(place)
        summed = result.attribution[place].sum(0).numpy()[top:bottom, left:right]
        red, _, blue = np.moveaxis(result.shown(place).astype(int), -1, 0)
        clear = np.abs(summed) > np.abs(summed).max() / 20  # less is black, to a byte
        assert (np.sign(red - blue)[clear] == np.sign(summed)[clear]).all()


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_what_the_unit_does_not_see_gets_nothing_and_is_not_drawn(method: Saliency) -> None:
    probe = Probe(seeded(InPlace()).double(), prepare=Preparation((40, 48)))
    (result,) = method(probe, Unit("deep", 2), Stack(arrays(3, (40, 48))))
    assert isinstance(result, AttributionResult)
    field = probe.layer("deep").field
    assert field is not None
    for place in range(3):
        top, left, bottom, right = result.window(place)
        assert (bottom - top, right - left) == field.size
        outside = result.map(place).copy()
        outside[top:bottom, left:right] = 0
        assert not outside.any()
        panel = result.panels()[place]
        tall, wide = panel.picture.shape[:2]
        half = panel.picture[:, : (wide - 4) // 2]
        scale = tall // field.size[0]
        np.testing.assert_array_equal(half[::scale, ::scale], result.picture(place)[top:bottom, left:right])


def test_a_picture_smaller_than_the_receptive_field() -> None:
    layers = [nn.Conv2d(3, 4, 9, padding=4), nn.ReLU(), nn.Conv2d(4, 4, 9, padding=4)]
    probe = Probe(seeded(nn.Sequential(*layers)), prepare=Preparation((8, 10)))
    for method in METHODS:
        (result,) = method(probe, Unit("2", 1), Stack(arrays(2, (8, 10))))
        assert isinstance(result, AttributionResult)
        assert result.window(0) == (0, 0, 8, 10)
        assert len(result.panels()) == 2
