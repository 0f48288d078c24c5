"""Random directions instead of units: how interpretable is the basis that a network has?"""

from __future__ import annotations

import torch
from torch import Tensor


def rotation(units: int, power: float, seed: int) -> Tensor | None:
    """A random rotation Q to a power: Q^0 is the identity, Q^1 a rotation drawn uniformly from SO(units).

    Bau et al. 2017, section 3.2: the powers of Q are those of its eigenvalues exp(i theta), -pi < theta < pi, so that
    every power is a rotation on the shortest way from the identity to Q.

    Args:
        units: how many directions.
        power: from 0 (the identity) to 1 (Q itself).
        seed: the seed that Q is drawn with.

    Returns:
        units x units, float64, or None for the identity (power 0, where nothing at all is changed).
    """
    if power == 0 or units < 2:
        return None
    full = _drawn(units, seed)
    if power == 1:
        return full
    # Cayley: (I - Q)(I + Q)^-1 is antisymmetric with eigenvalues -i tan(theta / 2), so i times it is Hermitian.
    unit = torch.eye(units, dtype=torch.float64)
    skew = torch.linalg.solve(unit + full, unit - full)
    tangents, vectors = torch.linalg.eigh(1j * (skew - skew.T) / 2)
    angles = 2 * torch.atan(tangents)
    turned = torch.polar(torch.ones_like(angles), power * angles)
    power_of: Tensor = ((vectors * turned) @ vectors.conj().T).real.contiguous()
    return power_of


def _drawn(units: int, seed: int) -> Tensor:
    """A uniform matrix from SO(units): QR decomposition of a Gaussian one, signs made unique (Mezzadri 2007)."""
    generator = torch.Generator().manual_seed(seed)
    q, r = torch.linalg.qr(torch.randn(units, units, generator=generator, dtype=torch.float64))
    drawn: Tensor = q * torch.sign(torch.diagonal(r))
    if torch.linalg.det(drawn) < 0:
        drawn[:, 0] = -drawn[:, 0]
    return drawn
