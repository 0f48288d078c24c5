"""The one place that turns a fault into one line and an exit status."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.printable import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

OK, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
DEBUG = "VIZ_DEBUG"
_LONGEST = 4000  # letters of a line: a file's own may have millions
_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO, errno.ENAMETOOLONG,
     errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO, errno.ENODEV}
)  # fmt: skip


def report(fault: BaseException) -> int:
    """Write a fault to standard error, in one line, and give the exit status.

    Args:
        fault: what reached the top.

    Returns:
        2 for what the user can change, 130 for an interrupt, 1 for a defect of ours or a reader that went away.
    """
    if isinstance(fault, BrokenPipeError):
        return _hang_up()
    if os.environ.get(DEBUG) == "1" and not isinstance(fault, KeyboardInterrupt):
        for text in "".join(traceback.format_exception(fault)).splitlines():
            print(clean(text), file=sys.stderr)  # noqa: T201 (the command line's own voice)
    status, line = _judge(fault)
    if line:
        print(line, file=sys.stderr)  # noqa: T201 (the command line's own voice)
    return status


def printable(text: str) -> str:
    """A text as one line in which nothing can move the cursor: names of files and models come from anywhere."""
    return clean(" ".join(text.split()))


@contextmanager
def resumable(kept: str = "", folder: str | Path | None = None) -> Iterator[None]:
    """Say, when the work within is interrupted, that the same command goes on from there, and leave the command.

    Args:
        kept: what lies in the folder, as "features lie in".
        folder: is named if it is there by then.
    """
    try:
        yield
    except KeyboardInterrupt:
        from typer import Exit

        there = "" if folder is None or not Path(folder).exists() else f" ({kept} {folder})"
        sys.stderr.write(f"viz: interrupted; the same command goes on from here{clean(there)}\n")
        raise Exit(INTERRUPTED) from None


def _judge(fault: BaseException) -> tuple[int, str]:
    from visualize.methods.errors import InputError
    from visualize.user_code import failure

    if isinstance(fault, KeyboardInterrupt):
        _forget_interrupt()
        return INTERRUPTED, "viz: interrupted; nothing is half-written"
    if isinstance(fault, InputError):
        return REFUSED, f"viz: error: {_short(str(fault))}"
    usage = getattr(fault, "format_message", None)  # of typer's usage errors, whose class depends on its version
    if usage is not None:
        return REFUSED, f"viz: error: {_short(usage())} (see {_command(fault)} --help)"
    if _out_of_memory(fault):
        return REFUSED, "viz: error: out of memory; ask for fewer units at once, or for another --device"
    if (reason := _of_path(fault) or _of_number(fault) or failure(fault)) is not None:
        return REFUSED, f"viz: error: {_short(reason)}"
    kind = type(fault).__name__
    return (
        FAILED,
        f"viz: unexpected {kind}: {_short(str(fault))} (please report it, with the output under {DEBUG}=1)",
    )


def _forget_interrupt() -> None:
    """Let the process end with our status.

    Under ``python -m``, Python kills itself by SIGINT at its end, whatever the status, if text that ``exec`` ran was
    interrupted (importing torch and dataclasses runs such), even where the exception was caught; the next run clears
    that.
    """
    exec("")  # noqa: S102 (nothing is run)


def _short(text: str) -> str:
    """A text as one line, without its middle where it is far too long."""
    line = printable(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"


def _of_number(fault: BaseException) -> str | None:
    """Reason why a number is of no use, for it is too large to be computed with; None for other faults."""
    large = isinstance(fault, OverflowError) or "integer string conversion" in str(fault)
    return f"a number that was given is too large ({str(fault).partition(';')[0]})" if large else None


def _of_path(fault: BaseException) -> str | None:
    """Why a path is of no use, for the disk refuses it or it cannot be one; None for other faults."""
    if isinstance(fault, OSError) and fault.errno in _DISK:
        return f"{fault.filename}: {fault.strerror}" if fault.filename else str(fault.strerror or fault)
    if isinstance(fault, RuntimeError) and "home directory" in str(fault):
        return "a path begins with ~ and the name of nobody here; write it out"
    if isinstance(fault, RuntimeError) and "Symlink loop" in str(fault):
        return "a path is a link that leads to itself; give the file"
    if isinstance(fault, ValueError) and "null byte" in str(fault):
        return "a name holds a null character, which no file's name can"
    return None


def _command(fault: BaseException) -> str:
    path = getattr(getattr(fault, "ctx", None), "command_path", "viz")
    return str(path)


def _out_of_memory(fault: BaseException) -> bool:
    """Whether memory ran out: torch's faults are known by their words, so that torch need not be loaded to compare."""
    torchs = type(fault).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(fault)
    return isinstance(fault, MemoryError) or torchs


def _hang_up() -> int:
    """Be quiet once the reader of our output is gone (``viz models | head``), also when Python flushes at its end."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 (a device, not a path of ours)
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return FAILED
