from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.visualize.cluster.engines import Chance
from visualize.cluster.pool import LostWorkerError, Pool
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Idle:
    """A worker that gives back what it is asked."""

    def ready(self) -> None:
        pass

    def give(self, number: int) -> int:
        return number


class Stillborn(Chance):
    """Workers that all but the first, or all, are lost before they are ready."""

    living = 1

    def result(self, call: Any) -> Any:  # noqa: ANN401
        if call.worker not in self.workers[: self.living]:
            raise LostWorkerError("no memory")
        return super().result(call)

    def done(self, calls: Sequence[Any], patience: float) -> list[Any]:
        lost = [call for call in calls if call.worker not in self.workers[: self.living]]
        return lost[:1] or super().done(calls, patience)


def test_a_machine_on_which_no_worker_lives_keeps_others_from_nothing() -> None:
    engine = Stillborn(Idle, rooms=(1, 1, 1, 2))
    workers = Pool(engine, look=0.0)
    done = [made for _, made in workers.work(list(range(40)), lambda number: ("give", (number,)))]
    assert sorted(done) == list(range(40))
    assert len(engine.workers) == 7  # six of which were lost; more are not tried for a while


def test_a_machine_on_which_workers_die_at_once_does_not_outrun_those_that_still_load() -> None:
    engine = Stillborn(Idle, rooms=(3,))
    workers = Pool(engine, look=0.0)
    done = [made for _, made in workers.work(list(range(40)), lambda number: ("give", (number,)))]
    assert sorted(done) == list(range(40))  # by the first, which is ready once the others are not begun any more


def test_where_no_worker_lives_at_all_that_is_an_error() -> None:
    engine = Stillborn(Idle, rooms=(2,))
    engine.living = 0
    workers = Pool(engine, look=0.0)
    with pytest.raises(InputError, match="as they loaded the network: no memory"):
        list(workers.work([1], lambda number: ("give", (number,))))


class Unable(Idle):
    """A worker that finds nothing where it runs: at the start, or later."""

    def __init__(self, *, later: bool) -> None:
        self.later = later

    def ready(self) -> None:
        if not self.later:
            self.give(0)

    def give(self, number: int) -> int:
        fault = InputError("data/set does not exist; give a folder of pictures")
        fault.add_note("on 10.0.0.7")
        raise fault


def test_what_a_worker_lacks_at_the_start_is_said_to_be_there() -> None:
    with pytest.raises(InputError, match=r"^a worker on 10\.0\.0\.7 cannot begin: data/set does not exist"):
        list(Pool(Chance(lambda: Unable(later=False))).work([1], lambda number: ("give", (number,))))
    with pytest.raises(InputError, match=r"^data/set does not exist"):  # as this machine would say it
        list(Pool(Chance(lambda: Unable(later=True))).work([1], lambda number: ("give", (number,))))
