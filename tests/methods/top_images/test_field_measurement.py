"""Measured receptive fields against networks whose weights are known."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.networks import seeded
from tests.kit.pictures import arrays
from tests.methods.top_images.occluded import OCCLUDED, Deep, linear
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.field_measurement import empirical_fields
from visualize.methods.top_images.method import TopImages
from visualize.methods.top_images.occlusion import Occluder
from visualize.methods.top_images.result import TopResult
from visualize.methods.unit import Unit


def test_of_a_linear_network_the_field_is_the_support_of_its_weights() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.zeros(3, 9, 7, dtype=torch.float64)
    shape = torch.tensor([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 0]])
    weight[:, 3:6, 2:6] = torch.randn(3, 3, 4, generator=generator).sign() * shape
    result, _ = linear(weight, occluder=1, stride=1)
    field = result.empirical
    assert field is not None
    # the theoretical field holds the second layer's margin of one first-layer step around the weights' 9 x 7
    assert tuple(field.drops.shape) == result.field.size == (11, 9)  # type: ignore[union-attr]
    wanted = np.zeros((11, 9), bool)
    wanted[1 + 3 : 1 + 6, 1 + 2 : 1 + 6] = shape.numpy() > 0
    np.testing.assert_array_equal(field.drops.numpy() > 0, wanted)
    assert field.occlusions == 8 * 11 * 9
    assert field.places == 8 * 40 * 44


def test_of_a_linear_network_the_map_is_the_mean_fall_in_closed_form() -> None:
    """fall = sum of weight x (picture - noise) over what is covered, where it is above zero."""
    weight = torch.randn(3, 9, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    result, _ = linear(weight, occluder=4, stride=3)
    field = result.empirical
    assert field is not None
    total, count = np.zeros((40, 44)), np.zeros((40, 44))
    top, left = (int(at) - 5 + 1 for at in (2 * result.positions[0][0] + 5, 2 * result.positions[0][1] + 4 + 1))
    placed = np.zeros((3, 40, 44))
    placed[:, top : top + 9, left : left + 7] = weight
    for place in range(8):
        picture = result.picture(place).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        generator = torch.Generator().manual_seed(zlib.crc32(result.files[place].encode()))
        noise = torch.rand(3, 40, 44, generator=generator).numpy()
        gain = (placed * (picture.astype(float) - noise)).sum(0)
        sums, counts = np.zeros((40, 44)), np.zeros((40, 44))
        for row in range(0, 37, 3):
            for column in range(0, 41, 3):
                covered = (slice(row, row + 4), slice(column + 40 % 3 // 2, column + 40 % 3 // 2 + 4))
                sums[covered] += max(0.0, gain[covered].sum())
                counts[covered] += 1
        total += np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
        count += counts > 0
    mean = (total / np.maximum(count, 1))[top - 1 : top + 10, left - 1 : left + 8]
    np.testing.assert_allclose(field.drops, mean, rtol=1e-5, atol=1e-7)  # the pictures are single precision
    assert field.side == pytest.approx(np.sqrt((mean >= 0.5 * mean.max()).sum()))


def test_maps_are_centred_on_the_peaks() -> None:
    """A unit that sees one bright dot, wherever it is: the mean map shows it in one place."""
    held = []
    for row, column in ((8, 9), (20, 13), (30, 31)):
        picture = np.zeros((40, 44, 3), np.uint8)
        picture[row, column] = 255
        held.append(picture)
    weight = torch.zeros(3, 5, 5, dtype=torch.float64)
    weight[:, 2, 2] = 1
    network = nn.Sequential(nn.Conv2d(3, 1, 5, bias=False)).double()
    with torch.no_grad():
        network[0].weight.copy_(weight[None])  # type: ignore[operator]
    probe = Probe(network, prepare=Preparation((40, 44)))
    (result,) = TopImages(empirical=3, occluder=1, stride=1)(probe, Unit("0", 0), Stack(held))
    assert isinstance(result, TopResult)
    assert result.empirical is not None
    assert set(result.positions) == {(6, 7), (18, 11), (28, 29)}
    assert np.argwhere(result.empirical.mask).tolist() == [[2, 2]]
    assert result.empirical.side == 1


def test_at_the_border_what_most_pictures_do_not_show_is_left_out() -> None:
    """Peaks in the corner: what would lie beyond the picture is neither occluded nor counted."""
    probe = Probe(seeded(Deep()).double(), prepare=Preparation(OCCLUDED))
    (result,) = TopImages(empirical=2)(probe, Unit("deep", 1, (0, 0)), Stack(arrays(3, OCCLUDED)))
    assert isinstance(result, TopResult)
    field = result.empirical
    assert field is not None
    assert result.field is not None
    first = round(result.field.offset[0] - (result.field.size[0] - 1) / 2)
    assert first < 0
    assert field.drops.shape[0] == result.field.size[0] + first - 1  # (61 - 11) % 3 // 2 rows are never covered
    assert (field.counts == 2).all()


def test_a_layer_that_sees_all_is_averaged_around_the_middle() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 14, 4)).double()
    probe = Probe(network, prepare=Preparation((12, 14)))
    (result,) = TopImages(empirical=2, occluder=3, stride=1)(probe, Unit("1", 2), Stack(arrays(4, (12, 14))))
    assert isinstance(result, TopResult)
    field = result.empirical
    assert field is not None
    assert field.theoretical is None
    assert tuple(field.drops.shape) == (12, 14)
    assert "the whole input" in result.panels()[-1].caption
    assert result.facts()["field"]["theoretical"] is None  # type: ignore[call-overload, index]


def test_impossible_demands_are_refused() -> None:
    probe = Probe(seeded(Deep()), prepare=Preparation(OCCLUDED))
    tops = TopImages(count=1)(probe, Unit("deep", 0), Stack(arrays(1, OCCLUDED)))
    with pytest.raises(InputError, match="level lies above 0"):
        empirical_fields(probe, tops, level=0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="does not fit a picture"):
        empirical_fields(probe, tops, occluder=Occluder(99))  # type: ignore[arg-type]
