"""How often names in text agree with Network Dissection, where pictures' labels stand for similarities.

Prints, for each score and each way to pool a map, the part of the detectors whose first word, or one of whose first
five, is the concept that Network Dissection finds: of conv5 of scenes-alexnet-plain on its scenes.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, cast, get_args

import visualize as viz
from visualize.methods import Dissection
from visualize.methods.dissection.text.coverage import coverage
from visualize.methods.dissection.text.naming import named
from visualize.methods.dissection.text.pooling import pooled
from visualize.methods.dissection.text.settings import Pool, Score, Settings
from visualize.methods.pictures.scan import Scan
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from visualize.methods import DissectionResult

LAYER, TOP = "conv5", 30


def main() -> None:
    """Measure and print."""
    probe, scenes = viz.load("scenes-alexnet-plain"), viz.open_labelled("scenes")
    dissected = cast("tuple[DissectionResult, ...]", Dissection(resamples=0)(probe, probe.units(LAYER), scenes))
    detectors = {unit: result.named.label for unit, result in enumerate(dissected) if result.detector}
    words = coverage(scenes, probe.prepare, silent)
    sys.stdout.write(
        f"{len(detectors)} detectors of {len(dissected)} units; {len(words.words)} words, {len(scenes)} scenes\n"
    )
    for pool in get_args(Pool):
        scanned = pooled(Scan(probe, scenes, [LAYER]), cast("Pool", pool))
        for score in get_args(Score):
            settings = _settings(score, pool)
            began = time.process_time()
            names = named(scanned[LAYER], words, settings, shown=5)
            seconds = time.process_time() - began
            lists = {unit: [words.words[column].partition(" (")[0] for column in names.order[unit]]
                     for unit in detectors}  # fmt: skip
            first = sum(lists[unit][0] == label for unit, label in detectors.items())
            five = sum(label in lists[unit] for unit, label in detectors.items())
            part = f"{first / len(detectors):7.0%}{five / len(detectors):7.0%}"
            sys.stdout.write(f"{pool:5}{score:14}{part}{seconds:8.2f} s\n")


def _settings(score: Score, pool: Pool) -> Settings:
    """A score's settings; those that count pictures look at the 30 best of 300."""
    if score in {"softwpmi", "wpmi"}:
        return Settings(score=score, pool=pool, top=TOP)
    return Settings(score=score, pool=pool, fraction=TOP / 300) if score == "rank" else Settings(score=score, pool=pool)


if __name__ == "__main__":
    main()
