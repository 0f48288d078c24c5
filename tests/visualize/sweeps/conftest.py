"""A sweep over a tiny network, its untrained twin, and two that cannot be: done once, and looked at by many tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.visualize.cli.kit import Ran, viz
from tests.visualize.cli.shops import of_labels

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Shop:
    """A sweep that ran.

    Args:
        root: holds tiny.py and the probe set ``set``.
        file: the plan.
        out: its results.
        ran: what the command said.
    """

    root: Path
    file: Path
    out: Path
    ran: Ran

    def again(self, *more: str | Path) -> Ran:
        return viz("sweep", self.file, *more)


def plan(root: Path, out: Path, *lines: str) -> str:
    """Text of a plan over the networks of a folder."""
    return "\n".join([
        f'models = ["{root}/tiny.py:tiny", {{model = "random/{root}/tiny.py:tiny", name = "twin"}},',
        f'  {{model = "{root}/gone.py:gone", layers = ["conv"]}}]',
        'layers = ["conv", "relu", "nowhere"]',
        f'data = ["{root}/set"]',
        f'out = "{out}"',
        *lines,
    ])  # fmt: skip


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root = of_labels(tmp_path_factory.mktemp("sweep"), 60)
    file, out = root / "plan.toml", root / "out"
    methods = 'methods = ["dissect", "top", "saliency", "transfer"]'
    settings = [
        "[dissect]",
        "quantile = 0.1",
        "resamples = 0",
        "[top]",
        "count = 2",
        "[transfer]",
        "twin = false",
        "pixels = 1",
    ]
    file.write_text(plan(root, out, methods, *settings))
    return Shop(root, file, out, viz("sweep", file))
