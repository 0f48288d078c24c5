"""Views against scipy's affine transform, with the geometry measured on ramps that were seen through them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import torch

from tests.kit.pictures import pictures
from tests.methods.ascent.geometry import SIZE, geometry, views
from visualize.methods.ascent.transforms import Robustness


@pytest.mark.parametrize(
    "robustness",
    [Robustness(), Robustness(pad=0, jitter=5, scale=(0.8, 1.25), rotate=30), Robustness(6, 0, (1.0, 1.0), 0.0)],
)
def test_views_are_scipys_affine_transforms_on_grey(robustness: Robustness) -> None:
    shown = pictures(3, SIZE, dtype=torch.float64)
    for view in views(robustness):
        matrix = geometry(view)
        seen = view(shown)
        for picture, result in zip(shown.flatten(0, 1).numpy(), seen.flatten(0, 1).numpy(), strict=True):
            wanted = scipy.ndimage.affine_transform(
                picture, matrix[:, :2], matrix[:, 2], order=1, mode="grid-constant", cval=0.5
            )
            np.testing.assert_allclose(result, wanted, atol=2e-4)  # the views' own matrices are float32


def test_a_frame_of_some_pixels_is_seen_around_the_picture() -> None:
    """40 x 52 pixels show what 48 x 60 would, the picture in their middle."""
    (view,) = views(Robustness(4, 0, (1.0, 1.0), 0.0), steps=1)
    wanted = [[48 / 40, 0, 19.5 * (1 - 48 / 40)], [0, 60 / 52, 25.5 * (1 - 60 / 52)]]
    np.testing.assert_allclose(geometry(view), wanted, atol=1e-4)


def test_a_shift_by_whole_pixels_moves_them_exactly() -> None:
    shown = pictures(2, SIZE)
    moved = set()
    for view in views(Robustness(0, 9, (1.0, 1.0), 0.0), steps=30):
        matrix = geometry(view)
        down, right = (round(-value) for value in matrix[:, 2])
        moved.add((down, right))
        wanted = torch.full_like(shown, 0.5)
        target = (slice(max(down, 0), SIZE[0] + min(down, 0)), slice(max(right, 0), SIZE[1] + min(right, 0)))
        source = (slice(max(-down, 0), SIZE[0] - max(down, 0)), slice(max(-right, 0), SIZE[1] - max(right, 0)))
        wanted[..., target[0], target[1]] = shown[..., source[0], source[1]]
        assert torch.equal(view(shown), wanted)
    assert len(moved) > 20


def test_the_gradient_comes_back_to_the_picture() -> None:
    shown = pictures(1, (7, 9), dtype=torch.float64).requires_grad_()
    for view in Robustness(1, 2, (0.9, 1.1), 10.0).views(2, (7, 9), torch.Generator().manual_seed(0)):
        assert torch.autograd.gradcheck(view, (shown,))
