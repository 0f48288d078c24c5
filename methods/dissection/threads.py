"""Threads for work that several layers need at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Outcome = TypeVar("Outcome")

_MOST = 4


def side_by_side(works: Mapping[str, Callable[[], Outcome]]) -> dict[str, Outcome]:
    """Do independent pieces of work in threads; numpy lets them run at the same time.

    Args:
        works: functions without arguments, by name.

    Returns:
        The results, by name.
    """
    if len(works) == 1:
        return {name: work() for name, work in works.items()}
    with ThreadPoolExecutor(min(_MOST, len(works), os.cpu_count() or 1), thread_name_prefix="layers") as pool:
        waiting = {name: pool.submit(work) for name, work in works.items()}
        return {name: future.result() for name, future in waiting.items()}
