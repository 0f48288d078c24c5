"""``python -m tests.bench [NAME ...]``: the bars of speed, and of what gradient ascent reaches. All, if none is named.

- ``ascent``, ``scan``, ``attribution``, ``optimise`` (inversion and dream), ``dissection``: times against the bare work
  of the network, as medians of ratios taken in turn;
- ``architectures``: a step of ascent and a forward pass on a dozen networks of torchvision (five minutes);
- ``compositional``: formulas of eight units against the published search's package;
- ``ablate``: all that a network loses without the units of a layer, against loading + forward;
- ``transfer``: features of all blocks against loading + forward, and the seconds of a fit;
- ``precision``: a step of ascent in bfloat16 against one in float32, and what its pictures reach;
- ``examination``: what is found out about a network before anything is measured, against a unit's picture (minutes);
- ``start``: the processor time of commands that must answer at once;
- ``planning``: memory and time of a million entries of shards, before a network looks at them;
- ``report``: a report of 2,048 units in Chromium, its first paint and its longest task;
- ``scenes``: how many scenes are drawn in a second;
- ``strength``: the pictures of 64 units (minutes), against the largest activations on photographs;
- ``gpu [FILE] [--rehearse]``, never among all: what can be measured on a GPU (:mod:`tests.bench.gpu.measurement`).

All but ``architectures``, ``precision``, ``start``, ``planning``, ``report`` and ``scenes`` need the places-squeezenet
weights and the camvid-broden photographs of the shared material (VIZ_SHARED, or ``shared`` beside the checkout).
"""

from __future__ import annotations

import functools
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING

import torch

from tests.bench.passes import AS_LOADED, AS_RUN, backward_passes
from tests.bench.timing import Ratio, Work, compare, header, timed
from tests.kit.checkout import SHARED
from visualize.data import open_labelled
from visualize.methods import AscentResult, GradientAscent, Images, Probe, TopImages, TopResult, Unit
from visualize.methods.network.run.hooks import watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.pictures.labelled import Labelled

LAYER = "fire9"


def ascent(probe: Probe, batch: int, rounds: int) -> bool:
    """One step of gradient ascent against the bare forward and backward pass of the truncated network."""
    pictures = torch.rand(batch, 3, *probe.prepare.size)
    bare, plain = backward_passes(probe, LAYER, pictures)
    return compare(
        f"gradient ascent, {LAYER}, {probe.prepare.size[0]} px, batch {batch}",
        {
            "a step": _step(probe, batch),
            AS_RUN: timed(bare),
            AS_LOADED: timed(plain),
        },
        [
            Ratio("a step", AS_RUN, 1.25),
            Ratio("a step", AS_LOADED, 0.8),
        ],
        rounds=rounds,
    )


def _step(probe: Probe, batch: int, steps: int = 9) -> Work:
    """The mean of some steps; what happens once before and after them is not a step."""
    units = [Unit(LAYER, index) for index in range(batch)]

    def run() -> float:
        at: list[float] = []
        GradientAscent(steps=steps, batch=batch)(
            probe, units, progress=lambda _done, _total: at.append(time.perf_counter())
        )
        return (at[-1] - at[0]) / (len(at) - 1)

    return run


def scan(probe: Probe, images: Images, rounds: int) -> bool:
    """Top images of all units of a layer against loading and the bare forward pass."""
    network = probe.network.eval()
    units = probe.units(LAYER)

    def forward(batch: int, *, fast: bool) -> None:
        for first in range(0, len(images), batch):
            loaded = [images.load(index, probe.prepare) for index in range(first, min(first + batch, len(images)))]
            pictures = torch.stack([torch.from_numpy(picture) for picture in loaded]).permute(0, 3, 1, 2).float() / 255
            with torch.no_grad():
                probe.activations(pictures, [LAYER]) if fast else watch(network, [LAYER], probe.prepare(pictures))

    return compare(
        f"top images of {len(units)} units, {LAYER}, {len(images)} photographs",
        {
            "a scan": timed(lambda: TopImages()(probe, units, images)),
            "loading + forward, as the toolkit runs it": timed(lambda: forward(8, fast=True)),
            "loading + forward, as loaded (NCHW, batch 32)": timed(lambda: forward(32, fast=False)),
        },
        [
            Ratio("a scan", "loading + forward, as the toolkit runs it", 1.3),
            Ratio("a scan", "loading + forward, as loaded (NCHW, batch 32)", 0.5),
        ],
        rounds=rounds,
    )


def strength(probe: Probe, images: Images) -> bool:
    """Activations that ascent of 256 steps reaches, against the largest ones on the photographs."""
    units = probe.units(LAYER)[:64]
    top = TopImages(count=1)(probe, units, images)
    results = GradientAscent(steps=256)(probe, units)
    ratios = [
        result.against(best.strongest).ratio or 0.0
        for result, best in zip(results, top, strict=True)
        if isinstance(result, AscentResult) and isinstance(best, TopResult)
    ]
    above = sum(ratio > 1 for ratio in ratios) / len(ratios)
    median = statistics.median(ratios)
    kept = above >= 0.99 and median >= 2.5
    print(f"\nstrength of 256 steps, {LAYER}, units 0-63, {probe.prepare.size[0]} px, {len(images)} photographs")
    print(f"  above the best photograph: {above:.1%} of the units   bar 99 %")
    print(f"  ratio to it: {min(ratios):.2f} to {max(ratios):.2f}, median {median:.2f}   bar 2.5")
    print(f"  both bars: {'kept' if kept else 'MISSED'}")
    return kept


class Material:
    """The network and the photographs, with their labels, that benchmarks run on; opened when one asks for them."""

    @functools.cached_property
    def probe(self) -> Probe:
        """The network."""
        import visualize

        return visualize.load("places-squeezenet")

    @functools.cached_property
    def images(self) -> Labelled:
        """The photographs."""
        return open_labelled(SHARED / "data" / "camvid-broden")


def _attribution(given: Material) -> list[bool]:
    from tests.bench.attribution import attribution

    return [attribution(given.probe, rounds=41)]


def _optimise(given: Material) -> list[bool]:
    from tests.bench.optimise import dream, inversion

    return [inversion(given.probe, rounds=21), dream(given.probe, rounds=21)]


def _architectures(_given: Material) -> list[bool]:
    from tests.bench.architectures import architectures

    return [architectures()]


def _precision(_given: Material) -> list[bool]:
    from tests.bench.precision import precision

    return [precision()]


def _scenes(_given: Material) -> list[bool]:
    from tests.bench.scenes import rate

    return [rate()]


def _report(_given: Material) -> list[bool]:
    from tests.bench.report import report

    return [report()]


def _planning(_given: Material) -> list[bool]:
    from tests.bench.planning import planning

    return [planning()]


def _start(_given: Material) -> list[bool]:
    from tests.bench.start import start

    return [start()]


def _dissection(given: Material) -> list[bool]:
    from tests.bench.dissection import dissection

    return [dissection(given.probe, given.images, rounds=3)]


def _examination(given: Material) -> list[bool]:
    from tests.bench.examination import examination

    return examination(given.probe)


def _compositional(given: Material) -> list[bool]:
    from tests.bench.compositional import compositional

    return [compositional(given)]


def _ablate(given: Material) -> list[bool]:
    from tests.bench.ablate import ablate

    return [ablate(given.probe, given.images, rounds=3)]


def _transfer(given: Material) -> list[bool]:
    from tests.bench.transfer import transfer

    return [transfer(given.probe, given.images, rounds=5)]


BENCHES: dict[str, Callable[[Material], list[bool]]] = {
    "ascent": lambda given: [ascent(given.probe, 1, rounds=41), ascent(given.probe, 8, rounds=11)],
    "scan": lambda given: [scan(given.probe, given.images, rounds=5)],
    "attribution": _attribution,
    "optimise": _optimise,
    "dissection": _dissection,
    "compositional": _compositional,
    "architectures": _architectures,
    "ablate": _ablate,
    "transfer": _transfer,
    "precision": _precision,
    "examination": _examination,
    "start": _start,
    "planning": _planning,
    "report": _report,
    "scenes": _scenes,
    "strength": lambda given: [strength(given.probe, given.images)],
}


def main() -> int:
    """Run what is asked for; 1 if a bar was missed, 2 if there is no such benchmark."""
    if sys.argv[1:2] == ["gpu"]:
        from tests.bench.gpu.measurement import main as gpu

        return gpu(sys.argv[2:])
    unknown = [name for name in sys.argv[1:] if name not in BENCHES]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    os.environ.setdefault("VIZ_MIRROR", str(SHARED / "weights"))
    header()
    given = Material()
    kept = [bar for name in sys.argv[1:] or BENCHES for bar in BENCHES[name](given)]
    print(f"\n{sum(kept)} of {len(kept)} benchmarks keep all their bars")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
