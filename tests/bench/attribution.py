"""Attributions against the bare forward and backward pass of the network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from tests.bench.timing import Ratio, compare, timed
from visualize.methods import Probe, Unit
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network.run.hooks import watch

if TYPE_CHECKING:
    from visualize.methods.attribution.method import Attribution

LAYER = "fire5"
BATCH = 8


def attribution(probe: Probe, rounds: int) -> bool:
    """Saliency, deconvolution and guided backpropagation of a mid-layer unit, peak and preparation included."""
    pictures = torch.rand(BATCH, 3, *probe.prepare.size)
    inputs = probe.prepare(pictures)
    network = probe.network.eval()
    unit = Unit(LAYER, 3)

    def bare() -> None:
        leaf = inputs.clone().requires_grad_()
        output = probe.runner(leaf, [LAYER])[LAYER]
        torch.autograd.grad(output.sum(), leaf)

    def plain() -> None:
        leaf = inputs.clone().requires_grad_()
        torch.autograd.grad(watch(network, [LAYER], leaf)[LAYER].sum(), leaf)

    methods: list[Attribution] = [Saliency(), Deconvolution(), GuidedBackpropagation()]
    fast, loaded = "bare forward + backward, as the toolkit runs it", "bare forward + backward, as loaded (NCHW)"
    works = {method.name: timed(partial(method.attribute, probe, pictures, unit)) for method in methods}
    return compare(
        f"attributions, {LAYER}, {probe.prepare.size[0]} px, batch {BATCH}",
        {**works, fast: timed(bare), loaded: timed(plain)},
        [Ratio(name, below, bound) for name in works for below, bound in ((fast, 1.15), (loaded, 0.75))],
        rounds=rounds,
    )
