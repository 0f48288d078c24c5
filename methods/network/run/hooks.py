"""Running a network as it is and keeping what its modules give: the only place that registers hooks."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.run_names import WHOLE, module_of, numbered, run_names
from visualize.methods.network.run.squashing import Squashing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class _Enough(BaseException):
    """Raised inside the network when the last layer asked for has run; no network that catches its errors stops it."""


@dataclass(frozen=True)
class Call:
    """One run of one module.

    Args:
        name: see :func:`~visualize.methods.network.run.run_names.run_names`.
        module: the module's own name.
        kind: the class of the module.
        shape: the shape of its (first) output tensor, batch axis included.
    """

    name: str
    module: str
    kind: str
    shape: tuple[int, ...]


@contextmanager
def _hooks() -> Iterator[list[torch.utils.hooks.RemovableHandle]]:
    handles: list[torch.utils.hooks.RemovableHandle] = []
    try:
        yield handles
    finally:
        for handle in handles:
            handle.remove()


@dataclass(frozen=True)
class Stop:
    """End of a run that an exception brought.

    Args:
        module: the name of the innermost module that was running; "" for the network itself.
        kind: the class of that module.
        problem: the exception.
    """

    module: str
    kind: str
    problem: Exception

    def __str__(self) -> str:
        where = f"in {self.module} ({self.kind})" if self.module else f"in {self.kind}.forward"
        return f"{where}: {reason(self.problem)}"


def reason(problem: Exception) -> str:
    """The first line of an exception's message, or its class where it has none."""
    text = str(problem).strip().split("\n")[0].strip()
    return f"{type(problem).__name__}: {text}" if not text or isinstance(problem, KeyError) else text


def survey(
    network: nn.Module, inputs: Tensor, look: Callable[[Tensor], None] | None = None, *, whole: bool = False
) -> tuple[list[Call], Exception | None]:
    """Run a network once and list the runs of its modules, in the order in which they finish.

    Parts that TorchScript compiled take no hooks: neither they nor what is inside them is listed.

    Args:
        network: run as it is, in its own mode.
        inputs: what the network takes.
        look: is shown the (first) output tensor of each run, in the order of the list.
        whole: list the run of the network itself too, as the last one, if it came to its end.

    Returns:
        The list, and the exception that ended the run early if there was one: what ran before it can still be looked
        at.
    """
    seen: list[tuple[str, str, tuple[int, ...]]] = []

    def note(name: str, module: nn.Module, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            seen.append((name, type(module).__name__, tuple(tensor.shape)))
            if look is not None:
                look(tensor)

    output, stop = follow(network, inputs, note)
    if whole and stop is None:
        note(WHOLE, network, output)
    names = run_names([module for module, _, _ in seen])
    return [Call(name, *run) for name, run in zip(names, seen, strict=True)], stop.problem if stop else None


def follow(
    network: nn.Module,
    inputs: object,
    see: Callable[[str, nn.Module, object], None],
    begin: Callable[[str, nn.Module, object], None] | None = None,
) -> tuple[object, Stop | None]:
    """Run a network to its end, without gradients, and show what each of its modules gives.

    Args:
        network: run as it is.
        inputs: its one input.
        see: told the module's name, the module and its output whenever one has run; not of the network itself.
        begin: told the module's name, the module and what it is given, whenever one begins.

    Returns:
        What the network gives, and None; or None, and where and why it stopped.
    """
    running = [("", network)]

    def enter(name: str) -> Callable[[nn.Module, object], None]:
        def entered(module: nn.Module, given: object) -> None:
            running.append((name, module))
            if begin is not None:
                begin(name, module, given)

        return entered

    def leave(name: str) -> Callable[[nn.Module, object, object], None]:
        def left(module: nn.Module, _: object, output: object) -> None:
            while len(running) > 1 and running.pop() != (name, module):  # an exception that was caught left more there
                pass
            see(name, module, output)

        return left

    with _hooks() as handles, torch.no_grad():
        for name, module in network.named_modules():
            if name and not isinstance(module, torch.jit.ScriptModule):
                handles.append(module.register_forward_pre_hook(enter(name)))
                handles.append(module.register_forward_hook(leave(name)))
        try:
            return network(inputs), None
        except Exception as problem:  # noqa: BLE001 (whatever a stranger's network raises is told to its owner)
            name, module = running[-1]
            return None, Stop(name, type(module).__name__, problem)


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
        plain = {name} if module_of(name) == name else set()
        for full in {*plain, numbered(name, runs[name])} & wanted.keys():
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


def replaced(network: nn.Module, name: str, inputs: Tensor, value: Tensor) -> Tensor | None:
    """Run a network to its end with another output of one of its modules.

    Args:
        network: run as it is, in its own mode.
        name: of the module's run, as :func:`survey` gives it; "" for the network itself.
        inputs: what the network takes.
        value: what stands in the place of the run's (first) output tensor.

    Returns:
        The network's (first) output tensor; None where it gives none.

    Raises:
        KeyError: the module did not run so often.
    """
    runs = 0

    def put(_module: nn.Module, _inputs: object, output: object) -> object:
        nonlocal runs
        runs += 1
        tensor = first_tensor(output)
        if tensor is None or name not in {module_of(name), numbered(module_of(name), runs - 1)}:
            return None
        if isinstance(output, Tensor):
            return value.clone()
        tensor.copy_(value)
        return None

    with _hooks() as handles, torch.no_grad():
        handles.append(network.get_submodule(module_of(name)).register_forward_hook(put))
        output = first_tensor(network(inputs))
    if runs == 0:
        raise KeyError(name)
    return output


def gradient_at(network: nn.Module, name: str, inputs: Tensor, index: int) -> tuple[Tensor, Tensor] | None:
    """A module's output, and the gradient of one of the network's own outputs with respect to it.

    Where the network ends in a softmax or a sigmoid, what goes into that is its output here.

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
        with Squashing() as squashing:
            scores = squashing.before(first_tensor(network(inputs)))
        if not held or scores is None or not scores.requires_grad:
            return None
        score = scores.flatten(1)[0, index]
        (gradient,) = torch.autograd.grad(score, held, allow_unused=True, materialize_grads=True)
    return held[0].detach(), gradient
