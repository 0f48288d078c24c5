"""A network as a graph, against the runs that a survey lists."""

from __future__ import annotations

import pytest
from torch import Tensor, nn

from tests.kit.networks import SIZE, InPlace, Residual, Reused, seeded
from tests.kit.pictures import pictures
from visualize.methods.network.run.graph import trace
from visualize.methods.network.run.hooks import survey


@pytest.mark.parametrize("make", [InPlace, Residual, Reused])
def test_every_run_that_a_survey_lists_has_its_node(make: type[nn.Module]) -> None:
    network = seeded(make()).eval()
    traced = trace(network)
    assert traced is not None
    calls, _ = survey(network, pictures(1, SIZE))
    assert [name for name in traced.nodes if traced.nodes[name].op == "call_module"] == [
        call.name for call in calls if call.name in traced.nodes and traced.nodes[call.name].op == "call_module"
    ]
    assert {call.name for call in calls} == set(traced.nodes)


def test_control_flow_that_depends_on_the_input_has_no_graph() -> None:
    class Branching(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    assert trace(Branching()) is None
