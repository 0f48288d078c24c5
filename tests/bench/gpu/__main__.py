"""One part, in a process of its own: ``python -m tests.bench.gpu PART FILE`` writes its figures into a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from tests.bench.gpu.parts import PARTS
from tests.bench.gpu.record import write
from tests.bench.gpu.scale import Scale


def main() -> None:
    """Measure the part that is named."""
    name, file = sys.argv[1:]

    def tell(figures: dict[str, Any]) -> None:
        write(Path(file), figures)

    tell(PARTS[name][0](Scale(torch.device("cuda"), tell=tell)))


if __name__ == "__main__":
    main()
