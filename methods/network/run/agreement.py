"""Whether two ways of running a network give the same but for rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def agree(given: Tensor | None, wanted: Tensor, *, within: float) -> bool:
    """Whether a tensor is the wanted one up to a share of the largest number in it.

    Args:
        given: of any shape; None where there is none.
        wanted: what it is compared with. Where it holds numbers that are not finite, their places alone are compared.
        within: the share.

    Example:
        >>> agree(torch.tensor([1.0, 100.01]), torch.tensor([1.0, 100.0]), within=1e-3)
        True
    """
    if given is None or given.shape != wanted.shape:
        return False
    if not wanted.is_floating_point():  # yes or no, or counts
        given, wanted = given.double(), wanted.double()
    if not wanted.isfinite().all():
        return bool(torch.equal(given.isfinite(), wanted.isfinite()))
    return bool((given - wanted).abs().amax() <= within * wanted.abs().amax())
