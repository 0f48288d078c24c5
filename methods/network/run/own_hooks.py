"""Which hooks are part of what a network computes, and which are the user's.

The idea: torch gives everyone the same hooks. Weight norm and pruning make a layer's weights in one; a wrapper that
gathers the features of a network reads what its hooks kept; and the user's own hooks watch. The first two must run
where the network is looked into, on the twin's own weights and features. The last must not: a list that they fill would
grow by what we do.

The rule: a hook is the network's own if it changes what the network computes, or keeps something for it, and all that
it holds is the network's own. It holds the object whose method it is, its closure, the defaults of its parameters, and
the global values that it names. The network's own are its modules, what they hold, and whatever cannot be changed, such
as names and numbers.

- Weight norm, spectral norm and pruning hold names and numbers, and set a weight: they run.
- A method of one of the network's modules, or of an object that a module holds, runs on the twin's.
- A function that gives back another output, and holds numbers or tensors that it only reads, runs.
- A hook that keeps what it sees in a list of the user's, or in an object of the user's, does not run.
- A hook on gradients never runs: it changes no activation, and what we call a gradient is the network's derivative.

Where one that does not run may change what the network computes, the user is told in a line. Whether it may is read
from its byte code, for calling it would be what must not happen: one that gives back nothing and writes into nothing
that it is given may not.
"""

from __future__ import annotations

import enum
import functools
import types
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from visualize.methods.network.run.byte_code import gives, rebinds, stores, writes
from visualize.methods.network.run.contents import PLAIN, captured, named_globals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OF_TORCH = (WeightNorm, SpectralNorm, BasePruningMethod)
_FIXED = (*PLAIN, enum.Enum, torch.device, torch.Size, torch.layout, torch.memory_format, range, slice, Tensor)


def is_own(hook: object, held: Callable[[object], bool]) -> bool:
    """Whether a forward hook is part of what the network computes.

    Args:
        hook: as it was registered; looked at only.
        held: says of an object whether the network holds it.
    """
    if isinstance(hook, _OF_TORCH):
        return True
    holds = list(_holdings(hook))
    if not all(held(value) or _fixed(value) for value in holds) or any(rebinds(body) for body, _ in _bodies(hook)):
        return False
    return may_change(hook) or (any(map(held, holds)) and any(stores(body) for body, _ in _bodies(hook)))


def may_change(hook: object) -> bool:
    """Whether a hook may change what the network computes: it may give something back, or write into what it is given.

    Args:
        hook: looked at only; one that is no Python function may.
    """
    bodies = list(_bodies(hook))
    return not bodies or any(gives(body, own) or writes(body, own) for body, own in bodies)


def may_give(hook: object) -> bool:
    """Whether a hook may give something back, which then stands in the place of what it was given."""
    bodies = list(_bodies(hook))
    return not bodies or any(gives(body, own) for body, own in bodies)


def _bodies(hook: object) -> Iterator[tuple[types.FunctionType, bool]]:
    """Python function that a hook comes to, if it comes to one, and whether its first parameter is its own object."""
    if isinstance(hook, functools.partial):
        yield from _bodies(hook.func)
    elif isinstance(hook, types.MethodType):
        yield from ((body, True) for body, _ in _bodies(hook.__func__))
    elif isinstance(hook, types.FunctionType):
        yield hook, False
    elif isinstance(call := getattr(type(hook), "__call__", None), types.FunctionType):  # noqa: B004 (its class's own)
        yield call, True


def _holdings(hook: object) -> Iterator[object]:
    """Values that a hook brings with it, and those that the functions bring which it names."""
    waiting: list[object] = [hook]
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, functools.partial):
            waiting += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, types.MethodType):
            waiting += [value.__self__, value.__func__]
        elif isinstance(value, types.FunctionType):
            if not str(value.__module__).startswith("torch."):
                waiting += [*captured(value), *named_globals(value).values()]
        elif value is hook:  # an object that is called
            waiting += [*(body for body, _ in _bodies(hook)), *getattr(hook, "__dict__", {}).values()]
        else:
            yield value


def _fixed(value: object) -> bool:
    """Whether nobody changes a value; tensors are counted among them, for hooks rarely write into their own."""
    return all(map(_fixed, value)) if isinstance(value, tuple | frozenset) else isinstance(value, _FIXED)
