"""Tensors as weights can be: dense, real, and no larger than what is stored of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from visualize.intake.arrays import FREE, RATIO
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor


_MOST_VALUES = 1 << 48
_MOST = 50_000  # weights of a file; the largest networks have some thousands


def require_few(count: int, path: Path) -> None:
    """Refuse a file of more weights than any network has: each is looked at and fitted by itself.

    Raises:
        InputError: there are too many.
    """
    if count > _MOST:
        raise InputError(f"{path} is of no use: it holds {count:,} weights; at most {_MOST:,} are read")


def require_plain(state: Mapping[str, Tensor], path: Path) -> None:
    """Refuse weights that are complex, sparse or without values, and such as repeat what is stored without bound.

    A tensor's strides may be zero, so that a few bytes stand for terabytes, which the first copy of it would take.

    Raises:
        InputError: a weight is none, which the message names, or there are too many.
    """
    require_few(len(state), path)
    stored: dict[int, int] = {}
    total = 0
    for name, value in state.items():
        fault = _fault(value)
        if fault:
            raise InputError(f"{path} is of no use: {printable(name)} {fault}")
        storage = value.untyped_storage()
        stored[storage.data_ptr()] = storage.nbytes()
        size = value.numel() * value.element_size()
        total += size
        if size > max(FREE, storage.nbytes()):
            raise InputError(
                f"{path} is of no use: {printable(name)} stands for {size:,} bytes, and {storage.nbytes():,} are stored"
            )
    if total > max(FREE, RATIO * sum(stored.values())):
        raise InputError(f"{path} is of no use: its weights share what is stored, and would take {total:,} bytes")


def _fault(value: Tensor) -> str:
    """Why a tensor is no weight; "" if it can be one."""
    if value.layout != torch.strided or value.is_nested:
        return f"is stored sparsely ({str(value.layout).removeprefix('torch.')}); expected a dense tensor"
    if value.is_meta:
        return "has a shape but no values"
    if math.prod(max(side, 1) for side in value.shape) > _MOST_VALUES:  # of which a side of 0 leaves none
        return "has a shape that no weight has"
    if value.is_complex():
        return "holds complex numbers; expected real ones"
    return ""
