"""A step of gradient ascent in bfloat16 against one in float32, and the activations that pictures made in each reach.

The steps take turns within one process. A picture made in bfloat16 ends elsewhere than that of float32, as a picture
of float32 does after a change of the rate by 1 in 1,000, which is therefore measured too.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Literal, cast

import visualize as viz
from tests.bench.architectures import NETWORKS
from visualize.methods import AscentResult, GradientAscent, Preparation, Probe, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.unit import Target

BAR = 0.6
"""Most that a step may take of float32's."""
_UNITS = range(0, 64, 4)
_NAMES = ("resnet18", "alexnet", "mobilenet_v2")


def precision() -> bool:
    """Measure and print; whether every network keeps the bar."""
    scenes = viz.load("scenes-alexnet-plain")
    networks = {network.name: network for network in NETWORKS if network.name in _NAMES}
    kept = [_steps("scenes-alexnet-plain", scenes, [Unit("conv5", index) for index in _UNITS][:4])]
    for name, network in networks.items():
        probe = Probe(network.built(), prepare=Preparation((224, 224)))
        kept.append(_steps(name, probe, [Unit(network.layer, index) for index in range(4)]))
    for steps in (64, 256):
        _strengths(scenes, steps)
    return all(kept)


def _steps(name: str, probe: Probe, units: Sequence[Target]) -> bool:
    rounds = [(_seconds(probe, units, "float32"), _seconds(probe, units, "bf16")) for _ in range(5)][1:]
    ratios = [rough / plain for plain, rough in rounds]
    print(f"  {name}: a step {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of float32's")
    return statistics.median(ratios) <= BAR


def _seconds(probe: Probe, units: Sequence[Target], precision: Literal["float32", "bf16"]) -> float:
    """Mean time of a step, the first two left out."""
    stamps: list[float] = []
    GradientAscent(steps=8, batch=len(units), precision=precision)(
        probe, units, progress=lambda _done, _total: stamps.append(time.perf_counter())
    )
    return (stamps[-1] - stamps[1]) / (len(stamps) - 2)


def _strengths(probe: Probe, steps: int) -> None:
    plain = _reached(probe, GradientAscent(steps=steps))
    others = {
        "bfloat16": GradientAscent(steps=steps, precision="bf16"),
        "rate": GradientAscent(steps=steps, rate=0.1001),
    }
    for name, method in others.items():
        reached = _reached(probe, method)
        ratios = [given / wanted for given, wanted in zip(reached, plain, strict=True)]
        print(
            f"  {steps} steps, {name}: activations {sum(reached) / sum(plain):.2f} of float32's on the whole, "
            f"{min(ratios):.2f} to {max(ratios):.2f} unit by unit"
        )


def _reached(probe: Probe, method: GradientAscent) -> list[float]:
    units = [Unit("conv5", index) for index in _UNITS]
    return [cast("AscentResult", result).activation for result in method(probe, units)]
