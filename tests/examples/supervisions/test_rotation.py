"""Rotation: the turns are those of torch, of a square cut from anywhere."""

from __future__ import annotations

import torch
from supervisions.rotation import SIZE, Rotation
from supervisions.trunk import plain_trunk

from tests.examples.supervisions.located import located, noise


def test_each_picture_is_asked_for_in_all_four_turns() -> None:
    pictures = noise(2)
    asked, answers = Rotation(plain_trunk()).questions(pictures, torch.Generator().manual_seed(2))
    assert answers.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    turned = asked.view(4, 2, 3, SIZE, SIZE)
    back = torch.stack([torch.rot90(turned[turns], -turns, (2, 3)) for turns in range(4)], 1)  # anticlockwise
    corners = [located(picture, squares) for picture, squares in zip(pictures, back, strict=True)]
    assert all(len(set(each)) == 1 for each in corners)  # the same square in all turns, lighter or darker
    assert corners[0][0] != corners[1][0]


def test_turns_change_no_pixel() -> None:
    asked, _ = Rotation(plain_trunk()).questions(noise(2), torch.Generator().manual_seed(2))
    first, turned = asked.view(4, 2, 3, -1)[:2].sort(3).values
    ratio = (turned - turned[:, :, :1]) / (first - first[:, :, :1]).clamp(min=1e-6)
    inner = ratio[:, :, SIZE:]
    assert (inner.amax(2) - inner.amin(2)).max() < 0.02  # the same values, all lighter or darker by one factor
