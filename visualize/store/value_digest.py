"""Digest of values by what they hold, and of code by what it does, so that what is equal may stand for each other.

The idea: two networks of equal weights differ by the code of their modules, by plain attributes such as a stride, and
by the functions and values that this code names. All of that goes into one digest; what cannot be told apart by its
content (an open file, a generator of random numbers, an object of a library in C) has none.

How it works: a value is written into the digest by its kind, each object once, later by its number. Of a function of
the user's that is its byte code with its constants, its defaults, its closure, and the global values that it names; of
a class its bases and members; of a library's the name, with the library's version.
"""

from __future__ import annotations

import abc
import collections
import enum
import functools
import hashlib
import logging
import sys
import types
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from visualize.methods.network.run.contents import wrapped
from visualize.store.libraries import is_library_file, library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_REPRESENTED = (str, bytes, int, float, complex, bool, type(None), type(...), type(NotImplemented), range, slice,
                torch.dtype, torch.device, torch.layout, torch.memory_format, np.generic, np.dtype)  # fmt: skip
_SKIPPED = frozenset({"__doc__", "__module__", "__dict__", "__weakref__", "__annotations__", "__abstractmethods__",
                      "__firstlineno__", "__static_attributes__", "__orig_bases__", "__parameters__",
                      "__annotations_cache__", "__dataclass_fields__", "__dataclass_params__",
                      "__annotate__", "__annotate_func__", "_abc_impl"})  # fmt: skip
_UNSEEN = frozenset({"training", "_compiled_call_impl"})  # of a module: it runs in evaluation mode, and uncompiled
_OF_USERS = (*_REPRESENTED, types.FunctionType, types.MethodType, functools.partial, type, nn.Module, tuple, dict)
"""Values in the closure of a library's function that a user may have brought there, as to a decorator."""

_KINDS_OF_CLASSES = (type, abc.ABCMeta)
_DEEPEST = 100


class UnidentifiedError(Exception):
    """A value that nothing tells apart from others of its kind."""


def digest_of(*values: object, known: Iterable[Tensor] = ()) -> str:
    """SHA-256 of values.

    Args:
        values: anything.
        known: tensors whose numbers are told apart elsewhere: of them only the shape counts.

    Raises:
        UnidentifiedError: something that they hold cannot be told apart from others.
    """
    digest = _Digest({id(tensor) for tensor in known})
    for value in values:
        digest.add(value)
    return digest.hexdigest()


class _Plain:
    """The size of its objects is that of all which hold nothing but attributes."""


class _Digest:
    def __init__(self, known: set[int]) -> None:
        self._known = known
        self._hash = hashlib.sha256()
        self._seen: dict[int, int] = {}
        self._held: list[object] = []  # so that no other object gets the number of one that is gone
        self._depth = 0

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def add(self, value: object) -> None:
        """Write a value into the digest."""
        if isinstance(value, _REPRESENTED) and not isinstance(value, enum.Enum):
            self._word(type(value).__name__, repr(value))
            return
        if not isinstance(value, tuple):  # equal constants may be one object or several
            if id(value) in self._seen:
                self._word("again", str(self._seen[id(value)]))
                return
            self._seen[id(value)] = len(self._held)
            self._held.append(value)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnidentifiedError("it is nested too deeply")
        for kinds, write in self._ways:
            if isinstance(value, kinds):
                write(self, value)
                break
        else:
            self._object(value)
        self._depth -= 1

    def _word(self, *words: str) -> None:
        for word in words:
            coded = word.encode("utf-8", "surrogatepass")
            self._hash.update(f"{len(coded)}:".encode())
            self._hash.update(coded)

    def _all(self, kind: str, values: Iterable[object]) -> None:
        several = list(values)
        self._word(kind, str(len(several)))
        for value in several:
            self.add(value)

    def _sequence(self, value: Any) -> None:  # noqa: ANN401 (a list or a tuple)
        self._all(type(value).__qualname__, value)

    def _mapping(self, value: Mapping[Any, Any]) -> None:
        self._all(type(value).__qualname__, (part for item in value.items() for part in item))

    def _set(self, value: Any) -> None:  # noqa: ANN401 (a set of either kind)
        self._word("set", *sorted(digest_of(item) for item in value))

    def _member(self, value: enum.Enum) -> None:
        self._word("enum", type(value).__module__, type(value).__qualname__, value.name, repr(value.value))

    def _tensor(self, value: Tensor) -> None:
        self._word("tensor", type(value).__name__, str(tuple(value.shape)), str(value.dtype), str(value.device))
        if id(value) in self._known:
            return
        if value.is_meta or value.layout is not torch.strided or value.is_quantized:
            raise UnidentifiedError("a tensor without plain numbers")
        plain = value.detach().resolve_conj().resolve_neg().cpu().flatten().contiguous()
        self._hash.update(plain.view(torch.uint8).numpy().data)  # no copy: networks may have gigabytes

    def _array(self, value: np.ndarray[Any, Any]) -> None:
        if value.dtype.hasobject:
            raise UnidentifiedError("an array of objects")
        self._word("array", str(value.shape), value.dtype.str)
        self._hash.update(np.ascontiguousarray(value).tobytes())

    def _module(self, value: nn.Module) -> None:
        """Write a module of a network: its class, its forward, and what it holds but for hooks that only watch."""
        if isinstance(value, torch.jit.ScriptModule):
            raise UnidentifiedError("a compiled TorchScript module")
        inner = wrapped(value)
        if inner is not None:  # what compiles a network, or trains it on several machines, runs it as it is
            self._all("wrapped", [value.get_submodule(inner)])
            return
        self._word("module")
        self.add(type(value))
        forward = getattr(type(value), "forward", None)
        if isinstance(forward, types.FunctionType):  # that of a library's class may have been replaced
            self.add(forward)
        for name, held in vars(value).items():
            hooks = "hook" in name and name.startswith("_")
            if name in _UNSEEN or (hooks and name not in {"_forward_hooks", "_forward_pre_hooks"}):
                continue
            self._word(name)
            self._all("hooks", held.values()) if hooks else self.add(held)

    def _graph(self, value: fx.Graph) -> None:
        """Write a traced graph as it is printed, with the functions that it calls."""
        self._word("graph", str(value))
        self._all("calls", (node.target for node in value.nodes if node.op == "call_function"))

    def _function(self, value: types.FunctionType) -> None:
        code = value.__code__
        self._word("function", value.__qualname__)
        held = [*_closure(value), value.__defaults__, value.__kwdefaults__]
        if is_library_file(code.co_filename):
            self._word(value.__module__ or "", library(value.__module__ or "") or "", code.co_name)
            held = [item for item in held if isinstance(item, _OF_USERS)]
        else:
            self._code(code)
            names = set(_names(code))
            held += [part for name in sorted(names) for part in self._global(value, name, names)]
        self._all("holds", held)

    def _global(self, function: types.FunctionType, name: str, names: set[str]) -> list[object]:
        """The global value of a name that a function uses; of a module of the user's, those of its that are used."""
        if name not in function.__globals__:
            return []
        value = function.__globals__[name]
        if isinstance(value, types.ModuleType) and library(value.__name__) is None:
            return [name, *(getattr(value, inner) for inner in sorted(names) if inner in vars(value))]
        return [name, value]

    def _code(self, code: types.CodeType) -> None:
        self._word("code", code.co_code.hex(), *code.co_names, str((code.co_argcount, code.co_kwonlyargcount)))
        self._word(str(code.co_flags), *code.co_freevars, code.co_exceptiontable.hex())
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant)
            else:
                self.add(constant)

    def _class(self, value: type) -> None:
        known = library(value.__module__)
        self._word("class", value.__qualname__)
        if known is not None:
            self._word(value.__module__, known)
            return
        self._all("bases", value.__bases__)
        for name, member in vars(value).items():
            if name not in _SKIPPED:
                self._word(name)
                self.add(member)

    def _method(self, value: types.MethodType) -> None:
        self._all("method", (value.__func__, value.__self__))

    def _partial(self, value: functools.partial[Any]) -> None:
        self._all("partial", (value.func, value.args, value.keywords))

    def _wrapped(self, value: Any) -> None:  # noqa: ANN401 (what a class puts around its functions)
        parts = [getattr(value, name, None) for name in ("fget", "fset", "fdel", "__func__", "func", "__wrapped__")]
        self._all(type(value).__name__, parts)

    def _builtin(self, value: Any) -> None:  # noqa: ANN401 (a function in C)
        owner = getattr(value, "__self__", None)
        plain = owner is None or isinstance(owner, types.ModuleType)
        self._word("builtin", str(getattr(value, "__module__", "")), getattr(value, "__qualname__", repr(value)))
        self._word(torch.__version__, sys.version)
        if not plain:
            self.add(owner)

    def _library(self, value: types.ModuleType) -> None:
        known = library(value.__name__)
        if known is None:
            raise UnidentifiedError(f"the module {value.__name__} as a whole")
        self._word("library", value.__name__, known)

    def _reference(self, value: weakref.ref[Any]) -> None:
        self._all("weak", [value()])

    def _logger(self, value: logging.Logger) -> None:
        self._word("logger", value.name)

    def _object(self, value: object) -> None:
        """Write an object of a class in Python by what it holds.

        Raises:
            UnidentifiedError: it is of a class in C, or keeps to itself what it holds.
        """
        kind = type(value)
        plain = type(kind) in _KINDS_OF_CLASSES and all(base.__flags__ & (1 << 9) for base in kind.__mro__[:-1])
        hides = kind.__basicsize__ > _Plain.__basicsize__  # what is in C alone, as of io.BytesIO from Python 3.12 on
        hides = hides or any(vars(base).get("__slots__") for base in kind.__mro__)
        if not plain or hides or not hasattr(value, "__dict__"):
            raise UnidentifiedError(f"a {kind.__qualname__}")
        self._word("object")
        self.add(kind)
        self._mapping(vars(value))

    _ways: tuple[tuple[Any, Callable[[_Digest, Any], None]], ...] = (
        (enum.Enum, _member),
        ((list, tuple, collections.deque), _sequence),
        ((dict, types.MappingProxyType), _mapping),
        ((set, frozenset), _set),
        (Tensor, _tensor),
        (np.ndarray, _array),
        (fx.Graph, _graph),
        (nn.Module, _module),
        (types.FunctionType, _function),
        (types.MethodType, _method),
        (functools.partial, _partial),
        ((property, staticmethod, classmethod, functools.cached_property, type(functools.cache(len))), _wrapped),
        ((types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType,
          types.ClassMethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType), _builtin),
        (type, _class),
        (types.ModuleType, _library),
        (weakref.ref, _reference),
        (logging.Logger, _logger),
    )  # fmt: skip


def _closure(function: types.FunctionType) -> list[object]:
    held = []
    for cell in function.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # a name that is not bound yet
            held.append("unbound")
    return held


def _names(code: types.CodeType) -> Iterable[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
