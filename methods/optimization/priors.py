"""Priors on natural pictures, as numbers to keep small: values and gradients in closed form, without a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def alpha_norm(x: Tensor, alpha: float = 6.0) -> tuple[Tensor, Tensor]:
    """The alpha-norm to the power alpha: ``R(x) = sum |x|^alpha`` (Mahendran and Vedaldi 2015, section 2.2).

    Args:
        x: N x C x H x W, any range around zero.
        alpha: above 1; 6 in the paper, which keeps values within a range and hardly touches those inside it.

    Returns:
        N values and the gradient ``alpha |x|^(alpha - 1) sign(x)``, N x C x H x W.
    """
    # for an even power a few products are far cheaper than pow
    below = x.square().square_().mul_(x) if alpha == 6 else x.abs().pow_(alpha - 1).copysign_(x)
    values = (below * x).flatten(1).sum(1)
    return values, below.mul_(alpha)


def total_variation(x: Tensor, beta: float = 2.0) -> tuple[Tensor, Tensor]:
    """Total variation: ``R(x) = sum ((x[i, j+1] - x[i, j])^2 + (x[i+1, j] - x[i, j])^2)^(beta / 2)`` (equation 5).

    Differences across the last row and column are zero; channels are added.

    Args:
        x: N x C x H x W.
        beta: above 0; 2 in the paper's inversions. Below 2 flat places have no gradient, where 0 is taken.

    Returns:
        N values and the gradient, N x C x H x W.
    """
    right, down = x.diff(dim=3), x.diff(dim=2)
    if beta == 2:
        values = right.square().flatten(1).sum(1) + down.square().flatten(1).sum(1)
    else:
        squares = x.new_zeros(x.shape)
        squares[..., :-1] += right.square()
        squares[..., :-1, :] += down.square()
        values = squares.pow(beta / 2).flatten(1).sum(1)
        slope = squares.pow(beta / 2 - 1).nan_to_num_(posinf=0.0).mul_(beta / 2)
        right, down = right * slope[..., :-1], down * slope[..., :-1, :]
    return values, _spread(x.new_zeros(x.shape), right, down, 2)


def push_variation(gradient: Tensor, x: Tensor, weight: float) -> None:
    """Add ``weight`` times the gradient of :func:`total_variation` with beta = 2 to a gradient, in place.

    Args:
        gradient: N x C x H x W.
        x: N x C x H x W.
        weight: what it is multiplied by.
    """
    # the Laplacian in five passes, with no differences written down in between
    for axis in (2, 3):
        last = x.shape[axis] - 1
        if last > 0:
            gradient.narrow(axis, 1, last).sub_(x.narrow(axis, 0, last), alpha=2 * weight)
            gradient.narrow(axis, 0, last).sub_(x.narrow(axis, 1, last), alpha=2 * weight)
            for edge in (0, last):
                gradient.select(axis, edge).sub_(x.select(axis, edge), alpha=2 * weight)
    gradient.add_(x, alpha=2 * weight * sum(2 for axis in (2, 3) if x.shape[axis] > 1))


def _spread(gradient: Tensor, right: Tensor, down: Tensor, weight: float) -> Tensor:
    """Hand each difference back to the two pixels that it is between."""
    gradient[..., 1:].add_(right, alpha=weight)
    gradient[..., :-1].sub_(right, alpha=weight)
    gradient[..., 1:, :].add_(down, alpha=weight)
    gradient[..., :-1, :].sub_(down, alpha=weight)
    return gradient
