"""A deep copy of a network that shares its weights, leaves its hooks behind, and fails on nothing else that it holds.

The idea: ``copy.deepcopy`` copies all that a network holds, or fails. But of what a network holds only its modules must
be new: its weights must not be copied, and what cannot be copied (a lock, an open file, a writer of logs) is shared.

How it works (:func:`duplicate`):

1. Every weight that the network holds is entered into deepcopy's memo with an alias, which makes deepcopy believe that
   this is the copy: another tensor over the same memory, which asks for no gradient; every other tensor with a copy,
   for networks write into their buffers as they run. Every table of hooks is entered
   with an empty one, and every module with an empty shell.
2. The shells are filled, attribute by attribute. A function that holds modules in its closure, as a ``forward`` that
   was put on a module in the place of its own, becomes a function that holds the copies.
3. A value that cannot be copied is shared, and told.
4. In the place of what compiles a module, or trains it on several machines, comes a :class:`Wrapper` that runs it.
"""

from __future__ import annotations

import copy
import functools
import types
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.parametrize import is_parametrized

from visualize.methods.errors import InputError
from visualize.methods.network.run.contents import HOOKS, PLAIN, captured, contents, named_globals, wrapped

_CONTAINERS = (dict, OrderedDict, list, tuple, set, frozenset)


@dataclass(frozen=True)
class Duplicate:
    """A copied network, and which of its objects came from which.

    Args:
        network: the copy.
        modules: all modules of the original, with those that only attributes hold.
        memo: id of an object of the original -> the copy's.
        shared: kinds of values that could not be copied, by the attribute: the copy has the original's own.
    """

    network: nn.Module
    modules: tuple[nn.Module, ...]
    memo: dict[int, Any]
    shared: dict[str, str]

    def counterpart(self, value: object) -> object | None:
        """The copy's own object in the place of one that the original holds; None for what it does not hold."""
        found = self.memo.get(id(value))
        return None if found is value else found

    def rebound(self, value: object) -> object:
        """A function, method or object that holds parts of the original, as one that holds those of the copy."""
        return _Copier(self.memo)(value)


class Wrapper(nn.Module):
    """Runs the module that it holds, in the place of one that compiles it or trains it on several machines.

    Args:
        name: under which the module is held.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._inner = name

    def forward(self, *given: Any, **keywords: Any) -> Any:  # noqa: ANN401 (whatever the module takes)
        """Output of the module."""
        return self._modules[self._inner](*given, **keywords)  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (as of :class:`torch.nn.Module`)
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._modules[self._inner], name)


def duplicate(network: nn.Module, *, weights: bool = True) -> Duplicate:
    """Copy a network without its hooks, and without its weights.

    Args:
        network: what is copied.
        weights: share the memory of weights; False copies them too.

    Raises:
        InputError: its weights have no values, or one of its modules refuses to be copied.
    """
    require_modules(network)
    modules, tensors = contents(network)
    _with_values(network)
    memo: dict[int, Any] = {
        id(tensor): _alias(tensor, own=not (weights and isinstance(tensor, nn.Parameter))) for tensor in tensors
    }
    ordinary = [module for module in modules if _ordinary(module)]
    for module in modules:
        memo |= {
            id(table): OrderedDict()
            for name, table in vars(module).items()
            if name in HOOKS and isinstance(table, dict)
        }
    memo |= {id(module): _shell(module) for module in ordinary}
    copier = _Copier(memo)
    try:
        for module in reversed(ordinary):  # what is within another is whole before it
            copier.fill(memo[id(module)], module)
        copied = copier(network)
    except Exception as fault:
        raise InputError(
            f"the network ({type(network).__name__}) cannot be copied to look into it: {fault}; "
            f"remove what it stores beside modules and tensors"
        ) from fault
    return Duplicate(copied, tuple(modules), memo, copier.shared)


def _shell(module: nn.Module) -> nn.Module:
    """A module of the same class that holds nothing yet."""
    inner = wrapped(module)
    if inner is not None:
        return Wrapper(inner)
    shell = module.__new__(type(module))
    nn.Module.__init__(shell)
    return shell


def require_modules(network: object) -> None:
    """Make sure that a network has modules to look at.

    Raises:
        InputError: it is no :class:`torch.nn.Module`, or a program of ``torch.export``.
    """
    operations = network.graph.nodes if isinstance(network, fx.GraphModule) else ()
    exported = type(network).__name__ == "ExportedProgram" or any(
        isinstance(node.target, torch._ops.OpOverload)  # noqa: SLF001 (what torch.export writes down)
        for node in operations
    )
    if exported:
        raise InputError(
            "the network is a program of torch.export, which has operations and no modules: there is no layer to look "
            "at; give the network as it was before, or torch.export.unflatten(program)"
        )
    if not isinstance(network, nn.Module):
        raise InputError(f"a network is a torch.nn.Module, not a {type(network).__name__}")


def _with_values(network: nn.Module) -> None:
    for kind, tensors in (("parameter", network.named_parameters()), ("buffer", network.named_buffers())):
        for name, tensor in tensors:
            if is_lazy(tensor):
                raise InputError(
                    f"the {kind} {name} of the network ({type(network).__name__}) has no shape yet, as in lazy "
                    f"modules; run the network once on an input before looking into it"
                )
            if tensor.is_meta:
                raise InputError(
                    f"the {kind} {name} of the network ({type(network).__name__}) is on the device meta and has no "
                    f"values; load its weights (to_empty, then load_state_dict) before looking into it"
                )


def _alias(tensor: Tensor, *, own: bool) -> Tensor:
    """Another tensor over the same memory, or over its own; it asks for no gradient and has no hooks."""
    if tensor.is_inference() and tensor.layout is torch.strided and not tensor.is_quantized:
        alias = torch.empty(0, dtype=tensor.dtype, device=tensor.device)  # of its own kind, so that it serves gradients
        alias.set_(tensor.untyped_storage(), tensor.storage_offset(), tensor.size(), tensor.stride())
    else:
        alias = tensor.detach()
    if own:
        alias = alias.clone()
    return nn.Parameter(alias, requires_grad=False) if isinstance(tensor, nn.Parameter) else alias


def _ordinary(module: nn.Module) -> bool:
    """Whether a copy of a module is a new object with copies of its attributes: it has no way of its own to copy."""
    kind = type(module)
    if wrapped(module):
        return True
    if is_parametrized(module):  # torch gives its class ways that do just this, or refuse
        return True
    return (
        not hasattr(kind, "__deepcopy__")
        and kind.__reduce_ex__ is object.__reduce_ex__
        and kind.__reduce__ is object.__reduce__
        and getattr(kind, "__getstate__", None) is getattr(nn.Module, "__getstate__", None)
        and not any(vars(base).get("__slots__") for base in kind.__mro__)
    )


class _Copier:
    """Copies values, each once.

    Args:
        memo: id of what was copied -> its copy; filled on.
    """

    def __init__(self, memo: dict[int, Any]) -> None:
        self._memo = memo
        self._attribute = ""
        self.shared: dict[str, str] = {}

    def fill(self, shell: nn.Module, module: nn.Module) -> None:
        """Give an empty module copies of another's attributes."""
        inner = wrapped(module)
        if inner is not None:
            shell.training = module.training
            shell._modules[inner] = self(module._modules[inner])  # noqa: SLF001 (it has no more to hold)
            return
        for name, value in vars(module).items():
            self._attribute = f"{type(module).__name__}.{name}"
            if name != "_compiled_call_impl":  # made for the module itself
                vars(shell)[name] = self(value)

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 (whatever a network holds, each kind in its way)
        """Copy of a value, or the value itself if it cannot be copied."""
        if isinstance(value, PLAIN):
            return value
        if id(value) in self._memo:
            return self._memo[id(value)]
        if type(value) in _CONTAINERS:
            return self._container(value)
        if isinstance(value, types.FunctionType | types.MethodType) or type(value) is functools.partial:
            return self._called(value)
        if isinstance(value, weakref.ref):
            return weakref.ref(self._memo[id(value())]) if id(value()) in self._memo else value
        return self._other(value)

    def _called(self, value: Any) -> Any:  # noqa: ANN401 (whatever can be called)
        if isinstance(value, types.FunctionType):
            return self._function(value) if self._leads(value) else value
        if isinstance(value, types.MethodType):
            return types.MethodType(self(value.__func__), self(value.__self__))
        return self._partial(value)

    def _container(self, value: Any) -> Any:  # noqa: ANN401 (one of the containers)
        if isinstance(value, tuple | frozenset):
            return type(value)(map(self, value))
        copied = self._memo[id(value)] = type(value)()
        if isinstance(value, dict):
            copied.update((self(key), self(held)) for key, held in value.items())
        elif isinstance(value, list):
            copied.extend(map(self, value))
        else:
            copied.update(map(self, value))
        return copied

    def _other(self, value: Any) -> Any:  # noqa: ANN401 (whatever a network holds)
        known = len(self._memo)
        try:
            if isinstance(value, torch.Generator):
                copied = self._memo[id(value)] = torch.Generator(value.device)
                return copied.set_state(value.get_state())
            return copy.deepcopy(value, self._memo)
        except Exception:
            if isinstance(value, nn.Module):
                raise
            for key in list(self._memo)[known:]:  # copies that were begun
                del self._memo[key]
            self.shared[self._attribute] = type(value).__name__
            self._memo[id(value)] = value
            return value

    def _partial(self, value: functools.partial[Any]) -> functools.partial[Any]:
        keywords = {name: self(held) for name, held in value.keywords.items()}
        copied = functools.partial(self(value.func), *map(self, value.args), **keywords)
        vars(copied).update({name: self(held) for name, held in vars(value).items()})
        return copied

    def _function(self, value: types.FunctionType) -> types.FunctionType:
        cells = tuple(types.CellType() for _ in value.__closure__ or ())
        named = {name: held for name, held in named_globals(value).items() if self._leads_itself(held)}
        scope = value.__globals__ | {name: self(held) for name, held in named.items()} if named else value.__globals__
        copied = types.FunctionType(value.__code__, scope, value.__name__, None, cells or None)
        self._memo[id(value)] = copied
        for cell, old in zip(cells, value.__closure__ or (), strict=True):
            try:
                cell.cell_contents = self(old.cell_contents)
            except ValueError:  # a name that is not bound yet
                continue
        copied.__defaults__ = self(value.__defaults__)
        copied.__kwdefaults__ = self(value.__kwdefaults__)
        vars(copied).update(vars(value))
        return copied

    def _leads(self, value: object, seen: frozenset[int] = frozenset()) -> bool:
        """Whether a function, by its closure or by a global name, or a method holds something that has a copy."""
        if self._leads_itself(value):
            return True
        if id(value) in seen or not isinstance(value, types.FunctionType | types.MethodType | functools.partial):
            return isinstance(value, _CONTAINERS) and any(map(self._leads_itself, value))
        seen |= {id(value)}
        if isinstance(value, types.FunctionType):
            return any(self._leads(held, seen) for held in captured(value)) or any(
                map(self._leads_itself, named_globals(value).values())
            )
        if isinstance(value, types.MethodType):
            return self._leads(value.__func__, seen) or self._leads(value.__self__, seen)
        return any(self._leads(held, seen) for held in (value.func, *value.args, *value.keywords.values()))

    def _leads_itself(self, value: object) -> bool:
        owner = value.__self__ if isinstance(value, types.MethodType) else value
        return self._memo.get(id(owner), owner) is not owner
