"""Steps of ascent whose network part is done in one go: the same pictures as operation by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from tests.kit.fake_gpu import FakeGpu
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods import GradientAscent, Unit
from visualize.methods.network import accelerator
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS = [Unit("deep", 0), Unit("deep", 2), Unit("conv", 1)]


def _probe(device: str = "cpu") -> Probe:
    return Probe(seeded(Classifier()).to(device), prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)))


def _made(probe: Probe, method: GradientAscent) -> tuple[Tensor, Tensor, tuple[tuple[str, ...], ...]]:
    results = method(probe, _UNITS)
    pictures, curves = (torch.stack([getattr(result, name) for result in results]) for name in ("pictures", "curve"))
    return pictures, curves, tuple(result.notes for result in results)


def _method(*, graph: bool, steps: int = 9, **more: object) -> GradientAscent:
    return GradientAscent(steps=steps, count=2, l2=0.3, tv=0.1, graph=graph, **more)  # type: ignore[arg-type]


def test_on_a_gpu_the_network_is_run_by_its_graph_with_the_same_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = FakeGpu().install(monkeypatch)
    pictures, curves, notes = _made(_probe(), _method(graph=False))
    assert gpu.replays == 0
    given, curve, said = _made(_probe(), _method(graph=True))
    assert gpu.replays == 9
    assert said == notes
    torch.testing.assert_close(given, pictures, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(curve, curves, rtol=1e-5, atol=1e-6)


def test_without_one_it_says_why_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, _, _ = _made(_probe(), _method(graph=False))
    given, _, said = _made(_probe(), _method(graph=True))
    assert torch.equal(given, pictures)
    assert all("cpu is no GPU" in notes[-1] for notes in said)
    FakeGpu().install(monkeypatch)

    def refused(work: Callable[..., object], inputs: Tensor) -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(accelerator, "captured", refused)
    assert "not permitted" in _made(_probe(), _method(graph=True, steps=2))[2][0][-1]
    assert "diversity" in _made(_probe(), _method(graph=True, steps=2, diversity=0.1))[2][0][-1]


@pytest.mark.cuda
@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_a_cuda_graph_gives_the_pictures_of_its_operations(precision: str) -> None:
    """But for a few pixels, whose gradient is next to 0: a GPU adds that of the views up in no fixed order."""
    plain, graphed = (_made(_probe("cuda"), _method(graph=graph, precision=precision)) for graph in (False, True))
    assert graphed[2] == plain[2]  # no sentence on a graph that there is none of
    apart = (graphed[0] - plain[0]).abs()
    assert apart.mean() < 1e-3
    assert apart.flatten().quantile(0.9) < 2e-3
    torch.testing.assert_close(graphed[1], plain[1], rtol=1e-2, atol=1e-2)


@pytest.mark.cuda
def test_a_graph_is_run_on_what_it_is_given() -> None:
    layer = nn.Linear(4, 3).cuda()
    run = accelerator.captured(lambda x: (layer(x), x.sum()), torch.zeros(2, 4, device="cuda"))
    for seed in range(3):
        given = torch.rand(2, 4, generator=torch.Generator().manual_seed(seed)).cuda()
        output, total = run(given)
        torch.testing.assert_close(output, layer(given))
        torch.testing.assert_close(total, given.sum())
