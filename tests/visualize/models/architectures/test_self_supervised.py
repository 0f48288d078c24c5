"""The lightness that colourisers see, against scikit-image."""

from __future__ import annotations

import numpy as np
import skimage.color
import torch

from visualize.models.architectures.self_supervised import Lightness


def test_lightness_is_cie_l_minus_50() -> None:
    rgb = np.random.default_rng(0).uniform(0, 1, (50, 40, 3))
    rgb[0] = 0  # and black
    rgb[1] = 0.01
    expected = skimage.color.rgb2lab(rgb)[..., 0] - 50
    pictures = torch.from_numpy(rgb).permute(2, 0, 1)[None].requires_grad_()
    lightness = Lightness()(pictures)
    np.testing.assert_allclose(lightness[0, 0].detach().numpy(), expected, atol=2e-3)
    (gradient,) = torch.autograd.grad(lightness.sum(), pictures)
    assert gradient.isfinite().all()
