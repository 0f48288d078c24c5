"""A pool of workers that do pieces of work: what is lost with one of them is done again by another."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_AT_ONCE = 2  # pieces that a worker has: one that it does, and one that it need not wait for
_LOOK = 1.0  # seconds between two looks for machines that have joined
_PATIENCE = 0.25  # seconds that a look at what is done may wait
_LOSSES = 5  # workers that a piece may be lost with
_REST = 10.0  # seconds in which no more workers are started, where several in a row were lost and others are there

Item = TypeVar("Item")

Task = tuple[str, tuple[Any, ...]]
"""Method of a worker, and its arguments."""


class LostWorkerError(Exception):
    """A worker is gone, or what it had done."""


class Engine(Protocol):
    """Runs workers somewhere; handles of workers and of calls are its own."""

    def room(self) -> int:
        """How many workers there is room for, those that run included."""

    def start(self) -> Any:  # noqa: ANN401 (a handle)
        """Begin to start one more worker, and give its handle."""

    def call(self, worker: Any, method: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 (handles)
        """Begin a call of a worker, after those that it has, and give its handle."""

    def done(self, calls: Sequence[Any], patience: float) -> Sequence[Any]:
        """Calls among some that are done, or lost; waits for one as long as told."""

    def result(self, call: Any) -> Any:  # noqa: ANN401 (whatever the call gives)
        """The result of a call that is done.

        Raises:
            LostWorkerError: its worker is gone.
            Exception: that the call has raised; a note on it may say on which machine, such as ``"on 10.0.0.7"``.
        """

    def stop(self, worker: Any) -> None:  # noqa: ANN401 (a handle)
        """End a worker at once, whatever it does; one that is gone is no fault."""


@dataclass
class _Worker:
    handle: Any
    calls: list[Any] = field(default_factory=list)
    ready: bool = False


class Pool:
    """Workers of one kind.

    Args:
        engine: runs them.
        losses: workers that a piece may be lost with before that is an error.
        look: seconds between two looks for machines that have joined.
    """

    def __init__(self, engine: Engine, losses: int = _LOSSES, *, look: float = _LOOK) -> None:
        self._engine, self._losses, self._look = engine, losses, look
        self._workers: list[_Worker] = []
        self._looked = 0.0
        self._stillborn = 0
        self._rests = 0.0

    def close(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            self._engine.stop(worker.handle)
        self._workers = []

    def work(self, items: Sequence[Item], task: Callable[[Item], Task]) -> Iterator[tuple[Item, Any]]:
        """Do every item once, in whatever order they come.

        Args:
            items: the pieces.
            task: the method of a worker and its arguments for a piece, asked for when it is handed out.

        Yields:
            A piece, and what the method gave for it.

        Raises:
            InputError: a piece was lost with too many workers, or they do not even start; or what a worker raised.
        """
        run = _Run(deque(items), task)
        while run.waiting or run.running:
            self._grow(len(run.waiting) + len(run.running))
            self._hand_out(run)
            calls = [call for worker in self._workers for call in worker.calls]
            for call in self._engine.done(calls, _PATIENCE):
                worker = next(worker for worker in self._workers if call in worker.calls)
                try:
                    result = self._engine.result(call)
                except LostWorkerError as loss:
                    self._lose(worker, run, str(loss))
                    break
                except InputError as fault:
                    if worker.ready:
                        raise
                    raise InputError(f"a worker{_place(fault)} cannot begin: {fault}") from fault
                worker.calls.remove(call)
                if call in run.running:
                    yield run.running.pop(call), result
                else:
                    worker.ready, self._stillborn = True, 0

    def _grow(self, most: int) -> None:
        """Start workers as far as there is room, now and then: machines may join late."""
        now = monotonic()
        if (now - self._looked < self._look or now < self._rests) and self._workers:
            return
        self._looked = now
        while len(self._workers) < min(most, self._engine.room()):
            worker = _Worker(self._engine.start())
            worker.calls.append(self._engine.call(worker.handle, "ready", ()))
            self._workers.append(worker)

    def _hand_out(self, run: _Run[Item]) -> None:
        for count in range(_AT_ONCE):
            for worker in self._workers:
                if run.waiting and worker.ready and len(worker.calls) == count:
                    item = run.waiting.popleft()
                    call = self._engine.call(worker.handle, *run.task(item))
                    worker.calls.append(call)
                    run.running[call] = item

    def _lose(self, worker: _Worker, run: _Run[Item], reason: str) -> None:
        """Take back what a worker had; the first of it may be what it died of."""
        self._workers.remove(worker)
        self._engine.stop(worker.handle)
        items = [run.running.pop(call) for call in worker.calls if call in run.running]
        run.waiting.extendleft(reversed(items))
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn > self._losses and not self._workers:
                raise InputError(f"{self._stillborn} workers in a row were lost as they loaded the network: {reason}")
            if self._stillborn > self._losses:  # a machine on which none can live keeps others from nothing
                self._rests = monotonic() + _REST
        elif items:
            run.lost.append(items[0])
            if (times := run.lost.count(items[0])) > self._losses:
                raise InputError(
                    f"{items[0]} were lost {times} times, each with the worker that looked at them: {reason}"
                )


def _place(fault: InputError) -> str:
    """Where a worker runs, as far as its engine notes it on what was raised there."""
    return "".join(f" {note}" for note in getattr(fault, "__notes__", ()))


class _Run(Generic[Item]):
    """Pieces that wait, that are being done (by their calls), and that were lost."""

    def __init__(self, waiting: deque[Item], task: Callable[[Item], Task]) -> None:
        self.waiting, self.task = waiting, task
        self.running: dict[Any, Item] = {}
        self.lost: list[Item] = []


@contextmanager
def pool(engine: Engine) -> Iterator[Pool]:
    """A pool whose workers end with the block, however it ends."""
    opened = Pool(engine)
    try:
        yield opened
    finally:
        opened.close()
