"""Colorization: Lab as scikit-image has it, bins as the paper cuts them, soft answers, weights of rare colours."""

from __future__ import annotations

import math

import numpy as np
import torch
from skimage import color
from supervisions.colorization import GRID, Colorization, colour_bins, lab, place_colours, soft_bins
from supervisions.task import untold
from supervisions.trunk import plain_trunk
from torch import Tensor

from visualize.scenes import Scenes


def scenes(count: int) -> Tensor:
    drawn = Scenes(count, 1, split="held-out")
    return torch.from_numpy(np.stack([drawn.scene(index).image for index in range(count)])).permute(0, 3, 1, 2)


def test_lab_is_that_of_scikit_image() -> None:
    picture = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    picture[0, :, 0] = 0.01  # below the bend of sRGB
    ours = lab(picture).movedim(1, 3).numpy()
    assert np.abs(ours - color.rgb2lab(picture.movedim(1, 3).numpy())).max() < 0.02


def test_bins_are_the_points_of_a_grid_that_colours_of_srgb_are_nearest_to() -> None:
    cube = np.stack(np.meshgrid(*[np.linspace(0, 1, 33)] * 3), -1).reshape(1, -1, 3)
    nearest = np.round(color.rgb2lab(cube)[0, :, 1:] / GRID)
    expected = {(float(a), float(b)) for a, b in GRID * nearest}
    assert {(a, b) for a, b in colour_bins().tolist()} == expected


def test_an_answer_is_shared_by_the_five_nearest_bins() -> None:
    bins = colour_bins()
    colours = 40 * torch.randn(7, 2, generator=torch.Generator().manual_seed(0))
    for colour, shares in zip(colours.tolist(), soft_bins(colours, bins), strict=True):
        apart = [math.dist(colour, place) for place in bins.tolist()]
        near = sorted(range(len(bins)), key=apart.__getitem__)[:5]
        weights = {place: math.exp(-(apart[place] ** 2) / (2 * 10**2)) for place in near}
        expected = [weights.get(place, 0) / sum(weights.values()) for place in range(len(bins))]
        assert torch.allclose(shares, torch.tensor(expected), atol=1e-4)


def test_places_are_the_centres_of_conv5_s_receptive_fields() -> None:
    pictures = scenes(2)
    colours = place_colours(pictures)
    assert colours.shape == (2, 15, 15, 2)
    for row, column in ((0, 0), (3, 14), (14, 7)):
        top, left = 8 * row + 4, 8 * column + 4  # the field of place 0 is centred on pixel 6
        mean = pictures[1, :, top : top + 4, left : left + 4].double().mean((1, 2)) / 255
        expected = color.rgb2lab(mean.numpy()[None, None])[0, 0, 1:]
        assert np.abs(colours[1, row, column].numpy() - expected).max() < 0.02


def test_rare_colours_count_more_and_all_together_as_much_as_before() -> None:
    task, pictures = Colorization(plain_trunk()), scenes(12)
    task.begin(untold(pictures))
    share = soft_bins(place_colours(pictures), task.bins).flatten(0, 2).mean(0)
    weights = task.rebalancing
    assert abs((share * weights).sum().item() - 1) < 1e-5
    ratio = weights[share.argmax()] / weights[share.argmin()]
    smoothed = 0.5 * share + 0.5 / len(share)
    assert abs(ratio - smoothed.min() / smoothed.max()) < 1e-4


@torch.no_grad()
def test_an_answer_is_right_where_the_likeliest_bin_is_the_nearest() -> None:
    task, pictures = Colorization(plain_trunk()), scenes(3)
    answers = torch.cdist(place_colours(pictures).flatten(0, 2), task.bins).argmin(1)
    commonest = int(answers.bincount().argmax())
    for module in task.head.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight.zero_()
            module.bias = torch.nn.Parameter(10.0 * (torch.arange(module.out_channels) == commonest))
    share, chance = task.score(untold(pictures), torch.Generator().manual_seed(0))
    expected = (answers == commonest).double().mean().item()
    assert abs(share - expected) < 0.01  # half of the pictures are mirrored, which moves some pixels between places
    assert share == chance
