"""Names of runs of modules: the module's own, or ``name#k`` for run k, from 0, of one that runs several times."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = ""
"""The run of the network itself, whose output is the network's own."""
_MARK = "#"


def run_names(modules: Sequence[str]) -> list[str]:
    """Names of runs: of each run of each module, in order.

    Args:
        modules: the modules' names, in the order in which the runs end.

    Example:
        >>> run_names(["conv", "relu", "conv2", "relu"])
        ['conv', 'relu#0', 'conv2', 'relu#1']
    """
    total, before = Counter(modules), Counter[str]()
    names = []
    for module in modules:
        names.append(numbered(module, before[module]) if total[module] > 1 else module)
        before[module] += 1
    return names


def numbered(module: str, number: int) -> str:
    """The name of one of a module's several runs."""
    return f"{module}{_MARK}{number}"


def module_of(run: str) -> str:
    """The module that a run is of."""
    return run.partition(_MARK)[0]
