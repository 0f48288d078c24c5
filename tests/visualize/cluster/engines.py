"""An engine that runs workers within the test, in any order that chance wants, and loses some."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from visualize.cluster.pool import LostWorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(eq=False)
class _Call:
    worker: _Worker
    method: str
    arguments: bytes
    result: bytes | None = None
    fault: Exception | None = None


@dataclass(eq=False)
class _Worker:
    made: Any
    calls: list[_Call] = field(default_factory=list)
    alive: bool = True


class Chance:
    """Workers that are done when chance wants, and die when chance wants.

    Args:
        make: makes a worker.
        seed: of chance.
        deaths: how many workers die at most.
        rooms: how many workers there is room for, look by look; the last one for good.
        stop_after: calls after which somebody presses Ctrl-C.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        seed: int = 0,
        *,
        deaths: int = 0,
        rooms: Sequence[int] = (2,),
        stop_after: int | None = None,
    ) -> None:
        self._make, self._random, self._deaths, self._rooms = make, Random(seed), deaths, list(rooms)
        self._stop_after = stop_after
        self.workers: list[_Worker] = []
        self.methods: list[str] = []

    def room(self) -> int:
        return self._rooms.pop(0) if len(self._rooms) > 1 else self._rooms[0]

    def start(self) -> _Worker:
        self.workers.append(_Worker(self._make()))
        return self.workers[-1]

    def call(self, worker: _Worker, method: str, arguments: Sequence[Any]) -> _Call:
        call = _Call(worker, method, pickle.dumps(arguments))
        worker.calls.append(call)
        return call

    def done(self, calls: Sequence[_Call], patience: float) -> list[_Call]:
        there = sorted({id(call.worker): call.worker for call in calls}.values(), key=self.workers.index)
        worker = self._random.choice(there)
        if not worker.alive:
            return [call for call in calls if call.worker is worker]
        call = worker.calls.pop(0)
        if self._deaths and self._random.random() < 0.3:
            self._deaths -= 1
            worker.alive = False
            return [call]
        if self._stop_after is not None and len(self.methods) >= self._stop_after:
            raise KeyboardInterrupt("somebody pressed Ctrl-C")
        self.methods.append(call.method)
        try:
            call.result = pickle.dumps(getattr(worker.made, call.method)(*pickle.loads(call.arguments)))
        except Exception as fault:  # noqa: BLE001 (it is raised where the result is asked for)
            call.fault = fault
        return [call]

    def result(self, call: _Call) -> Any:  # noqa: ANN401
        if not call.worker.alive:
            raise LostWorkerError("the machine was switched off")
        if call.fault is not None:
            raise call.fault
        assert call.result is not None
        return pickle.loads(call.result)

    def stop(self, worker: _Worker) -> None:
        worker.alive = False
