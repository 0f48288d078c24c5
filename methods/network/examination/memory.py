"""Traces that a run leaves in a network: in its buffers and weights, in its attributes, and in what lies beside it."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.network.examination.facts import Held, facts_of
from visualize.methods.network.run.contents import HOOKS, named_globals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import nn

    from visualize.methods.network.examination.facts import Fact, Facts

_OWN = HOOKS | {"_parameters", "_buffers", "_modules"}
_LIBRARIES = frozenset({"torch", "torchvision", "timm", "numpy", "builtins", "typing", "functools", "visualize"})


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


def attributes(network: nn.Module) -> Facts:
    """Facts about what a network's modules hold, and so has a copy of it, as far as a run could change it.

    Numbers, texts, lengths, tensors and generators, also within lists, dictionaries and objects.
    """
    known: Facts = {}
    seen = {id(module) for module in network.modules()}
    for name, module in network.named_modules():
        for key, value in vars(module).items():
            if key not in _OWN:
                facts_of(f"{name}.{key}" if name else key, value, known, seen)
    return known


def outside(network: nn.Module) -> Facts:
    """Facts about what a network's own code reaches beside it, and no copy has: its classes, closures and globals."""
    known: Facts = {}
    modules = list(network.modules())
    seen = {id(module) for module in modules}
    for kind in dict.fromkeys(base for module in modules for base in type(module).__mro__):
        _of_class(kind, known, seen)
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, types.FunctionType):
                _of_code(value, known, seen)
    return known


def _of_code(function: types.FunctionType, known: Facts, seen: set[int]) -> None:
    """Facts about what a function holds or names, and the functions that it calls by name."""
    if id(function) in seen or _is_library(function.__module__):
        return
    seen.add(id(function))
    for key, value in vars(function).items():
        facts_of(f"{function.__qualname__}.{key}", value, known, seen)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            _named(name, cell.cell_contents, known, seen)
        except ValueError:  # a name that is not bound yet
            continue
    for name, value in named_globals(function).items():
        _named(name, value, known, seen)


def _of_class(kind: type, known: Facts, seen: set[int]) -> None:
    """Facts about what a class holds, and what its methods name."""
    if id(kind) in seen or _is_library(kind.__module__):
        return
    seen.add(id(kind))
    for key, value in vars(kind).items():
        if isinstance(value, types.FunctionType):
            _of_code(value, known, seen)
        elif not key.startswith("__"):
            facts_of(f"{kind.__name__}.{key}", value, known, seen)


def _named(name: str, value: object, known: Facts, seen: set[int]) -> None:
    if isinstance(value, types.FunctionType):
        _of_code(value, known, seen)
    elif isinstance(value, type):
        _of_class(value, known, seen)
    else:
        facts_of(name, value, known, seen)


def _is_library(name: str | None) -> bool:
    """Whether code is torch's or that of a package beside it, which keeps no state of a network."""
    return (name or "").partition(".")[0] in _LIBRARIES


def grown(before: Facts, after: Facts) -> tuple[str, ...]:
    """Attributes that one more run changed, of which facts say what they were before and after it.

    Tensors that were put in the place of others are left out: networks keep what they gave last, which need not change
    what they give next.
    """
    return _owners(key for key, fact in after.items() if _changes(before.get(key), fact, first=not key[1]))


def replaced(before: Facts, after: Facts) -> tuple[str, ...]:
    """Attributes in which a run put another tensor, of other numbers, in the place of one."""
    return _owners(
        key
        for key, fact in after.items()
        if isinstance(fact, Held) and isinstance(other := before.get(key), Held) and fact.replaces(other)
    )


def _changes(before: Fact | None, fact: Fact, *, first: bool) -> bool:
    if isinstance(fact, Held) and isinstance(before, Held):
        return fact.rewrites(before)
    if isinstance(fact, Held) or isinstance(before, Held):
        return before is None and first  # what was no tensor before the first run
    return before != fact and (before is not None or first)  # of what was put into a list its length tells


def _owners(keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(owner for owner, _ in keys))
