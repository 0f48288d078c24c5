from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.kit.forked import ended, forked, needs_fork
from tests.visualize.dissection.made import LAYERS, SETTINGS, contents, dissected, held, probe, stopping
from visualize.dissection import Settings
from visualize.dissection.joint_run import run_jointly
from visualize.dissection.shard import Part
from visualize.methods.errors import InputError
from visualize.watch import unwatched

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from visualize.dissection import Outcome
    from visualize.methods.progress import Progress
    from visualize.watch import Watch


def killed(title: str) -> AbstractContextManager[Progress]:
    """A watch under which the process is killed as counting begins."""
    if title == "counting":
        os.kill(os.getpid(), signal.SIGKILL)
    return unwatched(title)


def jointly(
    out: Path, shard: tuple[int, int], watch: Watch = unwatched, settings: Settings = SETTINGS
) -> Outcome | None:
    source = {"where": "nowhere"}
    return run_jointly(probe(), LAYERS, held(), out, settings, shard=shard, source=source, watch=watch)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process writes."""
    out = tmp_path_factory.mktemp("alone")
    dissected(out)
    return contents(out)


def test_the_last_of_several_writes_what_one_alone_would(tmp_path: Path, alone: dict[str, bytes]) -> None:
    assert jointly(tmp_path, (3, 3)) is None
    assert jointly(tmp_path, (1, 3)) is None
    done = jointly(tmp_path, (2, 3))
    assert done is not None
    assert done.finished
    assert contents(tmp_path) == alone  # and nothing of the parts is left


def test_of_those_that_find_all_parts_there_exactly_one_merges(tmp_path: Path, alone: dict[str, bytes]) -> None:
    for number in (1, 2):
        dissected(tmp_path / f"partial/shard-{number}-of-2", (number, 2))
    assert Part.is_scanned(tmp_path / "partial/shard-2-of-2")
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(jointly, tmp_path, (number, 2)) for number in (1, 2)]
    assert sum(end.result() is not None for end in ends) == 1
    assert contents(tmp_path) == alone


def test_what_another_writes_into_a_part_that_is_there_is_left_to_it(tmp_path: Path, alone: dict[str, bytes]) -> None:
    """One that begins late must not take what the one that puts the parts together is writing for litter."""
    part = tmp_path / "partial/shard-1-of-2"
    dissected(part, (1, 2))
    writing = part / "partial/.viz-0123456789abcdef.part"
    writing.write_bytes(b"half")
    assert jointly(tmp_path, (1, 2)) is None
    assert writing.read_bytes() == b"half"
    assert jointly(tmp_path, (2, 2)) is not None
    assert contents(tmp_path) == alone


def test_one_that_is_interrupted_goes_on_and_then_merges(tmp_path: Path, alone: dict[str, bytes]) -> None:
    with pytest.raises(KeyboardInterrupt, match="after 30"):
        jointly(tmp_path, (1, 2), stopping)
    assert jointly(tmp_path, (2, 2)) is None
    assert jointly(tmp_path, (1, 2)) is not None
    assert contents(tmp_path) == alone


@needs_fork
def test_one_that_is_killed_while_it_merges_lets_another_merge(tmp_path: Path, alone: dict[str, bytes]) -> None:
    assert jointly(tmp_path, (1, 2)) is None
    assert ended(forked(lambda: jointly(tmp_path, (2, 2), killed))) == -signal.SIGKILL
    assert not (tmp_path / "dissection.json").exists()
    assert jointly(tmp_path, (1, 2)) is not None
    assert contents(tmp_path) == alone


def test_what_is_finished_is_told_by_the_first_alone_if_it_is_the_same(tmp_path: Path) -> None:
    dissected(tmp_path)
    done = jointly(tmp_path, (1, 2))
    assert done is not None
    assert done.finished
    assert jointly(tmp_path, (2, 2)) is None
    with pytest.raises(InputError, match="quantile"):
        jointly(tmp_path, (2, 2), settings=Settings(quantile=0.3))
