"""Workers as processes of this machine: what they give and raise comes back, and none outlives who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from visualize.cluster.pool import pool
from visualize.cluster.process_engine import ProcessEngine, processes
from visualize.methods.errors import InputError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are handed sockets")
_LONG = 60.0  # seconds within which a process must be gone
_ASKING = """
import sys
from visualize.cluster.process_engine import ProcessEngine
from tests.visualize.cluster.test_process_engine import Squares
engine = ProcessEngine(Squares, 3, 1)
worker = engine.start()
call = engine.call(worker, "number", ())
while not engine.done([call], 1.0):
    pass
print(engine.result(call), flush=True)
sys.stdin.read()
"""


class Squares:
    """Squares numbers, and adds its own."""

    def __init__(self, own: int) -> None:
        self._own = own

    def ready(self) -> None:
        """Nothing is to be made ready."""

    def number(self) -> int:
        return os.getpid()

    def square(self, number: int, folder: str = "") -> int:
        """Give a square; a folder that does not hold a file yet gets one, and the process dies."""
        if folder and not list(Path(folder).iterdir()):
            (Path(folder) / "dead").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if number < 0:
            raise InputError("numbers below zero are not squared here")
        return number * number + self._own


def test_pieces_come_back_from_processes_in_any_order() -> None:
    with pool(ProcessEngine(Squares, 3, 2)) as opened:
        done = dict(opened.work(range(9), lambda number: ("square", (number,))))
    assert done == {number: number * number + 3 for number in range(9)}


def test_a_piece_of_a_process_that_dies_is_done_by_another(tmp_path: Path) -> None:
    with pool(ProcessEngine(Squares, 0, 1)) as opened:
        done = dict(opened.work([2, 3], lambda number: ("square", (number, str(tmp_path)))))
    assert done == {2: 4, 3: 9}


def test_what_a_process_raises_is_raised_here() -> None:
    with pool(ProcessEngine(Squares, 0, 1)) as opened, pytest.raises(InputError, match="below zero"):
        list(opened.work([-1], lambda number: ("square", (number,))))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_ends_with_the_one_that_asks_it(end: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    asking = subprocess.Popen(
        [sys.executable, "-c", _ASKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    )
    assert asking.stdout is not None
    number = int(asking.stdout.readline())
    asking.send_signal(end)
    asking.communicate(timeout=_LONG)
    for _ in range(int(_LONG * 10)):
        if not _runs(number):
            return
        time.sleep(0.1)
    os.kill(number, signal.SIGKILL)
    pytest.fail("it still runs")


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_no_more_processes_are_started_than_there_are_processors_for() -> None:
    assert processes(0) == 0
    assert 0 <= processes(3) <= 3
