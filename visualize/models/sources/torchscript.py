"""Networks saved by ``torch.jit.save``: run layer by layer, so that one can look into them.

A loaded TorchScript network takes no hooks: its modules call each other within compiled code. Here every module that
is made of others is run operation by operation from its own graph, and calls its parts through Python; the parts at the
bottom stay compiled, but for rectifiers, which ways of looking give gradients of their own. A module whose graph holds
what is not known here stays compiled as a whole, and only its output can be looked at.
"""

from __future__ import annotations

import functools
import operator
import warnings
import zipfile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import fx, nn

from visualize.methods.errors import InputError, one_line
from visualize.methods.network.rectifiers.kinds import SCRIPTED
from visualize.methods.reference import Reference
from visualize.models import trust
from visualize.models.model_entry import ModelEntry
from visualize.models.sources.user_function import IMAGENET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


NETWORK = Reference(__name__, "network")
_CALLS: dict[str, Callable[..., Any]] = {
    "prim::ListUnpack": lambda values: values,
    "prim::TupleUnpack": lambda values: values,
    "prim::ListConstruct": lambda *values: list(values),
    "prim::TupleConstruct": lambda *values: tuple(values),
    "prim::NumToTensor": torch.as_tensor,
    "aten::Int": int,
    "aten::Float": float,
    "aten::len": len,
    "aten::__is__": operator.is_,
    "aten::__isnot__": operator.is_not,
    "aten::__not__": operator.not_,
    "aten::__getitem__": operator.getitem,
    "prim::CallFunction": lambda function, *values: function(*values),
}
_FUNCTIONAL = "__torch__.torch.nn.functional."
_SELF = "the name under which a graph knows the module that it belongs to"
_SPREADS = {"prim::ListUnpack", "prim::TupleUnpack"}
_HANDLED = {"prim::Constant", "prim::GetAttr", "prim::CallMethod", "prim::If"}


def is_scripted(path: Path) -> bool:
    """Whether a file is an archive that ``torch.jit.save`` wrote."""
    try:
        with zipfile.ZipFile(path) as held:
            return any("/code/" in name for name in held.namelist())
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def scripted_entry(name: str) -> ModelEntry:
    """The catalogue entry of a TorchScript file, prepared as for ImageNet."""
    return ModelEntry(
        name=name,
        title="a TorchScript network of your own",
        task="",
        architecture=NETWORK,
        arguments=MappingProxyType({"path": name}),
        preparation=IMAGENET,
        notes=("prepared as for ImageNet: a TorchScript file does not say otherwise",),
    )


def network(path: str) -> nn.Module:
    """The network of a TorchScript file, its parts under their own names.

    Loading runs the file's own ``__setstate__``, and a graph can write any file (``torch.from_file``) or loop for ever.

    Raises:
        InputError: the user does not trust the file, or it is damaged.
    """
    trust.require(f"{path} is a TorchScript file, which holds code that would run")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch would have networks saved otherwise: too late here
            loaded = torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as fault:
        reason = one_line(fault)[:160]
        raise InputError(f"{path} is no complete TorchScript file ({reason})") from fault
    for parameter in loaded.parameters():
        parameter.requires_grad_(requires_grad=False)
    return _part(loaded)


def opened(network: nn.Module) -> nn.Module:
    """A network that can be looked into, its TorchScript modules replaced by parts; a network without any as it is.

    Args:
        network: a user's network. Modules within it are replaced in place, by parts that share their weights.
    """
    if isinstance(network, torch.jit.ScriptModule):
        return _part(network)
    for name, child in network.named_children():
        part = opened(child)
        if part is not child:
            setattr(network, name, part)
    return network


def _part(script: Any) -> Part:  # noqa: ANN401 (a RecursiveScriptModule, which torch does not type)
    """A part whose class is called as the module's was, for lists of layers name the classes of modules."""
    return _class(str(getattr(script, "original_name", Part.__name__)))(script)


@functools.cache
def _class(name: str) -> type[Part]:
    return type(name, (Part,), {})


class _Held:
    """A loaded module, which copies of a :class:`Part` share: it is frozen, and a copy would hold its weights again."""

    def __init__(self, script: Any) -> None:  # noqa: ANN401 (a RecursiveScriptModule, which torch does not type)
        self.script = script

    def __deepcopy__(self, memo: dict[int, object]) -> _Held:
        return self


class Part(nn.Module):
    """A module of a TorchScript network, run layer by layer.

    Args:
        script: the loaded module.
    """

    def __init__(self, script: Any) -> None:  # noqa: ANN401 (a RecursiveScriptModule, which torch does not type)
        super().__init__()
        self._held = _Held(script)  # so that torch does not take it for a part of this one
        self._transparent = _known(script, "forward") and (bool(list(script.children())) or _rectifies(script))
        for name, value in script.named_parameters(recurse=not self._transparent):
            self.register_parameter(name.replace(".", "_"), nn.Parameter(value.detach(), requires_grad=False))
        for name, value in script.named_buffers(recurse=not self._transparent):
            self.register_buffer(name.replace(".", "_"), value.detach())
        if self._transparent:
            for name, child in script.named_children():
                self.add_module(name, _part(child))

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Part:  # noqa: FBT001, FBT002 (torch's)
        self._held.script._apply(fn, recurse)  # noqa: SLF001 (as torch moves the parts of a module)
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def forward(self, *inputs: Any, method: str = "forward") -> Any:  # noqa: ANN401 (what the network takes and gives)
        """The result of a method of the module.

        Raises:
            TypeError: torch.fx tries to trace it, which the graphs that are run here are not for.
        """
        if any(isinstance(value, fx.Proxy) for value in (*inputs, method)):
            raise TypeError("a TorchScript network is run as it is")
        script = self._held.script
        if not self._transparent:
            return script._c._get_method(method)(*inputs)  # noqa: SLF001 (a second run is compiled as "forward1")
        graph = _graph(script, method)
        names = [value.debugName() for value in graph.inputs()]
        return _run(graph, {_SELF: names[0], **dict(zip(names, (self, *inputs), strict=False))})


def _run(block: Any, values: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's graphs are not typed)
    """Run a graph, or a block of it, operation by operation."""
    for node in block.nodes():
        results = _result(node, values)
        names = [value.debugName() for value in node.outputs()]
        several = len(names) != 1 or node.kind() in _SPREADS | {"prim::If"}
        values.update(zip(names, results if several and results is not None else [results], strict=False))
    outputs = [values[value.debugName()] for value in block.outputs()]
    return outputs[0] if len(outputs) == 1 else outputs


def _result(node: Any, values: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's graphs are not typed)
    """The result of a single operation, from the values that are known so far."""
    kind = node.kind()
    inputs = [values[value.debugName()] for value in node.inputs()]
    if kind == "prim::Constant":
        return _function(node) or node.output().toIValue()
    if kind == "prim::GetAttr":
        return _attribute(inputs[0], node.s("name"))
    if kind == "prim::CallMethod":
        owner, *given = inputs
        inside = node.inputsAt(0).debugName() == values[_SELF]
        return owner.forward(*given, method=node.s("name")) if inside else owner(*given, method=node.s("name"))
    if kind == "prim::If":
        taken = list(node.blocks())[0 if inputs[0] else 1]
        outputs = _run(taken, values)
        return [outputs] if len(list(taken.outputs())) == 1 else outputs
    return _CALLS[kind](*inputs) if kind in _CALLS else _operation(node, inputs)


def _operation(node: Any, inputs: list[Any]) -> Any:  # noqa: ANN401 (torch's graphs are not typed)
    """The result of an operation of torch, by the very overload that the graph names; rectifiers run as functions."""
    schema = torch._C.parse_schema(node.schema())  # noqa: SLF001 (what the graph says of the operation)
    plain = [value for value, slot in zip(inputs, schema.arguments, strict=True) if not slot.kwarg_only]
    named = {slot.name: value for value, slot in zip(inputs, schema.arguments, strict=True) if slot.kwarg_only}
    if schema.name in SCRIPTED and not schema.overload_name:
        return SCRIPTED[schema.name](*plain, **named)
    packet = getattr(torch.ops.aten, schema.name.removeprefix("aten::"))
    return getattr(packet, schema.overload_name or "default")(*plain, **named)


def _function(node: Any) -> Callable[..., Any] | None:  # noqa: ANN401 (torch's graphs are not typed)
    """The function of torch.nn.functional that a constant stands for, if it is one."""
    kind = node.output().type()
    if kind.kind() != "FunctionType" or not kind.annotation_str.startswith(_FUNCTIONAL):
        return None
    function: Callable[..., Any] | None = getattr(F, kind.annotation_str.removeprefix(_FUNCTIONAL), None)
    return function


def _attribute(owner: Part, name: str) -> Any:  # noqa: ANN401 (a part, a tensor or a setting)
    part = owner._modules.get(name)  # noqa: SLF001 (a name like "0" is no attribute)
    return part if part is not None else getattr(owner._held.script, name)  # noqa: SLF001


def _graph(script: Any, method: str) -> Any:  # noqa: ANN401 (torch's graphs are not typed)
    return script._c._get_method(method).graph  # noqa: SLF001 (the only way to any method but forward)


def _known(script: Any, method: str) -> bool:  # noqa: ANN401 (torch's graphs are not typed)
    """Whether every operation of a method's graph is known here."""
    try:
        graph = _graph(script, method)  # held, for its nodes do not keep it alive
        return all(map(_known_node, graph.nodes()))
    except RuntimeError:
        return False


def _rectifies(script: Any) -> bool:  # noqa: ANN401 (torch's graphs are not typed)
    """Whether a module at the bottom calls functions alone, as activations do."""
    graph = _graph(script, "forward")
    kinds = {node.kind() for node in graph.nodes()} - {"prim::Constant", "prim::GetAttr"}
    return bool(kinds) and kinds <= {"prim::CallFunction", *SCRIPTED}


def _known_node(node: Any) -> bool:  # noqa: ANN401 (torch's graphs are not typed)
    kind: str = node.kind()
    if kind == "prim::Constant":
        return node.output().type().kind() != "FunctionType" or _function(node) is not None
    inner = all(_known_node(part) for block in node.blocks() for part in block.nodes())
    known = kind in _HANDLED or kind in _CALLS
    return inner and (known or (kind.startswith("aten::") and hasattr(torch.ops.aten, kind.removeprefix("aten::"))))
