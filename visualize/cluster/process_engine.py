"""Workers as processes of this machine, each of which computes in one thread."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cluster.pool import LostWorkerError

if TYPE_CHECKING:
    from collections.abc import Sequence

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# A step of ascent asks for the same large maps again and again. glibc hands such memory back to the system at once and
# gets it anew, page by page and full of zeros, which takes a tenth of the step; so it keeps what it has (mallopt(3);
# other libraries do not read these names).
_MEMORY_KEPT = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(512 << 20)}
_SPARE = 0.8  # of the memory that is free, for workers
_GRACE = 5.0  # seconds in which a process that was killed is gone
_MEMORY = Path("/proc/meminfo")


def processes(most: int) -> int:
    """How many workers there is room for: none where processes cannot be handed a socket.

    Each is taken to need as much memory as this process ever had.

    Args:
        most: processors that may be used.
    """
    if os.name != "posix":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    free = _free_memory()
    return most if free is None else min(most, int(_SPARE * free) // max(1, peak))


def _free_memory() -> int | None:
    """Bytes that may still be had without swapping; None where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMORY.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


@dataclass(eq=False)
class _Call:
    worker: _Process


@dataclass(eq=False)
class _Process:
    child: subprocess.Popen[bytes]
    pipe: Connection
    calls: list[_Call] = field(default_factory=list)


class ProcessEngine:
    """Starts processes, each with one worker; see :class:`visualize.cluster.pool.Engine`.

    Args:
        kind: class of the workers, which another process can import.
        argument: of the class.
        workers: how many there may be.
    """

    def __init__(self, kind: type[Any], argument: object, workers: int) -> None:
        self._kind, self._argument, self._workers = kind, argument, workers

    def room(self) -> int:
        """How many workers there is room for."""
        return self._workers

    def start(self) -> _Process:
        """Begin to start a process."""
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(item or str(Path.cwd()) for item in sys.path)
        command = [sys.executable, "-P", "-m", "visualize.cluster.process_worker", str(theirs.fileno())]
        environment = {**_MEMORY_KEPT, **os.environ, **dict.fromkeys(_THREADS, "1"), "PYTHONPATH": path}
        with theirs:
            child = subprocess.Popen(  # noqa: S603 (ourselves)
                command, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        process = _Process(child, Connection(ours.detach()))
        self._send(process, (self._kind, self._argument))
        return process

    def call(self, worker: _Process, method: str, arguments: Sequence[Any]) -> _Call:
        """Begin a call."""
        self._send(worker, (method, tuple(arguments)))
        call = _Call(worker)
        worker.calls.append(call)
        return call

    def _send(self, process: _Process, content: tuple[Any, ...]) -> None:
        with suppress(OSError):  # it is gone, as whoever asks for the answer is told
            process.pipe.send(content)

    def done(self, calls: Sequence[_Call], patience: float) -> Sequence[_Call]:
        """Calls that are answered or lost: of each process the first."""
        first = {call.worker.pipe: call.worker.calls[0] for call in calls}
        return [first[pipe] for pipe in wait(list(first), patience) if isinstance(pipe, Connection)]

    def result(self, call: _Call) -> Any:  # noqa: ANN401 (whatever the call gives)
        """Result of a call.

        Raises:
            LostWorkerError: the process is gone.
            Exception: that the call has raised.
        """
        process = call.worker
        try:
            good, answer = process.pipe.recv()
        except (EOFError, OSError) as fault:
            raise LostWorkerError("its process has ended") from fault
        process.calls.remove(call)
        if not good:
            raise answer
        return answer

    def stop(self, worker: _Process) -> None:
        """End a process at once."""
        worker.pipe.close()
        worker.child.kill()
        with suppress(subprocess.TimeoutExpired):
            worker.child.wait(_GRACE)
