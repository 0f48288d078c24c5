"""Workers as actors of a Ray cluster."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.cluster.pool import LostWorkerError
from visualize.cluster.ray_address import HERE, check_address, require_answer, unreachable
from visualize.methods.errors import InputError
from visualize.printable import clean, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.cluster.pool import Engine

_TRIES = 3  # a server for clients starts a process for each of them, which sometimes does not live
_SAYS, _LINE = "print_to_stdstream", 200  # what Ray says its news with, and how much of them is said on
_STILLBORN = "Starting Ray client server failed"
_PLACE = re.compile(r"\bip(?:=|: )([0-9A-Fa-f.:]+[0-9A-Fa-f])")  # of the machine, in what Ray says of a fault


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster that this process is connected to.

    Args:
        cpus: the number of processors of its smallest machine.
        gpus: of all its machines.
    """

    cpus: int
    gpus: int

    def device(self, asked: str) -> str:
        """The device on which workers compute.

        Args:
            asked: ``"cpu"``, ``"cuda"``, or ``"auto"`` for GPUs where there are some.

        Raises:
            InputError: it is none that the cluster can give.
        """
        if asked not in {"auto", "cpu", "cuda"}:
            raise InputError(f"on a cluster --device is auto, cpu or cuda, and not {printable(asked[:40])}")
        if asked == "cuda" and not self.gpus:
            raise InputError("the cluster has no GPU; leave out --device cuda, or start a machine with --num-gpus N")
        return "cuda" if self.gpus and asked != "cpu" else "cpu"

    def engine(self, kind: type[Any], argument: object, *, threads: int, device: str) -> Engine:
        """An engine of workers.

        Args:
            kind: the class of a worker, whose methods are called.
            argument: what it is made with.
            threads: processors that a worker takes.
            device: on which it computes; on a GPU each takes one.
        """
        return _Engine(kind, argument, 0 if device == "cuda" else threads, int(device == "cuda"))


@contextmanager
def connected(where: str) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; what it does for us ends with it.

    Within another such block the connection is that of the outer one, and lasts as long as that.

    Args:
        where: see :func:`visualize.cluster.ray_address.check_address`.

    Raises:
        InputError: there is none there, it is of another version, or Ray is not installed.
    """
    check_address(where)
    ray = _ray()
    if ray.is_initialized():
        yield _cluster(ray, where)
        return
    require_answer(where)
    with _told_shortly(ray):
        _connect(ray, where)
        try:
            yield _cluster(ray, where)
        finally:
            ray.shutdown()


@contextmanager
def _told_shortly(ray: Any) -> Iterator[None]:  # noqa: ANN401 (a module)
    """Let what Ray says of lost workers and machines be a line each: it adds pages of the state that they were in.

    It has no setting for that. Where this version says it in another way, nothing is changed.
    """
    worker = getattr(getattr(ray, "_private", None), "worker", None)
    before = getattr(worker, _SAYS, None)
    if before is None:
        yield
        return
    setattr(worker, _SAYS, _say)
    try:
        yield
    finally:
        setattr(worker, _SAYS, before)


def _say(data: Mapping[str, Any], *_: object, **__: object) -> None:
    first = next((str(line) for line in data.get("lines", ()) if str(line).strip()), "")
    line = clean(" ".join(first.split("\n")[0].split()))
    sys.stderr.write(f"Ray: {line[:_LINE]}{'...' if len(line) > _LINE else ''}\n")


def _connect(ray: Any, where: str) -> None:  # noqa: ANN401 (a module)
    """Connect to a cluster, as often as its server for clients fails to start a process for this one.

    Raises:
        InputError: it does not answer, or does not take us.
    """
    for tried in range(1, _TRIES + 1):
        try:
            ray.init(
                address="auto" if where == HERE else where, log_to_driver=False, logging_level="ERROR",
                configure_logging=False,
            )  # fmt: skip
        except (ConnectionError, RuntimeError, OSError, ValueError, TimeoutError, ray.exceptions.RayError) as fault:
            if _STILLBORN in str(fault) and tried < _TRIES:
                ray.shutdown()
                continue
            raise InputError(unreachable(where, fault)) from fault
        return


def _cluster(ray: Any, where: str) -> Cluster:  # noqa: ANN401 (a module)
    """The cluster that this process is connected to, as it is now."""
    nodes = _nodes(ray)
    if not nodes:
        raise InputError(f"the Ray cluster {where} has no machine; start one with ray start --address=HOST:PORT")
    cpus = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
    return Cluster(cpus=min(cpus, default=1), gpus=int(sum(node.get("GPU", 0) for node in nodes)))


def _ray() -> Any:  # noqa: ANN401 (a module that may be missing)
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # which hands the driver's own command on to workers
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as fault:
        raise InputError("--on needs Ray, which is not installed; run: pip install 'viz-units[ray]'") from fault
    return ray


def _nodes(ray: Any) -> list[dict[str, float]]:  # noqa: ANN401 (a module)
    """Resources of each machine of the cluster."""
    return [dict(node["Resources"]) for node in ray.nodes() if node["Alive"]]


class _Engine:
    """Actors, each of which does one call after another."""

    def __init__(self, kind: type[Any], argument: object, cpus: int, gpus: int) -> None:
        self._ray, self._cpus, self._gpus = _ray(), cpus, gpus
        self._actor = self._ray.remote(num_cpus=cpus, num_gpus=gpus, max_restarts=0, max_task_retries=0)(kind)
        self._argument = self._ray.put(argument)

    def room(self) -> int:
        """Number of workers for which machines that are there have processors, or GPUs."""
        name, share = ("GPU", self._gpus) if self._gpus else ("CPU", self._cpus)
        return sum(int(node.get(name, 0)) // share for node in _nodes(self._ray))

    def start(self) -> Any:  # noqa: ANN401 (an actor's handle)
        """Ask for an actor; where others use the cluster it comes later."""
        return self._actor.remote(self._argument)

    def call(self, worker: Any, method: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 (Ray's)
        """Begin a call."""
        return getattr(worker, method).remote(*arguments)

    def done(self, calls: Sequence[Any], patience: float) -> Sequence[Any]:
        """Calls that are done or lost."""
        there, _ = self._ray.wait(list(calls), num_returns=1, timeout=patience)
        return list(there)

    def result(self, call: Any) -> Any:  # noqa: ANN401 (Ray's)
        """Result of a call.

        Raises:
            LostWorkerError: the actor, its machine, or the result is gone, or memory ran out.
        """
        faults = self._ray.exceptions
        try:
            return self._ray.get(call)
        except faults.RayTaskError as fault:
            cause = fault.cause if isinstance(fault.cause, Exception) else fault
            if isinstance(cause, MemoryError) or "can't allocate memory" in str(cause):
                raise LostWorkerError("it ran out of memory") from fault
            if (place := _PLACE.search(str(fault))) is not None:
                cause.add_note(f"on {place[1]}")
            raise cause from None
        except faults.RayError as fault:
            raise LostWorkerError(_reason(fault)) from fault

    def stop(self, worker: Any) -> None:  # noqa: ANN401 (an actor's handle)
        """End an actor, whatever it does."""
        self._ray.kill(worker, no_restart=True)


def _reason(fault: Exception) -> str:
    """Why an actor is gone, and where as far as that is told, in a line."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    kind, place = type(fault).__name__, _PLACE.search(str(fault))
    where = f" (on {place[1]})" if place else ""
    return printable(f"{kind}: {lines[-1][:200]}{where}" if lines else kind)
