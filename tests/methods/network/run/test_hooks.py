"""Surveys and watches of a network that runs as it is."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, Clamouring, Classifier, InPlace, Residual, Reused, Storing, Tuples, seeded
from tests.kit.pictures import pictures
from visualize.methods.network.run.hooks import gradient_at, survey, watch
from visualize.methods.network.run.shared_copy import twin


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
    assert {call.name: call.shape for call in calls} == {name: tuple(output.shape) for name, output in kept.items()}


def test_the_survey_of_a_network_that_fails_tells_what_ran_and_why() -> None:
    calls, fault = survey(seeded(Clamouring()), pictures(1, SIZE))
    assert [call.name for call in calls][-1] == "features"
    assert "the classifier ran" in str(fault)


def test_watching_for_what_does_not_run_names_it() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        watch(seeded(InPlace()), ["conv", "nowhere"], pictures(1, SIZE))


def test_the_gradient_at_a_layer_is_that_of_the_rest_of_the_network() -> None:
    network = twin(seeded(Classifier()).double())
    inputs = pictures(1, SIZE, dtype=torch.float64)
    result = gradient_at(network, "conv", inputs, 2)
    assert result is not None
    output, gradient = result
    torch.testing.assert_close(output, watch(network, ["conv"], inputs)["conv"])
    step = torch.randn(output.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 1e-6

    def score(moved: Tensor) -> Tensor:
        handle = network.get_submodule("conv").register_forward_hook(lambda *_: moved)
        with torch.no_grad():
            value: Tensor = network(inputs)[0, 2]
        handle.remove()
        return value

    change = score(output + step) - score(output - step)
    torch.testing.assert_close(change, 2 * (gradient * step).sum(), rtol=1e-4, atol=0)
    assert gradient_at(network, "fc", inputs, 2) is not None
    assert not network.get_submodule("conv")._forward_hooks
