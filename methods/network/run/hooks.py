"""Running a network as it is and keeping what its modules give: the only place that registers hooks."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from methods.network.run.run_names import module_of, numbered, run_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class _Enough(BaseException):
    """Raised inside the network when the last layer asked for has run; no network that catches its errors stops it."""


@dataclass(frozen=True)
class Call:
    """One run of one module.

    Args:
        name: see :func:`~methods.network.run.run_names.run_names`.
        module: the module's own name.
        kind: the class of the module.
        shape: the shape of its (first) output tensor, batch axis included.
    """

    name: str
    module: str
    kind: str
    shape: tuple[int, ...]


def first_tensor(output: object) -> Tensor | None:
    """The tensor that stands for a module's output: itself, or the first one inside a tuple, list or dictionary."""
    if isinstance(output, Tensor):
        return output
    values: Iterable[object] = ()
    if isinstance(output, dict):
        values = output.values()
    elif isinstance(output, tuple | list):
        values = output
    return next((first for first in map(first_tensor, values) if first is not None), None)


@contextmanager
def _hooks() -> Iterator[list[torch.utils.hooks.RemovableHandle]]:
    handles: list[torch.utils.hooks.RemovableHandle] = []
    try:
        yield handles
    finally:
        for handle in handles:
            handle.remove()


def survey(
    network: nn.Module, inputs: Tensor, look: Callable[[Tensor], None] | None = None
) -> tuple[list[Call], Exception | None]:
    """Run a network once and list the runs of its modules, in the order in which they finish.

    Parts that TorchScript compiled take no hooks: neither they nor what is inside them is listed.

    Args:
        network: run as it is, in its own mode.
        inputs: what the network takes.
        look: is shown the (first) output tensor of each run, in the order of the list.

    Returns:
        The list, and the exception that ended the run early if there was one: what ran before it can still be looked
        at.
    """
    seen: list[tuple[str, str, tuple[int, ...]]] = []
    fault: Exception | None = None
    with _hooks() as handles, torch.no_grad():
        for name, module in network.named_modules():
            if name and not isinstance(module, torch.jit.ScriptModule):
                handles.append(module.register_forward_hook(_noting(name, seen, look)))
        try:
            network(inputs)
        except Exception as problem:  # noqa: BLE001 (whatever a stranger's network raises is told to its owner)
            fault = problem
    names = run_names([module for module, _, _ in seen])
    return [Call(name, *run) for name, run in zip(names, seen, strict=True)], fault


def _noting(
    name: str, seen: list[tuple[str, str, tuple[int, ...]]], look: Callable[[Tensor], None] | None
) -> Callable[[nn.Module, object, object], None]:
    def note(module: nn.Module, _: object, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            seen.append((name, type(module).__name__, tuple(tensor.shape)))
            if look is not None:
                look(tensor)

    return note


def watch(network: nn.Module, names: Iterable[str], inputs: Tensor) -> dict[str, Tensor]:
    """Run a network until the last of the named module runs is over.

    Args:
        network: run as it is, in its own mode.
        names: names of runs, as :func:`survey` gives them.
        inputs: what the network takes.

    Returns:
        The (first) output tensor of each, before anything later changes it in place.

    Raises:
        KeyError: a name that did not run.
    """
    wanted = dict.fromkeys(names)
    runs: Counter[str] = Counter()
    kept: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is None:
            return
        for full in {name, numbered(name, runs[name])} & wanted.keys():
            kept[full] = tensor.clone()
        runs[name] += 1
        if len(kept) == len(wanted):
            raise _Enough

    with _hooks() as handles:
        modules = dict(network.named_modules())
        for name in {module_of(full) for full in wanted}:
            if name in modules:
                handles.append(
                    modules[name].register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output))
                )
        with suppress(_Enough):
            network(inputs)
    for name in wanted:
        if name not in kept:
            raise KeyError(name)
    return kept


def gradient_at(network: nn.Module, name: str, inputs: Tensor, index: int) -> tuple[Tensor, Tensor] | None:
    """A module's output, and the gradient of one of the network's own outputs with respect to it.

    Args:
        network: a private twin; its outputs may be a tensor, or the first one inside a tuple, list or dictionary.
        name: the name of a module that gives one tensor and runs once.
        inputs: 1 x C x H x W.
        index: the place in the network's output, counted over all of them.

    Returns:
        both of the output's shape; None where the module does not run, gives no single tensor, or nothing follows it.
    """
    held: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: object, output: object) -> object:
        if not isinstance(output, Tensor):
            return None
        held[:] = [output.detach().clone().requires_grad_()]
        return held[0].clone()  # what comes next may write into it

    with _hooks() as handles, torch.enable_grad():
        handles.append(network.get_submodule(name).register_forward_hook(keep))
        scores = first_tensor(network(inputs))
        if not held or scores is None or not scores.requires_grad:
            return None
        score = scores.flatten(1)[0, index]
        (gradient,) = torch.autograd.grad(score, held, allow_unused=True, materialize_grads=True)
    return held[0].detach(), gradient
