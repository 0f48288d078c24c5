"""The table of rectifiers against torch: names of gradients, every way of writing one, what may work in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from visualize.methods.network.rectifiers.kinds import KINDS, MAXIMUM, MODULES, SCRIPTED, Kind, recognised
from visualize.methods.network.run.function_mode import FunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable

_VALUES = torch.linspace(-4, 4, 81, dtype=torch.float64)
_SLOPES = torch.tensor([0.3], dtype=torch.float64)
_MORE: dict[object, tuple[Any, ...]] = {  # what a call is given besides what it rectifies, where it needs something
    F.hardtanh: (0.0, 2.0), torch.clamp: (0.0,), torch.clamp_min: (0.0,), F.threshold: (0.0, 0.0),
    torch.prelu: (_SLOPES,), torch.maximum: (torch.zeros_like(_VALUES),), F.elu: (0.7,), F.leaky_relu: (0.2,),
}  # fmt: skip
_SCHEMA: dict[str, tuple[Any, ...]] = {  # of operations that give their arguments no default, and what is no default
    "aten::hardtanh": (0.0, 2.0), "aten::hardtanh_": (0.0, 2.0), "aten::clamp": (0.0, 3.0), "aten::clamp_min": (0.0,),
    "aten::threshold": (0.0, 0.0), "aten::prelu": (_SLOPES,), "aten::elu": (0.7, 1, 1), "aten::elu_": (0.7, 1, 1),
    "aten::celu": (0.4,), "aten::leaky_relu": (0.3,), "aten::leaky_relu_": (0.3,), "aten::softplus": (2.0, 5.0),
}  # fmt: skip


def _name(kind: Kind) -> str:
    return str(kind.functions[0].__name__)


def _values() -> Tensor:
    return _VALUES.clone().requires_grad_() * 1


def _called(function: Callable[..., Tensor], kind: Kind) -> Tensor:
    """A call as a network would make it; those that overwrite are given a copy."""
    return function(_values(), *_MORE.get(kind.functions[0], ()))


class _Recorder(FunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's)
        self.calls.append((func, args, given))
        return func(*args, **given)


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_torchs_names_of_the_gradients_begin_as_the_table_says(kind: Kind) -> None:
    for call in kind.calls:
        if call not in {torch.fmax, Tensor.fmax}:  # which torch writes as a choice between two
            assert type(_called(call, kind).grad_fn).__name__.startswith(kind.gradient), call


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_every_way_of_writing_one_is_recognised_and_runs_as_it_is(kind: Kind) -> None:
    more = _MORE.get(kind.functions[0], ())
    for call in kind.calls:
        result = recognised(call, (_VALUES.clone(), *more), {})
        assert result is not None, call
        value, form = result
        assert type(form) is kind.form
        overwrites = call.__name__.removesuffix(".default").endswith("_")
        assert form.in_place == overwrites
        assert torch.equal(form.run(value.clone()), _called(call, kind))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.always and kind is not MAXIMUM], ids=_name)
def test_what_rectifies_only_from_zero_is_told_from_what_does_not(kind: Kind) -> None:
    names = kind.arguments
    for low in (-1.0, 0.5, torch.tensor(0.1)):
        assert recognised(kind.functions[0], (_VALUES,), {names[1]: low, **dict.fromkeys(names[2:3], 3.0)}) is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.always], ids=_name)
def test_what_always_rectifies_does_so(kind: Kind) -> None:
    """Far below zero little is left, far above nearly all."""
    far = torch.tensor([-1000.0, 1000.0], dtype=torch.float64)
    with torch.no_grad():
        low, high = kind.functions[0](far, *_MORE.get(kind.functions[0], ()))
    assert high > 0
    assert abs(low) < high / 3


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_recognised_by_what_they_call(module: type[nn.Module]) -> None:
    (kind,) = (kind for kind in KINDS if module in kind.modules)
    network = module() if kind.always else module(*_MORE[kind.functions[0]])
    with _Recorder() as recorder:
        output = network.eval()(_VALUES.float())
    results = [result for result in (recognised(*call) for call in recorder.calls) if result]
    assert [type(form) for _, form in results] == [kind.form]
    assert torch.equal(results[0][1].run(results[0][0]), output)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.in_place], ids=_name)
def test_the_way_back_of_what_may_work_in_place_does_without_the_input(kind: Kind) -> None:
    assert kind.in_place is not None
    behind = torch.randn(81, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gradients = []
    for inplace in (False, True):
        leaf = _VALUES.clone().requires_grad_()
        output = kind.in_place(leaf * 1, inplace=inplace)
        gradients.append(torch.autograd.grad(output, leaf, behind)[0])
    assert torch.equal(*gradients)
    assert bool(gradients[0].any())


def test_what_graphs_and_gates_are_known_by_are_ways_of_writing_them() -> None:
    for kind in KINDS:
        names = {call.__name__.strip("_") for call in kind.functions}
        for target in kind.graph:
            assert (getattr(Tensor, target) if isinstance(target, str) else target) in kind.functions
        assert set(kind.gate) <= names


@pytest.mark.parametrize("name", SCRIPTED)
def test_operations_of_torchscript_are_the_functions_that_stand_for_them(name: str) -> None:
    packet = getattr(torch.ops.aten, name.removeprefix("aten::"))
    more = _SCHEMA.get(name, ())
    wanted, value = packet.default(_VALUES.clone(), *more), _VALUES.clone()
    assert torch.equal(SCRIPTED[name](value, *more), wanted)
    assert torch.equal(value, wanted if name.endswith("_") else _VALUES)
