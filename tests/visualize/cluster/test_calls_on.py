"""Workers that make pictures of units end while there is a connection to their cluster."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from visualize.cluster import ray_address, ray_engine, unit_calls
from visualize.cluster.pieces import NetworkSource
from visualize.cluster.shared_work import calls_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.mark.parametrize("asked", [True, False])
def test_workers_end_before_the_connection_does(*, asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    @contextmanager
    def connected(where: str) -> Iterator[Any]:
        said.append(f"connected to {where}")
        yield ray_engine.Cluster(cpus=1, gpus=0)
        said.append("disconnected")

    class Calls:
        def __init__(self, engine: Any, source: Callable[[Any], Any]) -> None:  # noqa: ANN401 (as it is given)
            self.source = source

        def close(self) -> None:
            said.append("workers ended")

    made: list[Calls] = []
    monkeypatch.setattr(ray_address, "check_address", lambda where: None)
    monkeypatch.setattr(ray_engine, "connected", connected)

    def calls(*given: Any) -> Calls:  # noqa: ANN401 (as they are given)
        made.append(Calls(*given))
        return made[-1]

    monkeypatch.setattr(unit_calls, "ClusterCalls", calls)
    with calls_on("HOST:1", lambda: NetworkSource(model="network")):
        if asked:
            assert made[0].source(SimpleNamespace(device=torch.device("cpu"))).device == "cpu"
    assert said == (["connected to HOST:1", "workers ended", "disconnected"] if asked else [])
