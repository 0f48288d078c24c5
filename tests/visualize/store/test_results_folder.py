"""The folder is bounded, and nothing that lies in it, or in its place, does harm."""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pytest

import visualize as viz
from tests.kit.forked import ended, forked, needs_fork
from visualize.methods.errors import InputError, InputWarning
from visualize.store import results_folder
from visualize.store.result_file import Stored
from visualize.store.results_folder import ResultsFolder, clear, kept_results, room

if TYPE_CHECKING:
    from tests.visualize.store.counting import Counting
    from visualize.methods.network.probe import Probe


def _key(number: int) -> str:
    return f"{number:064x}"


def _stored(size: int = 1000) -> Stored:
    return Stored({"unit": "a:1"}, 1, [np.zeros(size, np.uint8)], 0.0)


def _look(probe: Probe) -> viz.Look:
    return viz.look("ascent", probe, "2", 5, settings={"steps": 2})


@pytest.mark.parametrize(
    ("said", "size"), [("", 2_000_000_000), ("0", 0), ("500MB", 500_000_000), ("1.5 g", 1_500_000_000), ("7", 7)]
)
def test_the_room_is_what_the_environment_says(said: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_KEEP", said)
    assert room() == size


@pytest.mark.parametrize("said", ["much", "-1", "1 elephant", "GB"])
def test_what_is_no_size_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_KEEP", said)
    with pytest.raises(InputError, match="no size"):
        room()


def test_those_that_were_not_used_for_longest_go_first(cache: Path) -> None:
    folder = ResultsFolder(40_000)
    for number in range(5):
        folder.write("ascent", _key(number), _stored(5000))
        os.utime(cache / "results" / "ascent" / f"{_key(number)}.npz", (number + 1, number + 1))
    assert folder.read("ascent", _key(0)) is not None  # and so was used now
    for number in range(5, 9):
        folder.write("top", _key(number), _stored(5000))
    there = {int(path.stem, 16) for path in (cache / "results").rglob("*.npz")}
    assert 0 in there
    assert 1 not in there
    assert sum(path.stat().st_size for path in (cache / "results").rglob("*.npz")) <= 40_000
    folder.write("top", _key(10), _stored(11_000))  # would take more than its share
    assert folder.read("top", _key(10)) is None


def test_what_is_not_ours_is_neither_used_nor_listed_nor_removed(cache: Path, tmp_path: Path) -> None:
    folder = ResultsFolder(10**9)
    folder.write("ascent", _key(1), _stored())
    there = cache / "results" / "ascent"
    (there / "thesis.docx").write_bytes(b"mine")
    (there / f"{_key(2)}.npz").write_bytes(b"somebody's")
    (there / f"{_key(3)}.npz").symlink_to(there / f"{_key(1)}.npz")
    (cache / "results" / "link").symlink_to(tmp_path)
    assert folder.read("ascent", _key(2)) is folder.read("ascent", _key(3)) is None
    (kind,) = kept_results()
    assert (kind.name, kind.count) == ("results/ascent", 1)
    assert clear(kind) == 2
    assert {path.name for path in there.iterdir()} == {"thesis.docx", f"{_key(2)}.npz", f"{_key(3)}.npz"}


def test_what_a_killed_process_left_goes_after_a_day(cache: Path) -> None:
    there = cache / "results" / "ascent"
    there.mkdir(parents=True)
    for name, age in (("old", 90_000), ("new", 60)):
        (there / f".viz-{name}.part").touch()
        os.utime(there / f".viz-{name}.part", (time.time() - age,) * 2)
    ResultsFolder(10**9).write("ascent", _key(1), _stored())
    assert [path.name for path in there.glob(".viz-*")] == [".viz-new.part"]


@pytest.mark.parametrize("place", ["results", "results/ascent"])
def test_nothing_is_written_or_read_through_a_link(
    place: str, cache: Path, probe: Probe, tmp_path: Path, counted: Counting
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (cache / place).parent.mkdir(parents=True)
    (cache / place).symlink_to(victim)
    for _ in range(2):
        with pytest.warns(InputWarning, match="is a link"):
            _look(probe)
        assert len(counted.taken()) == 1
    assert list(victim.iterdir()) == []


def test_a_damaged_result_is_made_again(cache: Path, probe: Probe, counted: Counting) -> None:
    first = _look(probe)
    (file,) = cache.rglob("*.npz")
    spoilt = bytearray(file.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    file.write_bytes(spoilt)
    with pytest.warns(InputWarning, match="made again"):
        second = _look(probe)
    assert [name for name, _ in counted.taken()] == ["ascent", "ascent"]
    assert np.array_equal(first.arrays["pictures"], second.arrays["pictures"])
    _look(probe)
    assert counted.taken() == []


def test_a_result_under_another_s_name_is_not_taken_for_it(cache: Path, probe: Probe, counted: Counting) -> None:
    _look(probe)
    (first,) = cache.rglob("*.npz")
    viz.look("ascent", probe, "2", 6, settings={"steps": 2})
    second = next(path for path in cache.rglob("*.npz") if path != first)
    second.replace(first)
    counted.taken()
    assert str(_look(probe).unit) == "2:5"
    assert counted.taken() == [("ascent", "2:5")]


@pytest.mark.parametrize(("number", "lines"), [(errno.ENOSPC, 1), (errno.EROFS, 0)])
def test_a_disk_that_takes_nothing_stops_the_keeping_and_not_the_work(
    number: int,
    lines: int,
    cache: Path,
    probe: Probe,
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
) -> None:
    def refuse(path: Path, _: Stored) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(results_folder, "write", refuse)
    cards = viz.units(probe, "2", range(9), methods=["ascent"], steps=2)
    assert len(cards) == 9
    told = [str(item.message) for item in recwarn if item.category is InputWarning]
    assert len(told) == lines
    assert all(os.strerror(number) in line for line in told)


@needs_fork
def test_a_process_that_is_killed_while_it_writes_leaves_no_result(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = np.savez

    def die(file: IO[bytes], **arrays: Any) -> None:  # noqa: ANN401 (as numpy's own)
        write(file, **arrays)
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(np, "savez", die)
    kept = Stored({"unit": "a:1"}, 1, [np.zeros(1000)], 0.0)
    assert ended(forked(lambda: ResultsFolder(10**9).write("ascent", "0" * 64, kept))) == -signal.SIGKILL
    assert kept_results() == ()
    assert ResultsFolder(10**9).read("ascent", "0" * 64) is None
    assert len(list(Path(cache).rglob("*.part"))) == 1


@needs_fork
def test_processes_that_keep_the_same_at_once_end_with_one(cache: Path) -> None:
    def keep() -> None:
        for _ in range(50):
            ResultsFolder(10**9).write("ascent", "0" * 64, Stored({"unit": "a:1"}, 1, [np.arange(1000)], 0.0))
            read = ResultsFolder(10**9).read("ascent", "0" * 64)
            assert read is not None
            assert read.arrays[0].sum() == 499500

    both = [forked(keep) for _ in range(2)]
    assert [ended(child) for child in both] == [0, 0]
    (kind,) = kept_results()
    assert kind.count == 1
