"""Workers as actors of a Ray cluster."""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.cluster.pool import LostWorkerError
from visualize.methods.errors import InputError, one_line, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.cluster.pool import Engine

HERE = "ray"
_ANSWER = 10.0  # seconds in which the head of a cluster takes a connection
_ADDRESS = re.compile(r"(ray://)?[A-Za-z0-9._\[\]:-]+:[0-9]{1,5}")


def check_address(where: str) -> None:
    """Refuse what can be no cluster, before anything is loaded.

    Args:
        where: ``"ray"`` for the cluster of this machine or of the variable RAY_ADDRESS, ``"HOST:PORT"`` of its head, or
            ``"ray://HOST:PORT"`` of a server for clients.

    Raises:
        InputError: it is none of these.
    """
    if where != HERE and not _ADDRESS.fullmatch(where):
        raise InputError(
            f"--on {printable(where[:80])} is no cluster; write ray for the one that this machine is part of, "
            f"HOST:PORT of its head, or ray://HOST:PORT"
        )


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
        where: see :func:`check_address`.

    Raises:
        InputError: there is none there, it is of another version, or Ray is not installed.
    """
    check_address(where)
    ray = _ray()
    if ray.is_initialized():
        yield _cluster(ray, where)
        return
    _require_answer(where)
    try:
        ray.init(
            address="auto" if where == HERE else where, log_to_driver=False, logging_level="ERROR",
            configure_logging=False,
        )  # fmt: skip
    except (ConnectionError, RuntimeError, OSError, ValueError, TimeoutError) as fault:
        raise InputError(_unreachable(where, fault)) from fault
    try:
        yield _cluster(ray, where)
    finally:
        ray.shutdown()


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


def _require_answer(where: str) -> None:
    """Refuse an address at which nobody listens: Ray itself would try for minutes.

    Raises:
        InputError: there is none.
    """
    where = os.environ.get("RAY_ADDRESS", "") if where == HERE else where
    host, colon, port = where.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _ANSWER):
            pass
    except (OSError, OverflowError) as fault:
        raise InputError(
            f"nobody listens at {printable(where)} ({system_words(fault)}); give HOST:PORT of "
            f"the head of a Ray cluster that runs, as ray start --head has said it"
        ) from fault


def _unreachable(where: str, fault: Exception) -> str:
    reason = printable(one_line(fault))[:300]
    if where == HERE:
        return (
            f"no Ray cluster runs on this machine ({reason}); start one with ray start --head, or give --on HOST:PORT "
            f"of one that runs"
        )
    return f"the Ray cluster {printable(where)} does not answer, or does not take us ({reason})"


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
            raise cause from None
        except faults.RayError as fault:
            raise LostWorkerError(_reason(fault)) from fault

    def stop(self, worker: Any) -> None:  # noqa: ANN401 (an actor's handle)
        """End an actor, whatever it does."""
        self._ray.kill(worker, no_restart=True)


def _reason(fault: Exception) -> str:
    """Why an actor is gone, in a line."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    kind = type(fault).__name__
    return printable(f"{kind}: {lines[-1][:200]}" if lines else kind)
