"""Timing several things in turn, so that a ratio between them survives a machine whose speed drifts."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

Work = Callable[[], float]
"""Does something once and returns the seconds that count."""


@dataclass(frozen=True)
class Ratio:
    """A bound on the median of a ratio, taken round by round.

    Args:
        above, below: the names of the numerator and the denominator.
        bound: what the median should not exceed.
    """

    above: str
    below: str
    bound: float


def timed(work: Callable[[], object]) -> Work:
    """Count all the seconds of a call."""

    def run() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return run


def worked(work: Callable[[], object]) -> Work:
    """Count the processor time of a call, of all threads: it hardly hangs on what else the machine does."""

    def run() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return run


def compare(title: str, works: Mapping[str, Work], ratios: list[Ratio], *, rounds: int) -> bool:
    """Run everything once to warm up, then in turn for some rounds, and print medians and spreads.

    Returns:
        Whether every median ratio keeps its bound.
    """
    for work in works.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(work())
    print(f"\n{title}  ({rounds} rounds; median, smallest to largest)")
    for name, times in seconds.items():
        print(f"  {name:<58} {_span([1e3 * each for each in times])} ms")
    kept = True
    for ratio in ratios:
        values = [a / b for a, b in zip(seconds[ratio.above], seconds[ratio.below], strict=True)]
        good = statistics.median(values) <= ratio.bound
        kept &= good
        print(
            f"  {ratio.above} / {ratio.below}: {_span(values, 3)}   bar {ratio.bound}: {'kept' if good else 'MISSED'}"
        )
    return kept


def _span(values: list[float], digits: int = 1) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:8.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def header() -> None:
    """Print the command, the machine and the allocator's settings."""
    print(f"command: python -m {' '.join(['tests.bench', *sys.argv[1:]])}")
    print(
        f"machine: {platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads, Python {platform.python_version()}"
    )
    print(
        f"allocator: {', '.join(f'{k}={v}' for k, v in os.environ.items() if k.startswith('MALLOC_')) or 'as it comes'}"
    )
