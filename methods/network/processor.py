"""Abilities of the processor at hand, as torch tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping


def capabilities() -> Mapping[str, Any]:
    """Abilities of the processor by name, such as ``avx512_bf16`` and ``amx_bf16``, and its ``cpu_name``.

    Versions of torch that do not list them (2.6 is one) tell only of products in bfloat16, and no name.

    Example:
        >>> isinstance(capabilities().get("avx512_bf16", False), bool)
        True
    """
    listed = getattr(torch.cpu, "get_capabilities", None)
    if listed is not None:
        told: Mapping[str, Any] = listed()
        return told
    asked = {"avx512_bf16": "_is_avx512_bf16_supported", "amx_bf16": "_is_amx_tile_supported"}
    return {name: bool(getattr(torch.cpu, ask, bool)()) for name, ask in asked.items()}
