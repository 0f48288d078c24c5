"""Names of runs of modules: the module's own, or ``name#k`` for run k, from 0, of one that runs several times.

A module whose own name ends in ``#`` and a number is always numbered: a name of a run tells its module. So is one that
is called ``logits``, for that is the name of every network's own output.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = ""
"""The run of the network itself, whose output is the network's own."""
LOGITS = "logits"
"""The name under which every network's own output can be asked for: no run of a module is called that."""
_MARK = "#"
_NUMBERED = re.compile(rf"(?P<module>.*){_MARK}[0-9]+", re.DOTALL)


def run_names(modules: Sequence[str]) -> list[str]:
    """Names of runs: of each run of each module, in order.

    Args:
        modules: the modules' names, in the order in which the runs end.

    Example:
        >>> run_names(["conv", "relu", "conv2", "relu"])
        ['conv', 'relu#0', 'conv2', 'relu#1']
        >>> run_names(["relu#0", "logits"])
        ['relu#0#0', 'logits#0']
    """
    total, before = Counter(modules), Counter[str]()
    names = []
    for module in modules:
        alone = total[module] == 1 and module_of(module) == module and module != LOGITS
        names.append(module if alone else numbered(module, before[module]))
        before[module] += 1
    return names


def numbered(module: str, number: int) -> str:
    """The name of one of a module's several runs."""
    return f"{module}{_MARK}{number}"


def module_of(run: str) -> str:
    """The module that a run is of."""
    numbered = _NUMBERED.fullmatch(run)
    return run if numbered is None else numbered["module"]
