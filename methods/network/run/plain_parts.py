"""Modules and tensors that the nodes of a graph name."""

from __future__ import annotations

from torch import Tensor, nn

Parts = dict[str, nn.Module | Tensor]
"""Module or tensor by the target of a node."""


def plain(part: object, *kinds: type[nn.Module]) -> bool:
    """Whether a part is exactly of one of these classes, with no hook or parametrisation that adds to what it does.

    Args:
        part: of a graph.
        kinds: classes of modules.

    Example:
        >>> plain(nn.ReLU6(), nn.ReLU6), plain(nn.ReLU6(), nn.Hardtanh)
        (True, False)
    """
    return type(part) in kinds and not (part._forward_hooks or part._forward_pre_hooks)  # type: ignore[attr-defined]  # noqa: SLF001
