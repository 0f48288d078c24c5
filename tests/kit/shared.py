"""Where the real photographs and weights lie that some tests need and that the project does not publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import SHARED

if TYPE_CHECKING:
    from pathlib import Path


def shared(path: str) -> Path:
    """A file or folder of the shared material; the test is skipped, with a reason, where there is none.

    Looked for in the folder that the environment variable VIZ_SHARED names, else in ``shared`` beside the checkout.
    """
    item = SHARED / path
    if not item.exists():
        pytest.skip(f"needs {path} of the shared material, and {SHARED} does not have it (set VIZ_SHARED)")
    return item
