"""A worker's process on this machine: it does the calls that come through a socket, one after another.

It is started as ``python -m visualize.cluster.process_worker FILE-DESCRIPTOR``, and ends when the socket does: with the
process that started it, however that ends.
"""

from __future__ import annotations

import signal
import sys
from multiprocessing.connection import Connection
from pickle import PicklingError


def serve(descriptor: int) -> None:
    """Make the worker whose kind and argument come first, and do its calls until nobody asks any more.

    Args:
        descriptor: of the socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, which then ends this one
    pipe = Connection(descriptor)
    try:
        kind, argument = pipe.recv()
        worker = kind(argument)
        while True:
            method, arguments = pipe.recv()
            try:
                answer = (True, getattr(worker, method)(*arguments))
            except Exception as fault:  # noqa: BLE001 (whatever it is, it is raised where it was asked for)
                answer = (False, fault)
            _send(pipe, answer)
    except (EOFError, OSError):
        return


def _send(pipe: Connection, answer: tuple[bool, object]) -> None:
    try:
        pipe.send(answer)
    except (PicklingError, TypeError, AttributeError) as fault:
        pipe.send((False, RuntimeError(f"what a worker answers cannot be sent: {fault}")))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
