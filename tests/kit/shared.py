"""Where the real photographs and weights lie that some tests need and that the project does not publish."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[2]


def shared(path: str) -> Path:
    """A file or folder of the shared material; the test is skipped, with a reason, where there is none.

    Looked for in the folder that the environment variable VIZ_SHARED names, else in ``shared`` beside the checkout.
    """
    root = Path(os.environ.get("VIZ_SHARED", _CHECKOUT.parent / "shared"))
    found = root / path
    if not found.exists():
        pytest.skip(f"needs {path} of the shared material, and {root} does not have it (set VIZ_SHARED)")
    return found
