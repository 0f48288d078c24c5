"""Methods give what they give in a program that has just begun, whatever is in force around the call."""

from __future__ import annotations

import dataclasses
import functools
import random
import threading
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from visualize import methods
from visualize.methods.errors import InputError
from visualize.methods.plain_state import plain_state
from visualize.methods.testing.subjects import SIZE, UNITS, noise_for, tiny_network, tiny_probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visualize.methods.method import Method
    from visualize.methods.result import Result

State = "Callable[[], AbstractContextManager[object]]"


class Halving(TorchFunctionMode):
    """Halves what every convolution gives."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        output = func(*args, **(kwargs or {}))
        return output / 2 if func in {torch.conv2d, nn.functional.conv2d} else output


class Refusing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses every operation."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        raise NotImplementedError


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        assert torch.get_default_dtype() is dtype
        torch.set_default_dtype(torch.float32)


@contextmanager
def default_device(device: str) -> Iterator[None]:
    torch.set_default_device(device)
    try:
        yield
        assert torch.zeros(1).device.type == device
    finally:
        torch.set_default_device(None)


@contextmanager
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    try:
        yield
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


@contextmanager
def flushing() -> Iterator[None]:
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextmanager
def on_all_modules() -> Iterator[None]:
    """Hooks on all modules, of every kind, which are called by nothing of ours and are there afterwards."""
    calls: list[object] = []
    with ExitStack() as hooks:
        hooks.enter_context(torch_module.register_module_forward_hook(lambda *_: calls.append(1)))
        hooks.enter_context(torch_module.register_module_forward_hook(lambda _m, _i, output: output * 2))
        hooks.enter_context(torch_module.register_module_forward_pre_hook(lambda *_: calls.append(1)))
        hooks.enter_context(torch_module.register_module_full_backward_hook(lambda *_: calls.append(1)))
        hooks.enter_context(torch_module.register_module_full_backward_pre_hook(lambda *_: calls.append(1)))
        hooks.enter_context(torch_module.register_module_module_registration_hook(lambda *_: calls.append(1)))
        yield
        assert not calls
        seen = nn.Identity()(torch.ones(1))
        assert (seen.item(), len(calls)) == (2, 2)


def refuse(tensor: Tensor) -> Tensor:
    raise AssertionError


STATES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no gradients": torch.no_grad,
    "gradients switched off": functools.partial(torch.set_grad_enabled, False),
    "inference mode": torch.inference_mode,
    "default dtype bfloat16": functools.partial(default_dtype, torch.bfloat16),
    "default dtype float16": functools.partial(default_dtype, torch.float16),
    "default dtype float64": functools.partial(default_dtype, torch.float64),
    "default device meta": functools.partial(default_device, "meta"),
    "a device as context": functools.partial(torch.device, "meta"),
    "autocast": functools.partial(torch.autocast, "cpu", dtype=torch.bfloat16),
    "deterministic algorithms": deterministic,
    "search for anomalies": functools.partial(torch.autograd.set_detect_anomaly, True),
    "mode for functions": Halving,
    "mode for operations": Refusing,
    "hooks on what is saved": functools.partial(torch.autograd.graph.saved_tensors_hooks, refuse, refuse),
    "hooks on all modules": on_all_modules,
    "errors of numpy": functools.partial(np.errstate, all="raise"),
    "denormal numbers flushed": flushing,
}


def made(kind: type[Method]) -> Method:
    quick = {"steps": 3, "count": 2, "batch": 2, "samples": 2, "octaves": 2, "starts": 1, "least": 1}
    own = {item.name for item in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in quick.items() if name in own})


def look(kind: type[Method]) -> tuple[Result, ...]:
    """Look through a fresh probe of a network that there was before."""
    method = made(kind)
    return method(tiny_probe(torch.float32), UNITS[:2], noise_for(method))


@functools.cache
def plainly(kind: type[Method]) -> tuple[Result, ...]:
    return look(kind)


def same(results: Sequence[Result], others: Sequence[Result]) -> None:
    for result, other in zip(results, others, strict=True):
        assert result.notes == other.notes
        arrays, right = result.arrays(), other.arrays()
        assert arrays.keys() == right.keys()
        for name, values in arrays.items():
            np.testing.assert_allclose(values, right[name], rtol=1e-6, atol=1e-7, err_msg=name)
            assert values.dtype == right[name].dtype


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", [methods.GradientAscent, methods.Saliency, methods.TopImages])
def test_a_method_gives_in_every_state_what_it_gives_in_a_plain_one(kind: type[Method], state: str) -> None:
    wanted = plainly(kind)
    subject = tiny_probe(torch.float32), noise_for(made(kind))
    with STATES[state]():
        results = made(kind)(subject[0], UNITS[:2], subject[1])
    same(results, wanted)


def together(*names: str) -> ExitStack:
    with ExitStack() as states:
        for name in names:
            states.enter_context(STATES[name]())
        return states.pop_all()


def said(result: Result) -> dict[str, object]:
    return {name: value for name, value in result.facts().items() if name != "seconds"}


def numpy_random() -> object:
    return str(np.random.get_state())  # noqa: NPY002 (the one of the process is what must stay)


TOGETHER = [
    ("inference mode", "default dtype bfloat16", "default device meta", "autocast", "errors of numpy"),
    ("no gradients", "default dtype float64", "mode for functions", "deterministic algorithms", "hooks on all modules"),
]


@pytest.mark.parametrize("names", TOGETHER, ids=["first", "second"])
@pytest.mark.parametrize("kind", methods.table().values())
def test_every_method_gives_the_same_in_several_states_at_once(kind: type[Method], names: tuple[str, ...]) -> None:
    wanted = plainly(kind)
    subject = tiny_probe(torch.float32), noise_for(made(kind))
    before = torch.get_rng_state(), numpy_random(), random.getstate()
    with together(*names):
        results = made(kind)(subject[0], UNITS[:2], subject[1])
        drawn = [panel.picture for result in results for panel in result.panels()]
        facts = [said(result) for result in results]
    after = torch.get_rng_state(), numpy_random(), random.getstate()
    same(results, wanted)
    assert repr(facts) == repr([said(result) for result in wanted])  # where NaN is NaN
    for picture, right in zip(drawn, (panel.picture for result in wanted for panel in result.panels()), strict=True):
        np.testing.assert_array_equal(picture, right)
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


@pytest.mark.parametrize("state", STATES)
def test_a_probe_is_made_and_asked_in_every_state_as_in_a_plain_one(state: str) -> None:
    network, pictures = tiny_network(), torch.rand(2, 3, *SIZE, generator=torch.Generator().manual_seed(1))

    def ask() -> list[Tensor | object]:
        probe = methods.Probe(network, prepare=methods.Preparation(SIZE, mean=(0.4, 0.5, 0.6)))
        layers = [(layer.name, layer.units, layer.map_size, layer.field) for layer in probe.layers.values()]
        unit = methods.Unit("deep", 1)
        seen = [probe.activations(pictures, ["deep", "fc"])["fc"], probe.scores(pictures, unit)]
        gradients = [probe.gradients(pictures, unit), methods.Saliency().attribute(probe, pictures, unit)]
        return [layers, probe.identity, probe.device, *seen, *gradients]

    wanted = ask()
    with STATES[state]():
        given = ask()
    for value, right in zip(given, wanted, strict=True):
        if isinstance(right, Tensor) and isinstance(value, Tensor):
            np.testing.assert_allclose(value.detach(), right.detach(), rtol=1e-6, atol=1e-7)
            assert value.dtype == right.dtype
        else:
            assert value == right


def test_no_gradient_is_kept_where_none_is_wanted() -> None:
    probe, pictures = tiny_probe(torch.float32), torch.rand(1, 3, *SIZE).requires_grad_()
    with torch.no_grad():
        assert not probe.activations(pictures, ["deep"])["deep"].requires_grad
    assert probe.activations(pictures, ["deep"])["deep"].requires_grad


def test_what_is_in_force_for_the_process_comes_back_when_the_last_thread_is_done() -> None:
    gate, seen = threading.Barrier(3), list[torch.dtype]()

    def look_for_long() -> None:
        with plain_state():
            gate.wait()
            seen.append(torch.get_default_dtype())
            gate.wait()

    with default_dtype(torch.bfloat16):
        others = [threading.Thread(target=look_for_long) for _ in range(2)]
        for other in others:
            other.start()
        gate.wait()
        with plain_state(), plain_state(gradients=True):
            pass
        gate.wait()
        for other in others:
            other.join()
    assert seen == [torch.float32] * 2


def test_gradients_are_allowed_within_a_plain_state_that_does_not_ask_for_them() -> None:
    with torch.inference_mode(), plain_state(), plain_state(gradients=True):
        weight = torch.ones(1, requires_grad=True)
        assert (weight * 2).requires_grad


def test_everything_comes_back_after_an_error() -> None:
    with together(*TOGETHER[0]), pytest.raises(InputError, match="mine"), plain_state(gradients=True):
        raise InputError("mine")


class Undecided(torch.autograd.Function):
    """Has a way back that torch refuses where it is to be deterministic, as upsampling on a GPU has."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        return x * 1

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        if torch.are_deterministic_algorithms_enabled():
            raise RuntimeError("upsample does not have a deterministic implementation. You can turn this off")
        return gradients[0]


class Upsampling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.up = nn.Conv2d(3, 2, 3), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.up(Undecided.apply(self.conv(x)))
        return output


def test_an_operation_without_a_deterministic_way_is_told_in_a_line() -> None:
    probe = methods.Probe(Upsampling(), prepare=methods.Preparation(SIZE))
    with deterministic(), pytest.raises(InputError, match="upsample does not have a deterministic implementation"):
        methods.GradientAscent(steps=1)(probe, methods.Unit("up", 0))
