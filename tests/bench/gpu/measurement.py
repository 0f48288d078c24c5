"""``python -m tests.bench gpu [FILE]``: all that can be measured on one GPU, in under 8 minutes, into one JSON file.

Each part runs in a process of its own that is ended at its limit, and what fails is recorded while the rest goes on.
Without a GPU it says so and ends with 2; ``--rehearse`` runs every part in miniature on the processor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from tests.bench.gpu.parts import PARTS
from tests.bench.gpu.record import bars, machine, write
from tests.bench.gpu.scale import Miniature, Scale
from tests.kit.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Work = Callable[[float], dict[str, Any]]

LIMIT = 465.0
"""Seconds that all parts may take together."""
FILE = "gpu.json"
_ENDING = 4000  # letters of a failed part's last words


def main(arguments: Sequence[str]) -> int:
    """Measure: 0, or 1 if a bar was missed or a part failed, or 2 without a GPU."""
    rehearse = "--rehearse" in arguments
    names = [name for name in arguments if name != "--rehearse"]
    if len(names) > 1 or any(name.startswith("-") for name in names):
        print("python -m tests.bench gpu [FILE] [--rehearse]", file=sys.stderr)
        return 2
    if not rehearse and not torch.cuda.is_available():
        print(
            "no GPU: torch sees no CUDA device here, so there is nothing to measure; --rehearse tries the script",
            file=sys.stderr,
        )
        return 2
    path = Path(names[0] if names else FILE)
    works = rehearsed() if rehearse else {name: alone(name) for name in PARTS}
    scale = Miniature() if rehearse else Scale(torch.device("cuda"))
    return measured(path, works, machine(scale.device) | {"rehearsal": rehearse})


def measured(path: Path, works: dict[str, Work], about: dict[str, Any], limit: float = LIMIT) -> int:
    """Do all works within a time, and write down what each gave.

    Args:
        path: the JSON file, written anew after each.
        works: by name, given the seconds that are left.
        about: the machine.
        limit: seconds for all.
    """
    began, parts = time.monotonic(), dict[str, dict[str, Any]]()
    print(f"{about['device']}, torch {torch.__version__}; figures go to {path}")
    for name, work in works.items():
        start = time.monotonic()
        left = limit - (start - began)
        try:
            parts[name] = work(left) if left > 0 else {"error": "not begun: the time was up"}
        except Exception as fault:  # noqa: BLE001 (what fails is recorded, and the rest goes on)
            parts[name] = {"error": f"{type(fault).__name__}: {fault}"}
        parts[name]["part took, seconds"] = time.monotonic() - start
        told = bars(parts, judged=not about["rehearsal"])
        write(path, {"machine": about, "parts": parts, "bars": told, "complete": len(parts) == len(works)})
        print(f"\n{name}\n{_lines(parts[name])}", flush=True)
    for bar in told:
        said = {None: "not measured", True: "kept", False: "MISSED"}[bar["kept"]]
        value = "" if bar["value"] is None else f"{bar['value']:.3g}, "
        print(f"\n{bar['bar']}: {value}bar {bar['bound']:g}: {said}")
    failed = any("error" in part for part in parts.values())
    return int(failed or any(bar["kept"] is False for bar in told))


def rehearsed() -> dict[str, Work]:
    """Every part in miniature, in this process."""
    return {name: (lambda _left, part=part: part(Miniature())) for name, (part, _) in PARTS.items()}  # type: ignore[misc]


def alone(name: str) -> Work:
    """A part in a process of its own, which is ended at its limit; what it told until then is kept."""

    def work(left: float) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "figures.json"
            failed = {}
            try:
                limited([sys.executable, "-m", "tests.bench.gpu", name, str(file)], min(left, PARTS[name][1]))
            except (TimeoutError, RuntimeError) as fault:
                failed = {"error": f"{type(fault).__name__}: {fault}"}
            figures: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return figures | failed

    return work


def limited(command: Sequence[str], seconds: float) -> None:
    """Run a command, and its children, for so long at most.

    Raises:
        TimeoutError: it took longer, and was ended.
        RuntimeError: it failed; the message is the end of what it wrote.
    """
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT, start_new_session=True) as process,
    ):
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise TimeoutError(f"ended after {seconds:.0f} s") from None
        if code:
            said.seek(0)
            raise RuntimeError(said.read()[-_ENDING:].strip() or f"ended with {code}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session of its own, with all that it started."""
    import os
    import signal

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _lines(figures: dict[str, Any], indent: str = "  ") -> str:
    lines = []
    for key, value in figures.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", _lines(value, f"{indent}  ")]
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            lines.append(f"{indent}{key}: {shown if len(shown) < _ENDING else f'... {shown[-_ENDING:]}'}")
    return "\n".join(lines)
