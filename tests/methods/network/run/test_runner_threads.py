"""Several threads may look through one probe, from the first moment on."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, Residual, seeded
from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from visualize.methods import GradientAscent, Preparation, Probe, Saliency, Stack, TopImages, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visualize.methods.method import Method

THREADS = 8


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[int], Tensor]) -> list[Tensor]:
    """Do the same in several threads that begin together."""
    gate = threading.Barrier(THREADS)

    def begin(number: int) -> Tensor:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


@pytest.mark.parametrize("optimise", [True, False])
def test_a_fresh_probe_is_right_in_every_thread_whatever_layer_each_asks_for(optimise: bool) -> None:  # noqa: FBT001
    network = seeded(Residual()).eval()
    layers = ["conv1", "norm1", "conv2", "norm2"]
    inputs = pictures(2, SIZE)
    wanted = seen_by(network, tuple(layers), inputs)
    for _ in range(4):
        probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)

        def look(number: int, probe: Probe = probe) -> Tensor:
            layer = layers[number % len(layers)]
            return probe.activations(inputs, [layer])[layer]

        for number, seen in enumerate(at_once(look)):
            torch.testing.assert_close(seen, wanted[layers[number % len(layers)]])


class Keeps(nn.Module):
    """Runs one of its modules twice on what it keeps in between."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.kept = nn.Conv2d(3, 3, 3, padding=1), torch.zeros(1)

    def forward(self, x: Tensor) -> Tensor:
        self.kept = self.conv(x)
        output: Tensor = self.conv(self.kept + (x.sum() > 0))
        return output - self.kept


def test_what_a_network_keeps_in_one_run_does_not_reach_the_run_of_another_thread() -> None:
    network = seeded(Keeps()).eval()
    inputs = [pictures(1, SIZE, seed=number) for number in range(THREADS)]
    with torch.no_grad():
        wanted = [network.conv(network.conv(picture) + 1) for picture in inputs]
    probe = Probe(network, prepare=Preparation(SIZE))
    for _ in range(4):
        seen = at_once(lambda number: probe.activations(inputs[number], ["conv"])["conv"])
        for given, right in zip(seen, wanted, strict=True):
            torch.testing.assert_close(given, right)


def test_probes_of_several_networks_begin_in_several_threads_while_others_run() -> None:
    networks = [seeded(Residual(), seed).eval() for seed in range(THREADS)]
    inputs = pictures(2, SIZE)
    wanted = [seen_by(network, ("norm2",), inputs)["norm2"] for network in networks]
    running = threading.Event()
    faults: list[Exception] = []

    def train() -> None:
        network = seeded(Residual())
        while not running.is_set():
            try:
                network(inputs)
            except Exception as fault:  # noqa: BLE001 (whatever it is, the test tells)
                faults.append(fault)
                return

    trainer = threading.Thread(target=train)
    trainer.start()
    for _ in range(2):
        probes = [Probe(network, prepare=Preparation(SIZE)) for network in networks]

        def look(number: int, probes: Sequence[Probe] = probes) -> Tensor:
            return probes[number].activations(inputs, ["norm2"])["norm2"]

        seen = at_once(look)
        for given, right in zip(seen, wanted, strict=True):
            torch.testing.assert_close(given, right)
    running.set()
    trainer.join()
    assert not faults


@pytest.mark.parametrize("method", [GradientAscent(steps=3), Saliency(count=2), TopImages(count=2)])
def test_a_method_that_is_called_in_several_threads_gives_what_it_gives_in_one(method: Method) -> None:
    network = seeded(Residual()).eval()
    photographs = Stack([np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8) for seed in range(3)])
    units = [Unit("norm2", 0), Unit("conv1", 1)]

    def strengths(probe: Probe, order: Sequence[Unit]) -> Tensor:
        results = {result.unit: result for result in method(probe, order, photographs)}
        return torch.tensor([results[unit].activations[0] for unit in units])  # type: ignore[attr-defined]

    wanted = strengths(Probe(network, prepare=Preparation(SIZE)), units)
    probe = Probe(network, prepare=Preparation(SIZE))
    for seen in at_once(lambda number: strengths(probe, units[:: 1 if number % 2 else -1])):
        torch.testing.assert_close(seen, wanted)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda probe: pickle.loads(pickle.dumps(probe))])
def test_a_probe_that_was_used_can_be_copied_and_pickled(again: Callable[[Probe], Probe]) -> None:
    probe = Probe(nn.Sequential(nn.Conv2d(3, 2, 3)).eval(), prepare=Preparation(SIZE))
    inputs = pictures(1, SIZE)
    seen = probe.activations(inputs, ["0"])["0"]
    other = again(probe)
    assert other.network is not probe.network
    torch.testing.assert_close(other.activations(inputs, ["0"])["0"], seen, rtol=0, atol=0)
