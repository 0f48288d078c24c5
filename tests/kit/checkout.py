"""Folders that tests and benchmarks know."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: ``methods``, ``visualize``, ``tests``, ``examples`` and ``docs`` lie in it."""

SHARED = Path(os.environ.get("VIZ_SHARED", ROOT.parent / "shared"))
"""Photographs and weights that the project does not publish; the environment variable VIZ_SHARED names the folder."""
