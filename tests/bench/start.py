"""Starting: the processor time of commands that must answer at once."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.kit.checkout import ROOT

BARS: dict[str, tuple[list[str], float]] = {
    "viz --help": (["-m", "visualize", "--help"], 0.35),
    "viz models": (["-m", "visualize", "models"], 0.5),
    "listing the models from Python": (["-c", "import visualize.models as zoo; zoo.listing()"], 0.5),
}
"""Name -> the arguments of Python, and its bar: seconds of processor time, Python's own start included."""
ROUNDS = 5


def start() -> bool:
    """Run each command some times, and print the least processor time that it took, beside its bar.

    Processor time of a process of its own: what else runs on the machine does not count in it.

    Returns:
        Whether every command keeps its bar.
    """
    print(f"\nstarting: processor time, each run in a process of its own  (the least of {ROUNDS} runs)")
    all_kept = True
    for name, (arguments, bar) in BARS.items():
        least = min(_seconds(arguments) for _ in range(ROUNDS))
        kept = least < bar
        all_kept &= kept
        print(f"  {name:<58} {least:8.2f} s   bar: less than {bar} s: {'kept' if kept else 'MISSED'}")
    return all_kept


def _seconds(arguments: list[str]) -> float:
    """The processor time of one run."""
    before = os.times()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system
