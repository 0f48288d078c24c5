"""How often a tensor was written into."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def tensor_version(tensor: Tensor) -> int:
    """How often a tensor was overwritten, as torch counts it; 0 for tensors of inference mode, which have no count.

    Example:
        >>> import torch
        >>> values = torch.zeros(2)
        >>> values.add_(1).mul_(2), tensor_version(values)
        (tensor([2., 2.]), 2)
    """
    return 0 if tensor.is_inference() else tensor._version  # noqa: SLF001 (torch has no other name for it)
