"""Attributions against the bare forward and backward pass of the network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from tests.bench.passes import AS_LOADED, AS_RUN, backward_passes
from tests.bench.timing import Ratio, compare, timed
from visualize.methods import Probe, Unit
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency

if TYPE_CHECKING:
    from visualize.methods.attribution.method import Attribution

LAYER = "fire5"
BATCH = 8


def attribution(probe: Probe, rounds: int) -> bool:
    """Saliency, deconvolution and guided backpropagation of a mid-layer unit, peak and preparation included."""
    pictures = torch.rand(BATCH, 3, *probe.prepare.size)
    bare, plain = backward_passes(probe, LAYER, pictures)
    unit = Unit(LAYER, 3)
    methods: list[Attribution] = [Saliency(), Deconvolution(), GuidedBackpropagation()]
    works = {method.name: timed(partial(method.attribute, probe, pictures, unit)) for method in methods}
    return compare(
        f"attributions, {LAYER}, {probe.prepare.size[0]} px, batch {BATCH}",
        {**works, AS_RUN: timed(bare), AS_LOADED: timed(plain)},
        [Ratio(name, below, bound) for name in works for below, bound in ((AS_RUN, 1.15), (AS_LOADED, 0.75))],
        rounds=rounds,
    )
