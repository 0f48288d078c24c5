"""Answers on the disk: what was saved is there after anything, and what cannot be saved is said in one line."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import ROOT
from visualize.annotation.records import Answer, Draft, Shown
from visualize.annotation.storage import Answers, StorageError
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOWN = tuple(Shown(f"3-top-{place}.webp", 3, place) for place in range(4))


def answer(by: str = "Ada", unit: int = 3, word: str = "lamp", **more: object) -> Answer:
    return Answer(annotator=by, layer="net", unit=unit, shown=SHOWN, word=word, kind="object", **more)  # type: ignore[arg-type]


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    with Answers(tmp_path / "answers.sqlite", create=True) as opened:
        yield opened


def test_an_answer_is_what_was_saved_after_opening_again(answers: Answers) -> None:
    saved = answer(misfits=(1, 3))
    answers.save(saved, once="a")
    with Answers(answers.path) as again:
        (read,) = again.all()
    assert (read.word, read.kind, read.misfits, read.shown) == (saved.word, saved.kind, saved.misfits, saved.shown)
    assert read.saved


def test_commits_are_synchronous_to_the_full_with_a_log_written_ahead(answers: Answers) -> None:
    with sqlite3.connect(answers.path) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert answers.durability == ("wal", 2)


def test_the_last_answer_counts_and_one_that_is_sent_twice_is_saved_once(answers: Answers) -> None:
    answers.save(answer(word="lamp"), once="a")
    answers.save(answer(word="light"), once="b")
    answers.save(answer(word="lamp"), once="a")
    assert [item.word for item in answers.all()] == ["light"]


def test_people_are_told_apart_whatever_the_capitals(answers: Answers) -> None:
    answers.save(answer("Ada"), once="a")
    answers.save(answer("ADA", unit=4), once="b")
    answers.save(answer("Bo"), once="c")
    assert answers.people() == ["Ada", "Bo"]
    assert answers.answered("ada") == {("net", 3), ("net", 4)}
    assert answers.called("aDa") == "Ada"


def test_undo_takes_answers_back_one_by_one_and_keeps_them_as_drafts(answers: Answers) -> None:
    for unit, word in ((3, "lamp"), (4, "sky")):
        answers.save(answer(unit=unit, word=word, misfits=(2,)), once=word, at=100 + unit)
    assert answers.take_back("Ada") == ("net", 4)
    draft = answers.draft_of("Ada", ("net", 4))
    assert draft is not None
    assert (draft.word, draft.kind, draft.misfits) == ("sky", "object", (2,))
    assert answers.answered("Ada") == {("net", 3)}
    assert answers.take_back("Ada") == ("net", 3)
    assert answers.take_back("Ada") is None
    answers.save(answer(unit=4, word="cloud"), once="new", at=1 << 40)
    assert [item.word for item in answers.all()] == ["cloud"]
    assert answers.draft_of("Ada", ("net", 4)) is None


def test_a_draft_that_comes_late_does_not_displace_what_is_newer(answers: Answers) -> None:
    key = ("net", 3)
    assert answers.draft("Ada", key, Draft(word="la", at=10))
    assert answers.draft("Ada", key, Draft(word="lamp", at=12))
    assert not answers.draft("Ada", key, Draft(word="lam", at=11))
    held = answers.draft_of("ada", key)
    assert held is not None
    assert held.word == "lamp"
    answers.save(answer(), once="a", at=20)
    assert not answers.draft("Ada", key, Draft(word="lamp", at=15))
    assert answers.draft_of("Ada", key) is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"word": ""}, "lacks a word"),
        ({"kind": ""}, "lacks one of the six kinds"),
        ({"kind": "animal"}, "none of the kinds"),
        ({"misfits": (4,)}, "not on the page"),
        ({"misfits": (1, 1)}, "not on the page"),
    ],
)
def test_an_answer_is_whole_or_none(fields: dict[str, object], said: str) -> None:
    whole: dict[str, object] = {"annotator": "Ada", "layer": "net", "unit": 3, "shown": SHOWN, "word": "x"}
    with pytest.raises(InputError, match=said):
        Answer(**{**whole, "kind": "object", **fields})  # type: ignore[arg-type]


def test_answers_were_begun_with_settings_that_stay(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    with Answers(path, share=0.25, seed=3, create=True) as begun:
        assert (begun.mixing.share, begun.mixing.seed) == (0.25, 3)
    with Answers(path, create=True) as again:
        assert (again.mixing.share, again.mixing.seed) == (0.25, 3)
        assert again.token == begun.token
    with pytest.raises(InputError, match=r"begun with --decoys 0.25 --seed 3"):
        Answers(path, share=0.1, create=True)


def test_the_file_is_for_its_owner_alone(answers: Answers) -> None:
    assert answers.path.stat().st_mode & 0o077 == 0


def test_what_is_no_file_of_answers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is a text and no database, whatever its name may be")
    with pytest.raises(StorageError, match="is no file of answers"):
        Answers(tmp_path / "text", create=True)
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE something (x)")
    with pytest.raises(InputError, match="no answers that this version reads"):
        Answers(tmp_path / "other", create=True)
    with pytest.raises(InputError, match="nobody has answered yet"):
        Answers(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="cannot write"):
        Answers(tmp_path / "text" / "answers", create=True)


def test_a_file_that_another_process_holds_is_waited_for_and_then_said(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    with Answers(path, create=True, wait=0.05) as answers:
        answers.save(answer(word="before"), once="a")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another process holds"):
            answers.save(answer(word="during"), once="b")
        assert [item.word for item in answers.all()] == ["before"]
        other.execute("ROLLBACK")
        other.close()
        answers.save(answer(word="during"), once="b")
        assert [item.word for item in answers.all()] == ["during"]


def test_a_full_disk_loses_nothing_and_is_said(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    with Answers(path, create=True) as answers:
        answers.save(answer(word="before"), once="a")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        log = path.with_name(f"{path.name}-wal")
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))
        try:
            with pytest.raises(StorageError, match=r"the disk of .* the answer is not saved yet"):
                answers.save(answer(unit=4, word="during"), once="b")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [item.word for item in answers.all()] == ["before"]
        answers.save(answer(unit=4, word="after"), once="b")
    with Answers(path) as again:
        assert [item.word for item in again.all()] == ["before", "after"]


_WRITER = """
import sys
from pathlib import Path
from tests.visualize.annotation.test_storage import answer
from visualize.annotation.storage import Answers

with Answers(Path(sys.argv[1]), create=True) as answers:
    for number in range(100_000):
        answers.save(answer(unit=number, word=f"word {number}"), once=str(number))
        print(number, flush=True)
"""


def test_killed_at_any_moment_it_holds_every_answer_that_was_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for turn in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, path], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        assert writer.stdout is not None
        for _ in range(20 + 17 * turn):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        confirmed = {int(line) for line in writer.stdout.read().split("\n") if line.strip().isdecimal()}
        writer.wait()
        with Answers(path) as answers:
            held = {item.unit: item.word for item in answers.all()}
        assert set(range(20 + 17 * turn)) | confirmed <= set(held)
        assert all(word == f"word {unit}" for unit, word in held.items())


def test_writers_at_once_in_two_connections_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    with Answers(path, create=True) as left, Answers(path, create=True) as right:

        def write(answers: Answers, by: str) -> None:
            for unit in range(25):
                answers.save(answer(by, unit=unit), once=f"{by} {unit}")

        threads = [
            threading.Thread(target=write, args=(answers, f"person {number}"))
            for number, answers in enumerate((left, left, right, right))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(left.all()) == len(right.all()) == 100
