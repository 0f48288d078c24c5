"""Traces that a run leaves in a network: in its buffers, its weights and its attributes."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OWN = frozenset({"_parameters", "_buffers", "_modules"})
_SIZED = (list, dict, set, bytearray)


def written(network: nn.Module, copied: nn.Module) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Buffers and weights of a copy that are no longer what they are in the network.

    Args:
        network: the network.
        copied: a copy with tensors of its own, that has run.

    Returns:
        names of buffers, and names of weights; of tensors that were put in the place of others too.
    """
    buffers = _changed(dict(network.named_buffers()), dict(copied.named_buffers()))
    weights = _changed(dict(network.named_parameters()), dict(copied.named_parameters()))
    return buffers, weights


def _changed(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> tuple[str, ...]:
    return tuple(
        name for name in {**before, **after} if name not in before or name not in after or _differ(before, after, name)
    )


def _differ(before: Mapping[str, Tensor], after: Mapping[str, Tensor], name: str) -> bool:
    one, other = before[name].detach(), after[name].detach()
    if one.shape != other.shape or one.dtype != other.dtype:
        return True
    one, other = one.to_dense(), other.to_dense()  # torch compares no sparse ones
    if one.device.type == "meta" or torch.equal(one, other):
        return False
    return not one.is_floating_point() or not torch.equal(one.nan_to_num(), other.nan_to_num())


def attributes(network: nn.Module) -> dict[str, object]:
    """Plain attributes of a network's modules as far as a run could change them: numbers, texts, lengths, writings.

    Tensors that are put in the place of others are left out: networks keep what they gave last, which need not change
    what they give next.
    """
    facts: dict[str, object] = {}
    for name, module in network.named_modules():
        for key, value in vars(module).items():
            if key not in _OWN:
                facts.update(_facts(f"{name}.{key}" if name else key, value))
    return facts


def _facts(name: str, value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, bool | int | float | complex | str | bytes | type(None)):
        yield name, value
    elif isinstance(value, Tensor):
        yield name, (id(value), 0 if value.is_inference() else value._version)  # noqa: SLF001 (torch's own count)
    elif isinstance(value, _SIZED) or (isinstance(value, Sized) and hasattr(value, "append")):
        yield name, len(value)


def grown(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """Attributes that one more run changed, where :func:`attributes` says what they were before and after it."""
    names = []
    for name, fact in after.items():
        other = before.get(name)
        if isinstance(fact, tuple) and isinstance(other, tuple) and fact[0] != other[0]:
            continue  # another tensor: what a module keeps of its last run
        if isinstance(fact, tuple) != isinstance(other, tuple):
            continue  # what was no tensor before the first run
        if name not in before or other != fact:
            names.append(name)
    return tuple(names)
