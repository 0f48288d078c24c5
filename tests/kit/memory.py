"""The most memory that a process has held."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


def peak() -> int:
    """Bytes, of this process alone: what ``getrusage`` says counts, on Linux, that of the one that started it too."""
    if _STATUS.exists():
        return _stated("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def reset_peak() -> int:
    """Begin to measure the peak anew, where the system can do that; gives the bytes that are held now."""
    with contextlib.suppress(OSError):
        _RESET.write_text("5")
    return _stated("VmRSS") if _STATUS.exists() else peak()


def _stated(what: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{what}:"))
    return int(line.split()[1]) * 1024
