"""How much memory the machine has left for this process: in a container or a batch job, less than there is.

Linux states what a group of processes may take (a *cgroup*: a container, a job of Slurm, a service) in files of the
system; a limit of the process itself is ``ulimit -v``. Elsewhere nothing is known.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESS = Path("/proc/self")
_MACHINE = Path("/proc/meminfo")
_GROUPS = Path("/sys/fs/cgroup")
_NAMES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
_EASILY_FREED = ("inactive_file", "total_inactive_file")  # of files that were read, in memory.stat
_NO_LIMIT = 1 << 60  # older kernels write a number of about that size


def allowed() -> int | None:
    """Bytes that the process may take in all, by the strictest of its limits; None where it has none."""
    limits = [limit for limit, _ in _limits()]
    return min(limits) if limits else None


def left() -> int | None:
    """Bytes that the process may still take before one of its limits is reached; None where it has none."""
    rests = [max(0, limit - taken) for limit, taken in _limits()]
    return min(rests) if rests else None


def available() -> int | None:
    """Bytes of the machine that are free, or held for files alone and easily freed; None where it does not tell."""
    try:
        lines = _MACHINE.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _limits() -> Iterator[tuple[int, int]]:
    """Each limit, and what is taken of it."""
    for folder in control_groups():
        for most, taken in _NAMES:
            limit = _number(folder / most)
            if limit is not None and limit < _NO_LIMIT:
                yield limit, max(0, (_number(folder / taken) or 0) - _freed(folder))
    own = address_space()
    if own is not None:
        yield own


def control_groups() -> Iterator[Path]:
    """Folders of the groups that the process is in, and of those that these are in."""
    try:
        lines = (_PROCESS / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = [*line.split(":", 2), "", ""][:3]
        if kinds and "memory" not in kinds.split(","):
            continue
        base = _GROUPS / "memory" if kinds else _GROUPS
        group = base / path.lstrip("/")
        yield from (folder for folder in (group, *group.parents) if folder == base or base in folder.parents)


def _number(file: Path) -> int | None:
    """The number that a file of the system holds; None where there is no such file, or a word such as max."""
    try:
        return int(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _freed(folder: Path) -> int:
    """Bytes of a group that are held for files alone, and given up where memory is wanted."""
    try:
        pairs = [line.split() for line in (folder / "memory.stat").read_text("utf-8").splitlines()]
        stated = {name: int(value) for name, value in pairs}
    except (OSError, ValueError):
        return 0
    return max((stated.get(name, 0) for name in _EASILY_FREED), default=0)


def address_space() -> tuple[int, int] | None:
    """Bytes that ``ulimit -v`` lets the process address, and those that it does; None where it sets no limit."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        pages = int((_PROCESS / "statm").read_text("utf-8").split()[0])
        return None if limit in {resource.RLIM_INFINITY, -1} else (limit, pages * resource.getpagesize())
    except (ImportError, OSError, ValueError, IndexError):
        return None
