"""A step of gradient ascent and a forward pass on the networks that people have, against the same networks as loaded.

All with random weights from torchvision, four pictures of 224 pixels, and a late layer. As loaded, a step is a forward
and a backward pass of the network itself, in evaluation mode, as far as the layer, for the gradient of the input alone;
ours is a whole step of :class:`~visualize.methods.GradientAscent`: picture, view, network, objective and optimiser.
Both take turns within one process, step by step, so that a machine whose speed drifts is the same for both.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
import torchvision
from torch import nn

from visualize.methods import GradientAscent, Preparation, Probe, Unit
from visualize.methods.ascent.climb import Canvas
from visualize.methods.network.run.hooks import watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.unit import Target

BATCH = 4
SIZE = (224, 224)
CONVOLUTIONAL, TRANSFORMER, FORWARD = 0.8, 1.02, 1.0
"""Bars: of a step in a convolutional network and in a transformer, and of a forward pass in either."""
_CYCLE = 6  # one view in six is resampled: a round sees one of each kind
_ROUNDS = 3
_SECONDS = 20.0


@dataclass(frozen=True)
class Network:
    """A network, by its name in torchvision.

    Args:
        name: torchvision's.
        layer: whose units are excited.
        bar: what a step may take of the time as loaded.
        settings: of its builder.
    """

    name: str
    layer: str
    bar: float = CONVOLUTIONAL
    settings: dict[str, bool] = field(default_factory=dict)

    def built(self) -> nn.Module:
        """The network with random weights."""
        torch.manual_seed(0)
        network: nn.Module = torchvision.models.get_model(self.name, weights=None, **self.settings)
        return network.eval()


NETWORKS = (
    Network("alexnet", "features.11"),
    Network("vgg16", "features.29"),
    Network("resnet18", "layer4"),
    Network("resnet50", "layer4"),
    Network("mobilenet_v2", "features.18"),
    Network("efficientnet_b0", "features.8"),
    Network("googlenet", "inception5b", settings={"aux_logits": False, "init_weights": False}),
    Network("densenet121", "features.denseblock4"),
    Network("regnet_y_400mf", "trunk_output"),
    Network("convnext_tiny", "features.7", TRANSFORMER),
    Network("vit_b_16", "encoder.layers.encoder_layer_11", TRANSFORMER),
    Network("swin_t", "features.7", TRANSFORMER),
)
"""ConvNeXt counts among the transformers, whose operations it has: layer norms, linear layers and GELU."""


class _EnoughError(Exception):
    """Ends an ascent that has been timed for long enough."""


class _Clock:
    """Seconds by the clock and of the processor, of each of some works, round by round."""

    def __init__(self) -> None:
        self.rounds: list[dict[str, list[tuple[float, float]]]] = [{}]

    def note(self, name: str, began: tuple[float, float]) -> None:
        """Enter what has passed since."""
        wall, processor = _now()
        self.rounds[-1].setdefault(name, []).append((wall - began[0], processor - began[1]))

    def ratios(self, above: str, below: str, kind: int) -> list[float]:
        """Ratio of the means of two works in each round; of kind 0 by the clock, 1 by the processor."""
        return [
            statistics.fmean(times[kind] for times in each[above])
            / statistics.fmean(times[kind] for times in each[below])
            for each in self.rounds
        ]

    def milliseconds(self, name: str) -> float:
        """Median over the rounds, by the clock."""
        return 1e3 * statistics.median(statistics.fmean(wall for wall, _ in each[name]) for each in self.rounds)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def architectures(networks: tuple[Network, ...] = NETWORKS, seconds: float = _SECONDS) -> bool:
    """Measure every network and print which bars it keeps.

    Args:
        networks: which.
        seconds: for each, or until three rounds are done.
    """
    print(f"\nnetworks of torchvision, random weights, {SIZE[0]} px, batch {BATCH}; as loaded = 1")
    print("medians of ratios, smallest to largest in brackets; by the clock, then by the processor's time")
    kept = [_measured(network, seconds) for network in networks]
    print(f"  all bars kept by {sum(kept)} of {len(kept)} networks")
    return all(kept)


def _measured(network: Network, seconds: float) -> bool:
    loaded = network.built()
    probe = Probe(loaded, prepare=Preparation(SIZE))
    clock = _timed(probe, _works(probe, loaded, network.layer), network.layer, seconds)
    print(
        f"  {network.name}, {network.layer}: a step {clock.milliseconds('step'):.0f} ms, "
        f"forward {clock.milliseconds('our forward'):.0f} ms; as loaded {clock.milliseconds('loaded'):.0f} ms and "
        f"{clock.milliseconds('forward'):.0f} ms ({len(clock.rounds)} rounds)"
    )
    kept = True
    for above, below, bar in (("step", "loaded", network.bar), ("our forward", "forward", FORWARD)):
        ratios = clock.ratios(above, below, 0)
        good = statistics.median(ratios) <= bar
        kept &= good
        print(
            f"    {above:<12} {_span(ratios)}   processor {_span(clock.ratios(above, below, 1))}   "
            f"bar {bar}: {'kept' if good else 'MISSED'}",
            flush=True,
        )
    return kept


def _works(probe: Probe, loaded: nn.Module, layer: str) -> dict[str, tuple[int, Callable[[], object]]]:
    """Works beside a step of ascent, each with how many steps there are between two runs of it."""
    inputs = probe.prepare(torch.rand(BATCH, 3, *SIZE, generator=torch.Generator().manual_seed(0)))

    def back() -> None:
        leaf = inputs.clone().requires_grad_()
        torch.autograd.grad(watch(loaded, [layer], leaf)[layer].sum(), leaf)

    def forward() -> None:
        with torch.no_grad():
            watch(loaded, [layer], inputs)

    def ours() -> None:
        with torch.no_grad():
            probe.runner(inputs, [layer])

    return {"loaded": (2, back), "forward": (3, forward), "our forward": (3, ours)}


def _timed(probe: Probe, works: dict[str, tuple[int, Callable[[], object]]], layer: str, seconds: float) -> _Clock:
    """Time an ascent's steps, and the other works between them."""
    clock, began, steps = _Clock(), _now(), 0
    for _, work in works.values():
        work()

    def between(done: int, total: int) -> None:
        nonlocal began, steps
        if steps:  # the first one warms up
            clock.note("step", began)
        for name, (every, work) in works.items():
            if steps % every == 0:
                start = _now()
                work()
                if steps:
                    clock.note(name, start)
        if steps and steps % _CYCLE == 0:
            if len(clock.rounds) >= _ROUNDS and _now()[0] - opened > seconds:
                raise _EnoughError
            clock.rounds.append({})
        steps += 1
        began = _now()

    opened = _now()[0]
    try:
        GradientAscent(steps=10_000, batch=BATCH)(probe, awake(probe, layer), progress=between)
    except _EnoughError:
        return clock
    return clock


def awake(probe: Probe, layer: str) -> list[Target]:
    """Four units that answer to the noise that ascent begins with: those that do not are not optimised together."""
    blank = Canvas("fourier", SIZE, count=1, seed=0, device=probe.device)
    with torch.no_grad():
        maps = probe.activations(blank.pictures(blank.numbers(1)), [layer])[layer]
    awake = (maps[0].flatten(1).amax(1) > 0).nonzero()[:BATCH, 0].tolist()
    return [Unit(layer, index) for index in awake]


def _span(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
