"""Drawing scenes: how many pictures of 128 pixels, with their labels, one core draws in a second."""

from __future__ import annotations

import statistics
import time

from visualize.scenes import Scenes

BAR = 100  # scenes a second on one core
_ROUND = 48  # scenes: four of each kind


def rate(rounds: int = 15) -> bool:
    """Draw other scenes round by round and print how many come in a second.

    The core's own time counts: by the clock a machine with other work seems slower than it is.

    Returns:
        Whether the median round draws :data:`BAR` scenes or more a second.
    """
    scenes = Scenes(_ROUND * (rounds + 1), 0, 128, "train")
    _draw(scenes, 0)  # once to warm up: tiles of noise, the table of colour names
    worked, passed = [], []
    for first in range(_ROUND, len(scenes), _ROUND):
        work, clock = time.process_time(), time.perf_counter()
        _draw(scenes, first)
        worked.append(_ROUND / (time.process_time() - work))
        passed.append(_ROUND / (time.perf_counter() - clock))
    kept = statistics.median(worked) >= BAR
    print(f"\nscenes of 128 px with their labels, one core  ({rounds} rounds of {_ROUND}; median, smallest to largest)")
    for name, rates in (("scenes a second of the core's time", worked), ("scenes a second by the clock", passed)):
        print(f"  {name:<58} {statistics.median(rates):8.1f} ({min(rates):.1f} to {max(rates):.1f})")
    print(f"  scenes a second of the core's time: bar {BAR}: {'kept' if kept else 'MISSED'}")
    return kept


def _draw(scenes: Scenes, first: int) -> None:
    for index in range(first, first + _ROUND):
        scenes.scene(index)
