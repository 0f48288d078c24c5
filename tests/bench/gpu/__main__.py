"""One part, in a process of its own: ``python -m tests.bench.gpu PART FILE`` writes its figures into a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from tests.bench.gpu.parts import PARTS
from tests.bench.gpu.scale import Scale


def main() -> None:
    """Measure the part that is named."""
    name, file = sys.argv[1:]
    Path(file).write_text(json.dumps(PARTS[name][0](Scale(torch.device("cuda")))))


if __name__ == "__main__":
    main()
