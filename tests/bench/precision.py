"""A step of gradient ascent in bfloat16, and the activations that pictures made in it reach.

A step is held against the network's forward and backward pass as it was loaded, in float32, as in
:mod:`tests.bench.architectures`, and against a step in float32; all take turns within one process. A picture made in
bfloat16 ends elsewhere than that of float32, as a picture of float32 does after a change of the rate by 1 in 1,000,
which is therefore measured too. One unit says little: what counts is the sum over all units of a layer and some seeds,
with the interval of a bootstrap over units.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import torch

import visualize as viz
from tests.bench.architectures import NETWORKS, awake
from tests.bench.passes import backward_passes
from visualize.methods import AscentResult, GradientAscent, Preparation, Probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.unit import Target

BAR = 0.6
"""Most that a step may take of a forward and backward pass as loaded."""
WITHIN = 0.02
"""How far the activations reached may be from float32's."""
_ROUNDS, _BATCH = 5, 4
_DRAWS = 2000


def precision() -> bool:
    """Measure and print; whether every network keeps the bars."""
    print(
        f"\na step of ascent in bfloat16, batch {_BATCH}; medians of ratios by the clock, then by the processor's time"
    )
    scenes = {name: viz.load(name) for name in ("scenes-alexnet", "scenes-alexnet-plain")}
    kept = [_steps(name, probe, "conv5") for name, probe in scenes.items()]
    kept += [
        _steps(network.name, Probe(network.built(), prepare=Preparation((224, 224))), network.layer)
        for network in NETWORKS
    ]
    kept += [_strengths(name, probe, seeds=8) for name, probe in scenes.items()]
    return all(kept)


def _steps(name: str, probe: Probe, layer: str) -> bool:
    units = awake(probe, layer)
    pictures = torch.rand(_BATCH, 3, *probe.prepare.size, generator=torch.Generator().manual_seed(0))
    _, as_loaded = backward_passes(probe, layer, pictures)
    rounds = []
    for _ in range(_ROUNDS):
        began = _now()
        for _ in range(6):
            as_loaded()
        loaded = (_now() - began) / 6
        rounds.append((loaded, _seconds(probe, units, "float32"), _seconds(probe, units, "bf16")))
    taken = np.array(rounds[1:])  # rounds x (loaded, float32, bfloat16) x (clock, processor)
    of_loaded, of_plain = taken[:, 2] / taken[:, 0], taken[:, 2] / taken[:, 1]
    good = bool(np.median(of_loaded[:, 0]) <= BAR)
    print(
        f"  {name}, {layer}: {_span(of_loaded[:, 0])} of as loaded, processor {_span(of_loaded[:, 1])}   "
        f"bar {BAR}: {'kept' if good else 'MISSED'}\n    of a step in float32 {_span(of_plain[:, 0])}, "
        f"processor {_span(of_plain[:, 1])}",
        flush=True,
    )
    return good


def _now() -> NDArray[np.float64]:
    return np.array([time.perf_counter(), time.process_time()])


def _span(values: NDArray[np.float64]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _seconds(probe: Probe, units: Sequence[Target], precision: Literal["float32", "bf16"]) -> NDArray[np.float64]:
    """Mean time of a step, by the clock and of the processor; the first two are left out."""
    stamps: list[NDArray[np.float64]] = []
    GradientAscent(steps=8, batch=len(units), precision=precision)(
        probe, units, progress=lambda _done, _total: stamps.append(_now())
    )
    seconds: NDArray[np.float64] = (stamps[-1] - stamps[1]) / (len(stamps) - 2)
    return seconds


def _strengths(name: str, probe: Probe, seeds: int, steps: int = 64) -> bool:
    """Activations of all units of conv5 that pictures in bfloat16 reach, against those in float32."""
    plain = _reached(probe, steps, seeds)
    ratio, low, high = _compared(_reached(probe, steps, seeds, precision="bf16"), plain)
    control = _compared(_reached(probe, steps, seeds, rate=0.1001), plain)
    good = abs(ratio - 1) <= WITHIN
    print(
        f"  {name}, {plain.shape[1]} units of conv5 x {seeds} seeds, {steps} steps: activations {ratio:.3f} "
        f"({low:.3f} to {high:.3f}) of float32's   bar {WITHIN:.0%}: {'kept' if good else 'MISSED'}\n"
        f"    float32 at another rate {control[0]:.3f} ({control[1]:.3f} to {control[2]:.3f})",
        flush=True,
    )
    return good


def _reached(
    probe: Probe, steps: int, seeds: int, *, precision: Literal["float32", "bf16"] = "float32", rate: float = 0.1
) -> NDArray[np.float64]:
    """Seeds x units."""
    units = probe.units("conv5")
    rows = []
    for seed in range(seeds):
        method = GradientAscent(steps=steps, batch=16, precision=precision, rate=rate, seed=seed)
        rows.append([cast("AscentResult", result).activation for result in method(probe, units)])
    return np.array(rows)


def _compared(given: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[float, float, float]:
    """Ratio of sums, and its 95 % interval: units are drawn anew, with all their seeds."""
    chance, count = np.random.default_rng(0), given.shape[1]
    drawn = [chance.integers(0, count, count) for _ in range(_DRAWS)]
    low, high = np.percentile([given[:, units].sum() / wanted[:, units].sum() for units in drawn], [2.5, 97.5])
    return float(given.sum() / wanted.sum()), float(low), float(high)
