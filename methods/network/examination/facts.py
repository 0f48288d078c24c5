"""Facts about values that a network holds, by which it shows whether a run changed them."""

from __future__ import annotations

import functools
import logging
import random
import types
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from visualize.methods.network.tensor_version import tensor_version

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEEPEST = 5  # lists in lists in objects
_MOST = 20_000  # facts in all: a data set that a network holds is not read to its end
_READ = 4096  # numbers of a tensor, or items of a list, that are read

_STILL = (
    type, types.ModuleType, types.BuiltinFunctionType, types.FrameType, types.GeneratorType, types.CodeType,
    types.CoroutineType, weakref.ref, logging.Logger, torch.dtype, torch.device, nn.Parameter,
)  # kinds of values that hold nothing that changes, or nothing that is not looked at elsewhere  # fmt: skip

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_CONTAINERS = (list, tuple, deque, dict, set, frozenset, bytearray)
_GENERATORS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)

Key = tuple[str, str]
"""An attribute, and where within it."""


@dataclass(frozen=True)
class Held:
    """A tensor or an array that something holds.

    Args:
        item: itself, so that no other one can come by its place in memory.
        version: how often torch counted a change of it.
        numbers: its bytes; None where it is long.
    """

    item: object = field(compare=False)
    version: int
    numbers: bytes | None

    def rewrites(self, before: Held) -> bool:
        """Whether it is the same object with something else in it."""
        return self.item is before.item and self != before

    def replaces(self, before: Held) -> bool:
        """Whether it is another object with other numbers."""
        return self.item is not before.item and self.numbers != before.numbers


Fact = bool | int | float | complex | str | bytes | Held | None
Facts = dict[Key, Fact]


def facts_of(owner: str, value: object, known: Facts, seen: set[int], path: str = "") -> None:
    """Note facts about a value and what it holds.

    Args:
        owner: what the value is called.
        value: anything.
        known: facts so far, added to.
        seen: identities of objects that are passed over, added to.
        path: where within the owner the value is.
    """
    if len(known) >= _MOST or path.count("/") > _DEEPEST or isinstance(value, _STILL):
        return
    if isinstance(value, _PLAIN):
        known[owner, path] = value if value == value else "nan"  # noqa: PLR0124 (what is no number differs from itself)
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    fact = _fact(value)
    if fact is not None:
        known[owner, path] = fact
    for name, item in _parts(value):
        facts_of(owner, item, known, seen, f"{path}/{name}")


def _fact(value: object) -> Fact:
    """Fact about a value itself; None where only its parts tell."""
    if isinstance(value, np.generic):
        return repr(value)
    if isinstance(value, Tensor | np.ndarray):
        return _held(value)
    if isinstance(value, _GENERATORS):
        return _state(value)
    if isinstance(value, _CONTAINERS):
        return f"{type(value).__name__} of {len(value)}"
    if type(value).__module__ == "itertools":
        return repr(value)  # as of a count
    return _length(value) if hasattr(type(value), "append") else None


def _held(value: Tensor | np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Held:
    if isinstance(value, np.ndarray):
        return Held(value, 0, value.tobytes() if value.size <= _READ else None)
    plain = value.layout is torch.strided and not value.is_quantized and value.device.type != "meta"
    plain = plain and type(value).__name__ != "FakeTensor"  # in exported programs: to ask for its size can settle it
    short = plain and value.numel() <= _READ
    return Held(value, tensor_version(value), repr(value.detach().flatten().tolist()).encode() if short else None)


def _state(generator: torch.Generator | np.random.Generator | np.random.RandomState | random.Random) -> bytes:
    if isinstance(generator, torch.Generator):
        return bytes(generator.get_state().numpy())
    if isinstance(generator, random.Random):
        return b"" if isinstance(generator, random.SystemRandom) else repr(generator.getstate()).encode()
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state).encode()
    return repr(generator.get_state()).encode()


def _length(value: object) -> int:
    try:
        return len(value)  # type: ignore[arg-type]
    except TypeError:
        return 0


def _parts(value: object) -> Iterable[tuple[object, object]]:
    """Parts that a value holds, each with a name within it; code holds nothing of which a copy has its own."""
    if isinstance(value, dict):
        pairs = list(value.items())[:_READ]
        return [(name if isinstance(name, str | int) else place, item) for place, (name, item) in enumerate(pairs)]
    if isinstance(value, list | tuple | deque):
        return list(enumerate(value))[:_READ]
    if isinstance(value, types.MethodType):
        return [("self", value.__self__)]
    if isinstance(value, functools.partial):
        return [("func", value.func), ("args", value.args), ("keywords", value.keywords)]
    held = () if isinstance(value, (types.FunctionType, Tensor, np.ndarray)) else getattr(value, "__dict__", ())
    return list(held.items()) if isinstance(held, dict) else []
