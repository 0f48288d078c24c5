"""Drawing scenes, hearing and describing them: how many one core manages in a second."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from visualize.scenes import Scenes
from visualize.scenes.captions import captions
from visualize.scenes.sound import shipped, soundtrack, texture

if TYPE_CHECKING:
    from collections.abc import Callable

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
    _described(scenes, rounds)
    return kept


def _described(scenes: Scenes, rounds: int) -> None:
    """Print how long a scene's sound, the statistics of it and five captions take."""
    drawn = [scenes.scene(index) for index in range(_ROUND)]
    heard = [soundtrack(scene, scenes.number(index)) for index, scene in enumerate(drawn)]
    pieces: dict[str, Callable[[int], object]] = {
        "a scene's sound": lambda index: soundtrack(drawn[index], scenes.number(index)),
        "its statistics and its cluster": lambda index: shipped().of(texture(heard[index])),
        "five captions": lambda index: captions(drawn[index], scenes.number(index)),
    }
    print("\nmilliseconds of the core's time, scenes of 128 px  (median, smallest to largest)")
    for name, piece in pieces.items():
        taken = []
        for _ in range(rounds):
            began = time.process_time()
            for index in range(_ROUND):
                piece(index)
            taken.append((time.process_time() - began) / _ROUND * 1e3)
        print(f"  {name:<58} {statistics.median(taken):8.2f} ({min(taken):.2f} to {max(taken):.2f})")


def _draw(scenes: Scenes, first: int) -> None:
    for index in range(first, first + _ROUND):
        scenes.scene(index)
