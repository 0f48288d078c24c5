"""Processes of their own, forked off the tests' one: what this has loaded would take each of them two seconds."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")


def forked(work: Callable[[], object]) -> int:
    """Begin some work in a process of its own, which ends with it.

    Args:
        work: of which a number is the status; what it raises is printed, and the status is then 1.

    Returns:
        the process's number, for :func:`ended`.
    """
    child = os.fork()
    if child:
        return child
    status: object = 1
    try:
        status = work()
    except BaseException:  # noqa: BLE001 (nothing of the tests may go on in here)
        traceback.print_exc()
    finally:
        os._exit(status if isinstance(status, int) else 0)


def ended(child: int) -> int:
    """Wait for a process: its status, or the signal that ended it, below 0."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
