"""Steps of feature inversion and of DeepDream against the bare work of the network."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import TYPE_CHECKING

import torch

from tests.bench.passes import AS_RUN
from tests.bench.timing import Ratio, Work, compare, timed
from visualize.methods import Unit
from visualize.methods.dream.method import DeepDream
from visualize.methods.inversion.method import Inversion
from visualize.methods.pictures.images import Stack

if TYPE_CHECKING:
    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe

LAYER = "fire5"
BATCHES = (8, 1)
_STEPS = {8: 9, 1: 33}
BOUND = 1.25


def inversion(probe: Probe, rounds: int) -> bool:
    """One step of inverting a layer, of 8 pictures and of one."""
    kept = []
    for batch in BATCHES:
        method = Inversion(steps=_STEPS[batch], count=batch, batch=batch)
        kept.append(_compared("feature inversion", probe, batch, method, rounds))
    return all(kept)


def dream(probe: Probe, rounds: int) -> bool:
    """One step of dreaming of a unit, at one size, of 8 pictures and of one."""
    kept = []
    for batch in BATCHES:
        method = DeepDream(steps=_STEPS[batch], octaves=1, count=batch, batch=batch)
        kept.append(_compared("DeepDream", probe, batch, method, rounds))
    return all(kept)


def _compared(what: str, probe: Probe, batch: int, method: Method, rounds: int) -> bool:
    inputs = probe.prepare(torch.rand(batch, 3, *probe.prepare.size))

    def bare() -> None:
        leaf = inputs.clone().requires_grad_()
        output = probe.runner(leaf, [LAYER])[LAYER]
        torch.autograd.grad(output.sum(), leaf)

    return compare(
        f"{what}, {LAYER}, {probe.prepare.size[0]} px, batch {batch}",
        {"a step": _step(probe, batch, method), AS_RUN: timed(bare)},
        [Ratio("a step", AS_RUN, BOUND)],
        rounds=rounds,
    )


def _step(probe: Probe, batch: int, method: Method) -> Work:
    """The median of some steps; what happens once before and after them is not a step."""
    size = probe.prepare.size
    noise = torch.Generator().manual_seed(0)
    images = Stack([
        torch.randint(0, 256, (*size, 3), generator=noise, dtype=torch.uint8).numpy() for _ in range(batch)
    ])  # fmt: skip

    def run() -> float:
        at: list[float] = []
        method(probe, Unit(LAYER, 0), images, progress=lambda _done, _total: at.append(time.perf_counter()))
        return statistics.median(after - before for before, after in itertools.pairwise(at))

    return run
