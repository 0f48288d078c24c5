"""Changes of pictures against Pillow and exact shifts, and the activation that they leave."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import nn

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays, pictures
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.sanity.stability import CHANGES, compressed, kept, rescaled, shifted
from visualize.methods.unit import Unit


def test_changes_that_change_nothing_keep_everything() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    given = pictures(2, SIZE, seed=1)
    same = {"shift": lambda x: shifted(x, 0), "scale": lambda x: rescaled(x, 1.0), "none": lambda x: x}
    shares = kept(probe, Unit("conv", 1), given, same)
    assert shares == {"shift": 1.0, "scale": 1.0, "none": 1.0}


def test_a_shift_moves_the_picture_exactly() -> None:
    given = pictures(1, (30, 34), seed=3)
    for pixels in (3, -5):
        moved = shifted(given, pixels)
        assert moved.shape == given.shape
        low, high = max(0, pixels), min(0, pixels)
        there = moved[:, :, low : 30 + high, low : 34 + high]
        here = given[:, :, max(0, -pixels) : 30 - max(0, pixels), max(0, -pixels) : 34 - max(0, pixels)]
        assert torch.equal(there, here)


def test_rescaling_agrees_with_pillow_in_the_middle() -> None:
    given = arrays(1, (60, 60))[0]
    tensor = torch.from_numpy(given).permute(2, 0, 1)[None] / 255
    smaller = np.asarray(Image.fromarray(given).resize((54, 54), Image.Resampling.BILINEAR)) / 255
    np.testing.assert_allclose(rescaled(tensor, 0.9)[0].permute(1, 2, 0)[3:57, 3:57], smaller, atol=0.01)
    larger = np.asarray(Image.fromarray(given).resize((66, 66), Image.Resampling.BILINEAR)) / 255
    np.testing.assert_allclose(rescaled(tensor, 1.1)[0].permute(1, 2, 0), larger[3:63, 3:63], atol=0.01)


def test_compression_costs_more_the_lower_the_quality() -> None:
    given = pictures(2, (48, 64), seed=3)
    errors = [float((compressed(given, quality) - given).abs().mean()) for quality in (95, 50, 20)]
    assert 0 < errors[0] < errors[1] < errors[2]
    assert all(change(given).shape == given.shape for change in CHANGES.values())


def test_a_unit_that_no_picture_excites_keeps_nothing() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 1))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-1)
    assert kept(Probe(network, prepare=Preparation(SIZE)), Unit("0", 0), pictures(2, SIZE)) is None
