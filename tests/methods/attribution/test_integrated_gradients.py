"""Integration along a line against closed forms of the integral and of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from visualize.methods.attribution.integrated_gradients import CELLS, integrate

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

DIRECTION = torch.tensor([2.0, -1.0, 0.5], dtype=torch.float64).view(3, 1, 1)


def slopes_of(
    value: Callable[[Tensor], Tensor], slope: Callable[[Tensor], Tensor], asked: list[int] | None = None
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Activation value(t) of the place t on the line, whose whole gradient lies along the direction."""

    def slopes(places: Tensor) -> tuple[Tensor, Tensor]:
        if asked is not None:
            asked.append(len(places))
        along = slope(places)[:, None, None, None] * DIRECTION / DIRECTION.square().sum()
        return value(places), along

    return slopes


def kinked(places: Tensor) -> Tensor:
    """Activation that is 0 up to a place between two of the first steps, and rises from there with slope 8."""
    return 8 * (places - 0.313).clamp(min=0)


def kinks_slope(places: Tensor) -> Tensor:
    return 8.0 * (places > 0.313)


def test_what_a_linear_activation_takes_is_exact_without_further_steps() -> None:
    integral = integrate(slopes_of(lambda t: 3 * t, lambda t: 3 + 0 * t), DIRECTION, share=1e-12, most=4000, batch=8)
    assert integral.steps == CELLS + 1
    torch.testing.assert_close(integral.gradient, 3 * DIRECTION / DIRECTION.square().sum())
    assert integral.gap == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("share", [1e-2, 1e-4, 1e-6])
def test_steps_are_added_where_the_gradient_jumps_until_the_share_is_kept(share: float) -> None:
    """The integral of the gradient times the direction is the difference between the ends: 8 x 0.687."""
    integral = integrate(slopes_of(kinked, kinks_slope), DIRECTION, share=share, most=100_000, batch=8)
    total = float((integral.gradient * DIRECTION).sum())
    assert abs(total - 8 * 0.687) <= share * 8 * 0.687
    assert integral.gap == pytest.approx(8 * 0.687 - total)
    assert integral.steps > CELLS + 1 or share == 1e-2


def test_no_more_steps_than_the_most_and_one_halving_are_made() -> None:
    integral = integrate(slopes_of(kinked, kinks_slope), DIRECTION, share=1e-12, most=200, batch=8)
    assert 200 <= integral.steps <= 2 * 200


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_the_integral_does_not_depend_on_the_batch_which_is_never_exceeded(batch: int) -> None:
    asked: list[int] = []
    integral = integrate(slopes_of(kinked, kinks_slope, asked), DIRECTION, share=1e-4, most=4000, batch=batch)
    alone = integrate(slopes_of(kinked, kinks_slope), DIRECTION, share=1e-4, most=4000, batch=8)
    assert max(asked) <= batch
    assert sum(asked) == integral.steps == alone.steps
    torch.testing.assert_close(integral.gradient, alone.gradient)
