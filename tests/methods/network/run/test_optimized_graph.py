"""Plans: what is folded and cut off, with the same outputs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE, Residual, seeded
from tests.kit.pictures import pictures
from tests.kit.unchanged import unchanged
from visualize.methods.network.run.graph import trace
from visualize.methods.network.run.hooks import watch
from visualize.methods.network.run.optimized_graph import plan


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
    for name, output in zip(names, given_outputs, strict=True):
        assert output is not None
        torch.testing.assert_close(output, wanted[name].detach(), rtol=1e-12, atol=1e-12)


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
