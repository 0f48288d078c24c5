"""All modules and tensors that a network holds: registered, in attributes, in their lists, objects and closures."""

from __future__ import annotations

import functools
import gc
import logging
import types
import weakref
from collections import deque
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


HOOKS = frozenset(name for name in vars(nn.Module()) if "hook" in name)
"""Attributes of a module in which torch keeps its hooks: forward, backward, of state dictionaries, and their flags."""
PLAIN = (str, bytes, int, float, complex, type(None), type, types.ModuleType, types.BuiltinFunctionType, torch.dtype)
"""Kinds of values that hold nothing that can be changed."""
_CLOSED = (types.FrameType, types.GeneratorType, types.CodeType, types.CoroutineType, weakref.ref, logging.Logger)
_MOST = 200_000  # objects that are looked into: a data set that a network holds is not read to its end


def contents(network: nn.Module) -> tuple[list[nn.Module], list[Tensor]]:
    """List the modules and tensors that a network holds, each once, the registered ones first.

    Args:
        network: looked at only; its hooks are passed over, with what they hold.
    """
    modules: list[nn.Module] = []
    tensors: list[Tensor] = []
    seen: set[int] = set()
    waiting: deque[object] = deque([network])
    while waiting and len(seen) < _MOST:
        value = waiting.popleft()
        if id(value) in seen or isinstance(value, PLAIN):
            continue
        seen.add(id(value))
        if isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, nn.Module):
            modules.append(value)
            inner = wrapped(value)
            if inner is not None:
                waiting.append(value._modules[inner])  # noqa: SLF001 (of what compiles it nothing is needed)
                continue
            waiting.extend(held for name, held in vars(value).items() if name not in HOOKS)
        else:
            waiting.extend(_within(value))
    return modules, tensors


def wrapped(module: nn.Module) -> str | None:
    """Name of the module within one that only compiles it, or trains it on several machines; None for any other."""
    if type(module).__name__ == "OptimizedModule" and "_orig_mod" in module._modules:  # noqa: SLF001 (of torch.compile)
        return "_orig_mod"
    return "module" if isinstance(module, nn.parallel.DistributedDataParallel) else None


def _within(value: object) -> Iterable[object]:
    if isinstance(value, types.FunctionType):
        return captured(value)
    if isinstance(value, types.MethodType):
        return value.__self__, value.__func__
    if isinstance(value, functools.partial):
        return value.func, *value.args, *value.keywords.values()
    return () if isinstance(value, _CLOSED) else gc.get_referents(value)


def captured(function: types.FunctionType) -> Iterator[object]:
    """Values that a function brings with it: those in its closure, and the defaults of its parameters."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()


def named_globals(function: types.FunctionType) -> dict[str, object]:
    """Global values that a function names, itself or in a function within it; a few that it does not may be among them.

    Names of attributes are told apart from names of globals by their values alone: what is no global is left out.
    """
    waiting, names = [function.__code__], set[str]()
    while waiting:
        code = waiting.pop()
        names.update(code.co_names)
        waiting.extend(inner for inner in code.co_consts if isinstance(inner, types.CodeType))
    return {name: function.__globals__[name] for name in sorted(names) if name in function.__globals__}
