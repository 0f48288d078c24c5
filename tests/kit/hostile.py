"""Bad and hostile inputs: every one ends in one line and exit 2, leaves nothing, and takes little time and memory."""

from __future__ import annotations

import resource
import signal
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.kit.memory import peak, reset_peak
from tests.visualize.cli.kit import viz

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 15.0
"""The longest that a bad input may take."""

MEMORY = 1 << 30
"""Bytes above the program's own that a bad input may take."""

JUDGED: Counter[str] = Counter()
"""Bad inputs that this process has judged: those refused as they are to be, and those that were good after all."""

_SAFETY = 8 << 30  # of addresses, so that a case that goes wrong does not take the machine with it
_BESIDE = ("viz: warning: ", "viz: note: ")  # what may be said before the line that refuses


class TooLongError(BaseException):
    """A bad input took too long; no :class:`Exception`, so that no reader takes it for a fault of its file."""


@contextmanager
def bounded(seconds: float = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """Fail if the block takes longer, or holds more memory, than a bad input may.

    A block that waits for ever is interrupted. Works in a process's main thread alone, and measures memory on Linux
    alone.

    Args:
        seconds: the time.
        memory: bytes above what the process holds when the block begins.
    """

    def stop(*_: object) -> NoReturn:
        raise TooLongError(f"not finished after {seconds:g} s")

    before, limits = reset_peak(), resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_addresses() + memory + _SAFETY, limits[1]))
    handler = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, limits)
    taken = peak() - before
    assert taken <= memory, f"{taken / 1e6:,.0f} MB were taken"


def refused(*arguments: str | Path, within: Path, warned: bool = False) -> str:
    """Run ``viz`` in this process, which must refuse its arguments as a bad input is to be refused.

    Exit status 2, one line on standard error, nothing on standard output, every file of ``within`` as it was and no
    new one, in bounded time and memory.

    Args:
        arguments: of ``viz``.
        within: the folder that everything lies in that the command could write to.
        warned: warnings and notes may come before the line that refuses.

    Returns:
        the line.

    Example::

        def test_a_set_without_pictures_is_refused(tmp_path: Path) -> None:
            assert "no pictures" in refused("top", "--images", tmp_path, within=tmp_path)
    """
    before = listing(within)
    with bounded():
        ran = viz(*arguments)
    return _judged(ran.status, ran.out, ran.err, warned=warned, changed=listing(within) - before)


def outcome(*arguments: str | Path, within: Path, warned: bool = True) -> str | None:
    """Run ``viz`` in this process with arguments that may be bad: as :func:`refused`, or a success.

    Returns:
        the line that refuses; None for a success.
    """
    before = listing(within)
    with bounded():
        ran = viz(*arguments)
    if ran.status == 0:
        JUDGED["taken"] += 1
        return None
    return _judged(ran.status, ran.out, ran.err, warned=warned, changed=listing(within) - before)


def listing(folder: Path) -> set[tuple[str, int, int]]:
    """Path, length and time of change of everything below a folder; links are not followed."""
    entries = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {(str(path.relative_to(folder)), *_state(path)) for path in entries}


def _state(path: Path) -> tuple[int, int]:
    state = path.lstat()
    return (0, 0) if path.is_dir() else (state.st_size, state.st_mtime_ns)


def _judged(status: int, out: str, err: str, *, warned: bool, changed: set[tuple[str, int, int]]) -> str:
    lines = [line for line in err.splitlines() if not (warned and line.startswith(_BESIDE))]
    assert len(lines) == 1, err or "nothing is said"
    line = lines[0]
    assert status == 2, line
    assert line.startswith("viz: error: "), line
    assert "unexpected" not in line.partition(": ")[2][:20], line
    assert "out of memory" not in line, line
    assert len(line) > 20, line
    assert out == ""
    assert not changed, f"left or changed: {sorted(changed)[:5]}"
    JUDGED["refused"] += 1
    return line


def _addresses() -> int:
    """Bytes of addresses that this process has."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return resource.RLIM_INFINITY - MEMORY - _SAFETY
    return pages * resource.getpagesize()
