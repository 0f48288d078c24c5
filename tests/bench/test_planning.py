"""Planning for a set of shards: without a network, and so without torch."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.planning import listed
from tests.kit.checkout import ROOT

_PLAN = """
import sys
from visualize.data import open_labelled
from visualize.cluster.pieces import cut
from tests.bench.planning import listed
held = listed(3, 20)
held.fingerprint, held.concepts, cut(len(held), 8)
print("torch" in sys.modules)
"""


def test_it_loads_no_torch() -> None:
    done = subprocess.run([sys.executable, "-c", _PLAN], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_the_entries_are_those_of_shards() -> None:
    held = listed(3, 20)
    assert (len(held), held.categories) == (60, ("object", "class"))
    assert held.file(41) == "shard-000002/000000041.jpg"
    assert held.fingerprint != listed(2, 30).fingerprint
