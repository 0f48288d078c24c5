"""Records as trees of plain values beside a list of arrays, and back: nothing but numbers, words and our own records.

A value of JSON stands for itself; every other kind is an object with one entry, whose name says what it is:

- ``tuple`` and ``list``: their items; ``map``: pairs of keys and values;
- ``float``: the words of a number that JSON has none for (``nan``, ``inf``);
- ``tensor``, ``array``, ``number``: the place of the array in the list; of a tensor whose numbers numpy does not know,
  those of the bits, and its type;
- ``record``: a frozen dataclass of this program: its module, its name and its fields;
- ``choice``: a member of an enumeration of this program: its module, the enumeration's name and the member's;
- ``images``: the probe set of the call, which is not stored.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import math
import re
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

_BITS = {torch.bfloat16: torch.int16}
_CONTAINERS = (tuple, list, dict, MappingProxyType)
_DEEPEST = 32
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class NotPlainError(Exception):
    """A value that no tree can hold, or a tree that no value gives."""


@dataclasses.dataclass
class Writer:
    """Writes values as trees, and gathers their arrays.

    Args:
        images: the probe set that values may speak of.
        packages: dotted beginnings of the modules whose records may be written.
    """

    images: object
    packages: tuple[str, ...]
    arrays: list[NDArray[Any]] = dataclasses.field(default_factory=list)

    def tree(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 (any value, and JSON)
        """A value as a tree.

        Raises:
            NotPlainError: there is something in it that cannot be written.
        """
        if depth > _DEEPEST:
            raise NotPlainError("too deep")
        kind = type(value)
        if value is None or kind in {bool, int, str} or (kind is float and math.isfinite(value)):
            return value
        if value is self.images:
            return {"images": None}
        if kind is float:
            return {"float": repr(value)}
        if isinstance(value, Tensor | np.ndarray | np.generic):
            return self._numbers(value)
        return self._container(value, depth) if kind in _CONTAINERS else self._record(value, depth)

    def _container(self, value: Any, depth: int) -> dict[str, Any]:  # noqa: ANN401 (one of a few kinds)
        kind = type(value)
        if kind in {tuple, list}:
            return {kind.__name__: [self.tree(item, depth + 1) for item in value]}
        pairs = [[self.tree(key, depth + 1), self.tree(item, depth + 1)] for key, item in value.items()]
        return {"map": [kind is dict, pairs]}

    def _numbers(self, value: Tensor | NDArray[Any] | np.generic) -> dict[str, Any]:
        if isinstance(value, np.generic):
            return {"number": self._add(np.asarray(value))}
        if isinstance(value, np.ndarray):
            return {"array": self._add(value)}
        if type(value) is not Tensor or value.device.type != "cpu" or value.layout is not torch.strided:
            raise NotPlainError(f"a {type(value).__name__} on {value.device}")
        bits = _BITS.get(value.dtype)
        plain = value.detach() if bits is None else value.detach().view(bits)
        return {"tensor": [self._add(plain.numpy()), str(value.dtype).removeprefix("torch.")]}

    def _add(self, array: NDArray[Any]) -> int:
        if array.dtype.hasobject:
            raise NotPlainError("an array of objects")
        self.arrays.append(array)
        return len(self.arrays) - 1

    def _record(self, value: Any, depth: int) -> dict[str, Any]:  # noqa: ANN401 (a record)
        kind = type(value)
        if isinstance(value, enum.Enum) and _is_within(kind.__module__, self.packages):
            return {"choice": [kind.__module__, kind.__qualname__, value.name]}
        if not _may_be(kind, self.packages):
            raise NotPlainError(f"a {kind.__name__}")
        return {"record": [kind.__module__, kind.__qualname__, self.fields(value, depth=depth)]}

    def fields(self, value: Any, *, but: Collection[str] = (), depth: int = 0) -> dict[str, Any]:  # noqa: ANN401
        """The fields of a record as trees, by name.

        Args:
            value: the record.
            but: fields that are left out.
            depth: of the record within others.

        Raises:
            NotPlainError: one of them cannot be written.
        """
        names = (item.name for item in dataclasses.fields(value) if item.name not in but)
        return {name: self.tree(getattr(value, name), depth + 1) for name in names}


@dataclasses.dataclass(frozen=True)
class Reader:
    """Reads values from the trees that a :class:`Writer` wrote.

    Args:
        images: the probe set that values speak of.
        packages: dotted beginnings of the modules whose records may be read.
        arrays: those that the writer gathered.
    """

    images: object
    packages: tuple[str, ...]
    arrays: Sequence[NDArray[Any]]

    def value(self, tree: Any, depth: int = 0) -> Any:  # noqa: ANN401 (JSON, and any value)
        """The value that a tree was written of.

        Raises:
            NotPlainError: no value gives such a tree.
        """
        if depth > _DEEPEST:
            raise NotPlainError("too deep")
        if not isinstance(tree, dict):
            if isinstance(tree, list):
                raise NotPlainError("a list without a kind")
            return tree
        try:
            ((kind, held),) = tree.items()
            return self._of(kind, held, depth)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError) as fault:
            raise NotPlainError(str(fault)) from fault

    def _of(self, kind: str, held: Any, depth: int) -> Any:  # noqa: ANN401 (JSON, and any value)
        ways: dict[str, Callable[[], Any]] = {
            "tuple": lambda: tuple(self.value(item, depth + 1) for item in held),
            "list": lambda: [self.value(item, depth + 1) for item in held],
            "map": lambda: self._map(held, depth),
            "float": lambda: float(held),
            "images": lambda: self.images,
            "number": lambda: self.arrays[held][()],
            "array": lambda: self.arrays[held],
            "tensor": lambda: self._tensor(*held),
            "record": lambda: self._record(held, depth),
            "choice": lambda: self._choice(*held),
        }
        return ways[kind]()

    def _map(self, held: Any, depth: int) -> Any:  # noqa: ANN401 (JSON)
        own, pairs = held
        read = {self.value(key, depth + 1): self.value(item, depth + 1) for key, item in pairs}
        return read if own else MappingProxyType(read)

    def _tensor(self, place: int, name: str) -> Tensor:
        tensor = torch.from_numpy(self.arrays[place])
        return tensor.view(next((known for known in _BITS if str(known) == f"torch.{name}"), tensor.dtype))

    def _record(self, held: Any, depth: int) -> Any:  # noqa: ANN401 (JSON)
        module, name, fields = held
        made = {field: self.value(item, depth + 1) for field, item in fields.items()}
        return record_kind(module, name, self.packages)(**made)

    def _choice(self, module: str, name: str, member: str) -> enum.Enum:
        kind = _class_in(module, name, self.packages)
        if not issubclass(kind, enum.Enum) or not _is_within(kind.__module__, self.packages):
            raise NotPlainError(f"{name} is no enumeration")
        return kind[member]


def record_kind(module: str, name: str, packages: tuple[str, ...]) -> Any:  # noqa: ANN401 (a class of records)
    """The class of a record, which lies in one of the packages and is loaded from nowhere else.

    Raises:
        NotPlainError: there is no such class, or it makes no records.
    """
    held = _class_in(module, name, packages)
    if not _may_be(held, packages):
        raise NotPlainError(f"{name} is no record")
    return held


def _class_in(module: str, name: str, packages: tuple[str, ...]) -> type:
    """A class by its name in a module of the packages."""
    if not _NAME.fullmatch(module) or not _NAME.fullmatch(name) or not _is_within(module, packages):
        raise NotPlainError(f"a record of {module}")
    try:
        held: Any = sys.modules.get(module) or importlib.import_module(module)
    except ImportError as fault:
        raise NotPlainError(f"there is no {module}") from fault
    for part in name.split("."):
        held = getattr(held, part)
    if not isinstance(held, type):
        raise NotPlainError(f"{name} is no class")
    return held


def _may_be(kind: type, packages: tuple[str, ...]) -> bool:
    """Whether a class makes records that its fields alone make up."""
    frozen = dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return frozen and _is_within(kind.__module__, packages) and all(item.init for item in dataclasses.fields(kind))


def _is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
