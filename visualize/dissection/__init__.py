"""Network Dissection into folders: runs that survive being killed, shards, results, and tables to read again.

* :func:`run` dissects layers of a network over a labelled probe set; :func:`merge` puts shards together.
* :func:`read`, :func:`read_all` and :func:`read_csv` read tables (this project's folders, NetDissect's CSV files) as
  :class:`Table`, with both ways of counting detectors; :func:`read_scores` reads the full unit x concept table.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from methods.dissection.scores import Best, Count, LayerScores, Verdict
    from methods.dissection.settings import Settings
    from visualize.dissection.results import read_scores
    from visualize.dissection.running import Outcome, merge, run
    from visualize.dissection.tables import MANIFEST, Table, read, read_all, read_csv

_WHERE = {
    "methods.dissection.scores": ("Best", "Count", "LayerScores", "Verdict"),
    "methods.dissection.settings": ("Settings",),
    "visualize.dissection.results": ("read_scores",),
    "visualize.dissection.running": ("Outcome", "merge", "run"),
    "visualize.dissection.tables": ("MANIFEST", "Table", "read", "read_all", "read_csv"),
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "MANIFEST", "Best", "Count", "LayerScores", "Outcome", "Settings", "Table", "Verdict", "merge", "read", "read_all",
    "read_csv", "read_scores", "run",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module 'visualize.dissection' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
