"""Plans, twins and watching: what is rewritten, what is shared, and what is listed."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from methods.errors import InputError
from methods.network.axes import as_maps, grid
from methods.network.run.graph import trace
from methods.network.run.hooks import survey, watch
from methods.network.run.optimized_graph import plan
from methods.network.run.runner import Runner
from methods.network.run.shared_copy import state, twin, weights_sha256
from tests.kit.networks import (
    CASES,
    SIZE,
    Clamouring,
    InPlace,
    Mistraced,
    Residual,
    Reused,
    Storing,
    Tuples,
    seeded,
    unchanged,
)
from tests.kit.pictures import pictures

if TYPE_CHECKING:
    from collections.abc import Callable


def _runs(network: nn.Module, inputs: Tensor) -> list[str]:
    """Every module run, in the order in which they end, found by wrapping the class's own call."""
    names = {id(module): name for name, module in network.named_modules() if name}
    seen: list[str] = []
    original = nn.Module.__call__

    def call(self: nn.Module, *args: object, **kwargs: object) -> object:
        output = original(self, *args, **kwargs)
        if id(self) in names:
            seen.append(names[id(self)])
        return output

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        with torch.no_grad():
            network(inputs)
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("make", [InPlace, Residual, Reused, Tuples, Storing])
def test_the_survey_lists_every_run_in_order(make: type[nn.Module]) -> None:
    network = seeded(make()).eval()
    inputs = pictures(1, SIZE)
    calls, fault = survey(network, inputs)
    assert fault is None
    assert [call.module for call in calls] == _runs(network, inputs)
    assert len({call.name for call in calls}) == len(calls)
    kept = watch(network, [call.name for call in calls], inputs)
    assert {call.name: call.shape for call in calls} == {name: tuple(one.shape) for name, one in kept.items()}


def test_the_survey_of_a_network_that_fails_tells_what_ran_and_why() -> None:
    calls, fault = survey(seeded(Clamouring()), pictures(1, SIZE))
    assert [call.name for call in calls][-1] == "features"
    assert "the classifier ran" in str(fault)


def test_watching_for_what_does_not_run_names_it() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        watch(seeded(InPlace()), ["conv", "nowhere"], pictures(1, SIZE))


@pytest.mark.parametrize("make", [InPlace, Residual, Storing])
def test_a_twin_shares_the_memory_of_weights_and_nothing_else(make: type[nn.Module]) -> None:
    network = seeded(make()).train()
    network(pictures(2, SIZE))
    with unchanged(network):
        made = twin(network)
        made(pictures(2, SIZE, seed=1))
        made.register_forward_hook(lambda *_: None)
        for parameter in made.parameters():
            assert not parameter.requires_grad
    assert not made.training
    for (name, one), (other_name, other) in zip(network.state_dict().items(), made.state_dict().items(), strict=True):
        assert name == other_name
        assert one.data_ptr() == other.data_ptr()


def test_tied_weights_stay_tied_in_the_twin() -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1))
    network[1].weight = network[0].weight
    made = twin(network)
    assert made.get_parameter("0.weight") is made.get_submodule("1").weight


def test_what_cannot_be_copied_is_the_users_error() -> None:
    class Closed(nn.Module):
        def __deepcopy__(self, memo: object) -> Closed:
            raise TypeError("it holds a lock")

    with pytest.raises(InputError, match=r"\(Closed\) cannot be copied to look into it: it holds a lock"):
        twin(Closed())


def test_the_state_changes_with_the_weights_and_only_then() -> None:
    network = seeded(Residual())
    modules = list(network.modules())
    before = state(modules)
    network.eval()
    network(pictures(1, SIZE))
    assert state(modules) == before
    with torch.no_grad():
        network.conv1.weight[0, 0, 0, 0] += 1
    assert state(modules) != before


def test_the_hash_is_that_of_names_shapes_and_bytes() -> None:
    network = nn.Linear(2, 1)
    digest = hashlib.sha256()
    for name, tensor in (("weight", network.weight), ("bias", network.bias)):
        digest.update(f"{name} {tuple(tensor.shape)} torch.float32\n".encode())
        digest.update(tensor.detach().numpy().tobytes())
    assert weights_sha256(network) == digest.hexdigest()


@pytest.mark.parametrize("channels_last", [True, False])
def test_folding_is_exact_in_double_precision_and_leaves_the_weights_alone(*, channels_last: bool) -> None:
    network = seeded(Residual()).double().eval()
    graph = trace(network)
    assert graph is not None
    inputs = pictures(2, SIZE, dtype=torch.float64)
    names = ["norm", "norm1", "norm2", "relu#2"]
    with unchanged(network), torch.no_grad():
        given_outputs = plan(graph, names, channels_last=channels_last)(inputs)
    wanted = watch(network, names, inputs)
    for name, one in zip(names, given_outputs, strict=True):
        assert one is not None
        torch.testing.assert_close(one, wanted[name].detach(), rtol=1e-12, atol=1e-12)


def test_a_plan_holds_no_batch_norm_after_a_convolution_and_nothing_after_its_end() -> None:
    network = seeded(Residual()).eval()
    graph = trace(network)
    assert graph is not None
    run = plan(graph, ["norm1"], channels_last=False)
    parts: list[str] = []
    original = nn.Module.__call__

    def call(self: nn.Module, *args: object, **kwargs: object) -> object:
        parts.append(type(self).__name__)
        return original(self, *args, **kwargs)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        run(pictures(1, SIZE))
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]
    assert [part for part in parts if part in {"Conv2d", "BatchNorm2d", "ReLU"}] == ["Conv2d", "ReLU", "Conv2d"]


def test_a_graph_is_followed_only_where_it_gives_what_the_network_gives() -> None:
    right, wrong = Runner(seeded(InPlace()), optimise=True), Runner(seeded(Mistraced()), optimise=True)
    assert right.followed(["conv", "pool", "out"], pictures(1, SIZE)) == {"conv", "pool", "out"}
    assert wrong.followed(["conv", "deep"], pictures(1, SIZE)) == {"conv"}


@pytest.mark.parametrize("name", CASES)
def test_no_plan_is_used_where_none_is_wanted(name: str) -> None:
    case = CASES[name]
    runner = Runner(case.network(), optimise=False)
    assert not runner.planned(case.layers, case.preparation()(pictures(1, SIZE).to(case.dtype)))


def test_a_plan_keeps_no_gradient_of_the_weights() -> None:
    network = seeded(Residual())
    runner = Runner(network, optimise=True)
    inputs = pictures(1, SIZE).requires_grad_()
    runner(inputs, ["norm2"])["norm2"].sum().backward()  # type: ignore[no-untyped-call]
    assert inputs.grad is not None
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not runner(inputs.detach(), ["norm2"])["norm2"].requires_grad


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([0, 1, 2, 4, 5]), st.sampled_from([8, 14, 16, 32]))
def test_the_grid_of_patches_is_found_from_the_count_of_tokens(rows: int, columns: int, extra: int, patch: int) -> None:
    """Where several readings fit, the one with the fewest tokens left over is taken."""
    shape = (rows * patch, columns * patch)
    found = grid(rows * columns + extra, shape)
    assert found is not None
    assert abs(found[0] / found[1] - rows / columns) <= 0.02 * max(found[0] / found[1], rows / columns)
    assert rows * columns + extra - found[0] * found[1] in {0, 1, 2, 4, 5}
    if extra == 0:
        assert found == (rows, columns)


def test_tokens_become_maps_row_by_row() -> None:
    maps = torch.randn(2, 7, 3, 4, generator=torch.Generator().manual_seed(0))
    tokens = torch.cat([torch.zeros(2, 1, 7), maps.flatten(2).transpose(1, 2)], 1)
    found = as_maps(tokens, None, (48, 64))
    assert found is not None
    assert torch.equal(found, maps)
    assert as_maps(torch.zeros(2, 11, 7), None, (48, 64)) is None
    last = as_maps(maps.permute(0, 2, 3, 1), "NHWC", (48, 64))
    assert last is not None
    assert torch.equal(last, maps)


def test_a_copied_network_is_seen_as_the_same_however_its_weights_lie_in_memory() -> None:
    network = seeded(InPlace())
    other = copy.deepcopy(network).to(memory_format=torch.channels_last)
    strided = torch.empty(5, 3)[:, 0]
    assert network.conv.bias is not None
    other.conv.bias = nn.Parameter(strided.copy_(network.conv.bias.detach()))
    assert weights_sha256(other) == weights_sha256(network)


class _Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        return x * 1

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        return -gradients[0]


def _held_back(x: Tensor) -> Tensor:
    with torch.no_grad():
        still = x * 2
    return x + still


@pytest.mark.parametrize("own", [_Reversed.apply, _held_back])
def test_gradients_that_a_network_makes_by_itself_are_kept(own: Callable[[Tensor], Tensor]) -> None:
    """Neither leaves a trace in the graph of operations."""

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)
            self.deep = nn.Conv2d(2, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.deep(own(self.conv(x)))
            return found

    network = seeded(Own()).double()
    inputs = pictures(2, (12, 14), dtype=torch.float64).requires_grad_()
    (wanted,) = torch.autograd.grad(network(inputs).square().sum(), inputs)
    found = Runner(network, optimise=True)(inputs, ["deep"])["deep"]
    (given,) = torch.autograd.grad(found.square().sum(), inputs)
    torch.testing.assert_close(given, wanted)
