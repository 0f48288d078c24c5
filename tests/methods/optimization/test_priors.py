"""Priors and their gradients, against their formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from visualize.methods.optimization.priors import alpha_norm, push_variation, total_variation

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize("alpha", [2.0, 3.0, 6.0])
def test_the_alpha_norm_is_that_of_its_formula(alpha: float) -> None:
    x = torch.randn(2, 3, 5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 40
    values, gradient = alpha_norm(x, alpha)
    held = x.numpy()
    np.testing.assert_allclose(values, (np.abs(held) ** alpha).sum((1, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(gradient, alpha * np.abs(held) ** (alpha - 1) * np.sign(held), rtol=1e-12)


@pytest.mark.parametrize("beta", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("size", [(5, 7), (1, 4), (3, 1), (1, 1)])
def test_total_variation_is_that_of_its_formula(beta: float, size: tuple[int, int]) -> None:
    """Equation 5, pixel by pixel; the gradient by central differences."""
    x = np.random.default_rng(0).normal(size=(1, 2, *size)) * 30

    def formula(picture: NDArray[np.float64]) -> float:
        total = 0.0
        for channel in picture[0]:
            for row in range(size[0]):
                for column in range(size[1]):
                    right = channel[row, column + 1] - channel[row, column] if column + 1 < size[1] else 0.0
                    down = channel[row + 1, column] - channel[row, column] if row + 1 < size[0] else 0.0
                    total += (right**2 + down**2) ** (beta / 2)
        return total

    values, gradient = total_variation(torch.from_numpy(x), beta)
    assert values.item() == pytest.approx(formula(x), rel=1e-12)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-4
        assert gradient[place] == pytest.approx((formula(x + step) - formula(x - step)) / 2e-4, rel=1e-5, abs=1e-5)


def test_a_flat_picture_has_no_variation() -> None:
    for beta in (1.0, 2.0):
        values, gradient = total_variation(torch.full((1, 3, 4, 4), 7.0), beta)
        assert values.item() == 0
        assert not gradient.any()


@pytest.mark.parametrize("size", [(5, 7), (1, 4), (3, 1), (1, 1)])
def test_the_gradient_of_the_variation_is_added_in_place(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    x, before = torch.randn(2, 2, 3, *size, dtype=torch.float64, generator=generator)
    gradient = before.clone()
    push_variation(gradient, x, 0.3)
    torch.testing.assert_close(gradient, before + 0.3 * total_variation(x)[1], rtol=1e-12, atol=1e-12)
