"""What of a picture a layer's positions see, and what of it must be run for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from visualize.methods.network.layer import Layer
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.receptive_field.field import ReceptiveField

SIZE = (41, 53)
_FIELD = ReceptiveField((5, 7), (4.0, 2.0), (1.0, 1.0))
_LAYER = Layer("conv", (), "Conv2d", 3, (10, 20), _FIELD)


def test_a_field_is_sure_to_be_local_if_it_is_derived_and_in_whole_steps() -> None:
    assert _LAYER.local is _FIELD
    for other in (
        replace(_LAYER, field=None),
        replace(_LAYER, measured=True),
        replace(_LAYER, field=replace(_FIELD, stride=(0.0, 0.0))),
        replace(_LAYER, field=replace(_FIELD, stride=(2.5, 2.0))),
        replace(_LAYER, field=replace(_FIELD, stride=(0.5, 2.0))),
    ):
        assert other.local is None
        assert other.window((3, 4), SIZE) == other.box((3, 4), SIZE) == (0, 0, *SIZE)


def test_the_box_begins_at_a_step_and_holds_the_window() -> None:
    assert _LAYER.window((3, 5), SIZE) == (11, 8, 16, 15)  # rows 13 +- 2, columns 11 +- 3
    assert _LAYER.box((3, 5), SIZE) == (8, 8, 16, 15)
    assert _LAYER.box((0, 0), SIZE) == (0, 0, 4, 5)
    assert _LAYER.box((9, 19), (37, 40)) == (32, 36, 37, 40)


@pytest.mark.parametrize("position", [(0, 0), (2, 3), (4, 6), (9, 12)])
def test_the_box_alone_gives_the_activation_of_the_whole_picture(position: tuple[int, int]) -> None:
    layers = [nn.Conv2d(3, 4, 5, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3, padding=1)]
    probe = Probe(seeded(nn.Sequential(*layers)).double(), prepare=Preparation(SIZE))
    shown, layer = pictures(1, SIZE, dtype=torch.float64), probe.layer("3")
    wanted = probe.activations(shown, ["3"])["3"][0, :, position[0], position[1]]
    top, left, bottom, right = layer.box(position, SIZE)
    assert layer.local is not None
    down, across = (int(step) for step in layer.local.stride)
    maps = probe.activations(shown[:, :, top:bottom, left:right], ["3"])["3"]
    torch.testing.assert_close(maps[0, :, position[0] - top // down, position[1] - left // across], wanted)
    assert (bottom - top) * (right - left) < SIZE[0] * SIZE[1]
