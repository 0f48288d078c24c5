"""Colours of pictures against numpy's covariance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from visualize.methods.network.colours import Colours


def _pictures() -> torch.Tensor:
    """Pictures whose channels vary together, each lighter or darker than the next."""
    generator = torch.Generator().manual_seed(4)
    mixing = torch.tensor([[0.9, 0.3, 0.1], [0.8, -0.1, -0.2], [0.7, -0.4, 0.3]])
    fields = torch.einsum("cd,ndhw->nchw", mixing, torch.randn(6, 3, 9, 11, generator=generator))
    return torch.sigmoid(fields + torch.randn(6, 1, 1, 1, generator=generator))


def test_mean_and_covariance_are_those_of_logits_within_pictures() -> None:
    pictures = _pictures()
    colours = Colours.of(pictures)
    logits = np.log(pictures.double().numpy() / (1 - pictures.double().numpy())).reshape(6, 3, -1)
    within = np.mean([np.cov(picture, bias=True) for picture in logits], 0)
    root = np.array(colours.root)
    np.testing.assert_allclose(colours.mean, logits.mean((0, 2)), atol=1e-5)
    np.testing.assert_allclose(root @ root.T, within, atol=1e-5)
    sizes = (root**2).sum(0)
    assert list(sizes) == sorted(sizes, reverse=True)
    np.testing.assert_allclose(root.T @ root, np.diag(sizes), atol=1e-9)


def test_black_and_white_are_colours_too() -> None:
    pictures = torch.zeros(2, 3, 4, 4)
    pictures[:, :, :2] = 1
    colours = Colours.of(pictures, contrast=0.5)
    assert colours.contrast == 0.5
    assert colours.mean == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    np.testing.assert_allclose(np.abs(np.array(colours.root)[:, 0]), np.log(254), rtol=1e-6)
