"""Answers on the disk: nothing that was saved is lost, whatever dies after.

One file of SQLite with a write-ahead log, synchronous to the full: an answer that was confirmed lies on the disk.
Answers are only ever added; which of them count is told by reading them in turn.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from visualize.annotation import stored
from visualize.annotation.questions import Mixing
from visualize.annotation.records import Draft, annotator_key, page_of
from visualize.intake.regular_files import require_regular
from visualize.methods.errors import InputError, system_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.annotation.records import Answer, Key

_KIND = 0x76697A61  # tells a file of ours from other programs'
_FORMAT = 1
_WAIT = 2.0  # seconds for another process that is writing
_LEVEL = 2  # synchronous: FULL
_STEPS, _MOST_STEPS = (
    1_000_000,
    500,
)  # of SQLite's machine between two looks, and how many of these a statement may take
_COLUMNS = "annotator.name, layer, unit, word, kind, misfits, shown, saved, at, answer.id"
_LAST = """
FROM answer
JOIN annotator ON annotator.id = answer.annotator
WHERE NOT taken_back AND NOT EXISTS (
    SELECT 1 FROM answer AS later WHERE later.annotator = answer.annotator AND later.layer = answer.layer
    AND later.unit = answer.unit AND later.id > answer.id
)
"""


class StorageError(InputError):
    """Answers that cannot be saved or read now; nothing of what was saved before is lost."""


@dataclass(frozen=True)
class _Row:
    answer: Answer
    at: int


class Answers:
    """The answers of all people, in one file.

    Args:
        path: of the file.
        share: of pictures of other units that are mixed in; of a file that is there already it must be the same one.
            None takes that of the file, 0.1 of a new one.
        seed: of everything random, likewise; 0 of a new file.
        create: begin a new file where there is none.
        wait: seconds for another process that is writing.

    Raises:
        StorageError: the file cannot be opened, or is none of these.
        InputError: there is no file, or it was begun with other settings.
    """

    def __init__(
        self,
        path: Path,
        *,
        share: float | None = None,
        seed: int | None = None,
        create: bool = False,
        wait: float = _WAIT,
    ) -> None:
        self.path = path
        self._lock = threading.RLock()
        usual = Mixing()
        begun = Mixing(usual.share if share is None else share, usual.seed if seed is None else seed)
        if not create and not path.exists():
            raise InputError(f"{path} is not there: nobody has answered yet; run viz annotate on the folder first")
        with self._said():
            if create and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
            require_regular(path)
            self._file = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
            self._file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, stored.LONGEST)
            self._steps = 0
            self._file.set_progress_handler(self._too_long, _STEPS)
        try:
            self._begin(begun if create else None)
            self.mixing = self._checked(share, seed)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, begun: Mixing | None) -> None:
        """Make the tables where the file is new; what is another program's is left as it is, to the byte."""
        with self._said():
            if begun is not None and self._is_fresh():
                self._keep_log()
                with self._writing():
                    if self._is_fresh():  # still: another process may have made them
                        self._make(begun)
            kind, form = self._kind()
            if kind != _KIND or form != _FORMAT or stored.made_otherwise(self._file):
                raise InputError(f"{self.path} holds no answers that this version reads; give another --answers")
            if begun is not None:
                self._keep_log()

    def _kind(self) -> tuple[int, int]:
        kind, form = (self._one(f"PRAGMA {name}")[0] for name in ("application_id", "user_version"))
        return kind, form

    def _is_fresh(self) -> bool:
        return self._kind() == (0, 0) and not self._one("SELECT count(*) FROM sqlite_master")[0]

    def _keep_log(self) -> None:
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute(f"PRAGMA synchronous = {_LEVEL}")
        self._file.execute("PRAGMA foreign_keys = ON")

    def _checked(self, share: float | None, seed: int | None) -> Mixing:
        """The settings of the file, which must be those that are asked for."""
        with self._said():
            mixing, self.token = stored.settings_of(dict(self._all("SELECT name, value FROM setting")), str(self.path))
        if share not in {None, mixing.share} or seed not in {None, mixing.seed}:
            raise InputError(
                f"the answers in {self.path} were begun with --decoys {mixing.share:g} --seed {mixing.seed}; give "
                f"these, or another --answers"
            )
        return mixing

    def _make(self, mixing: Mixing) -> None:
        for statement in stored.statements():
            self._file.execute(statement)
        settings = {"token": secrets.token_urlsafe(24), "decoys": repr(mixing.share), "seed": str(mixing.seed)}
        self._file.executemany("INSERT INTO setting VALUES (?, ?)", settings.items())
        self._file.execute(f"PRAGMA application_id = {_KIND}")
        self._file.execute(f"PRAGMA user_version = {_FORMAT}")

    def close(self) -> None:
        """Close the file; what is in the log goes into the file itself."""
        with self._lock:
            self._file.close()

    def __enter__(self) -> Self:
        """The answers, which are closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def called(self, name: str) -> str:
        """A person's name as it was first written."""
        with self._said():
            row = self._first("SELECT name FROM annotator WHERE key = ?", annotator_key(name))
        return name if row is None else str(row[0])

    def save(self, answer: Answer, *, once: str, at: int = 0) -> None:
        """Save an answer, and drop the draft of it.

        Args:
            answer: what is saved; it counts in place of the person's earlier one on the same unit.
            once: tells this answer from all others, so that one that is sent twice is saved once.
            at: milliseconds, by the clock of who answers; drafts that are no later come too late.
        """
        with self._said(), self._writing():
            person = self._person(answer.annotator)
            self._add(person, answer, once=once, at=at, taken_back=False)
            self._file.execute(
                "DELETE FROM draft WHERE annotator = ? AND layer = ? AND unit = ?", (person, *answer.key)
            )

    def draft(self, annotator: str, key: Key, draft: Draft) -> bool:
        """Save a draft, unless a later draft or answer lies there; gives whether it was saved."""
        with self._said(), self._writing():
            person = self._person(annotator)
            known = self._one(
                "SELECT max(at) FROM (SELECT at FROM draft WHERE annotator = ?1 AND layer = ?2 AND unit = ?3 UNION ALL "
                "SELECT at FROM answer WHERE annotator = ?1 AND layer = ?2 AND unit = ?3)", person, *key,
            )[0]  # fmt: skip
            if known is not None and known >= draft.at:
                return False
            self._draft(person, key, draft)
            return True

    def draft_of(self, annotator: str, key: Key) -> Draft | None:
        """The draft of a person on a unit, if there is one."""
        with self._said():
            row = self._first(
                "SELECT word, kind, misfits, at, page FROM draft JOIN annotator ON annotator.id = draft.annotator "
                "WHERE annotator.key = ? AND layer = ? AND unit = ?", annotator_key(annotator), *key,
            )  # fmt: skip
            return None if row is None else stored.draft_of(row, f"{self.path}: a draft")

    def take_back(self, annotator: str) -> Key | None:
        """Take a person's last answer back and make it a draft; gives its unit, or None if there is none."""
        with self._said(), self._writing():
            last = self._last("AND annotator.key = ? ORDER BY answer.id DESC LIMIT 1", annotator_key(annotator))
            if not last:
                return None
            (row,) = last
            answer, at = row.answer, row.at + 1
            person = self._person(annotator)
            self._add(person, answer, once=secrets.token_hex(8), at=at, taken_back=True)
            page = page_of(answer.key, answer.shown)
            held = Draft(word=answer.word, kind=answer.kind, misfits=answer.misfits, at=at, page=page)
            self._draft(person, answer.key, held)
            return answer.key

    def answered(self, annotator: str) -> set[Key]:
        """Units that a person has answered on."""
        with self._said():
            return set(self._all(f"SELECT layer, unit {_LAST} AND annotator.key = ?", annotator_key(annotator)))

    def all(self) -> list[Answer]:
        """Answers that count: of each person the last one on each unit, in the order in which they were saved."""
        with self._said():
            return [row.answer for row in self._last("ORDER BY answer.id")]

    def people(self) -> list[str]:
        """Names of all who have begun."""
        with self._said():
            return [row[0] for row in self._all("SELECT name FROM annotator ORDER BY id")]

    def limit(self, pages: int) -> None:
        """Let the file grow to so many pages of SQLite's; to no fewer than it has."""
        with self._said():
            self._one(f"PRAGMA max_page_count = {int(pages)}")

    @property
    def durability(self) -> tuple[str, int]:
        """SQLite's mode of its journal, and how synchronous it is: 2 is to the full."""
        with self._said():
            return str(self._one("PRAGMA journal_mode")[0]), int(self._one("PRAGMA synchronous")[0])

    def _person(self, name: str) -> int:
        self._file.execute("INSERT OR IGNORE INTO annotator (key, name) VALUES (?, ?)", (annotator_key(name), name))
        return int(self._one("SELECT id FROM annotator WHERE key = ?", annotator_key(name))[0])

    def _add(self, person: int, answer: Answer, *, once: str, at: int, taken_back: bool) -> None:
        shown = json.dumps([[item.file, item.unit, item.place] for item in answer.shown], separators=(",", ":"))
        saved = datetime.now(UTC).isoformat(timespec="seconds")
        misfits = json.dumps(answer.misfits)
        self._file.execute(
            "INSERT OR IGNORE INTO answer VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (once, person, *answer.key, taken_back, answer.word, answer.kind, misfits, shown, at, saved),
        )

    def _draft(self, person: int, key: Key, draft: Draft) -> None:
        values = (person, *key, draft.word, draft.kind, json.dumps(draft.misfits), draft.at, draft.page)
        self._file.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def _last(self, more: str, *values: object) -> list[_Row]:
        rows, pictures = [], 0
        with self._lock:
            self._steps = 0
            for *cells, number in self._file.execute(f"SELECT {_COLUMNS} {_LAST} {more}", values):
                answer, at = stored.answer_of(cells, f"{self.path}: answer {number}")
                rows.append(_Row(answer, at))
                pictures += len(answer.shown)
                if len(rows) > stored.MOST_ANSWERS or pictures > stored.MOST_PICTURES:
                    raise InputError(
                        f"{self.path} holds more than {stored.MOST_ANSWERS:,} answers, or answers on more than "
                        f"{stored.MOST_PICTURES:,} pictures; give another --answers"
                    )
        return rows

    def _too_long(self) -> bool:
        """Whether a statement takes longer than any of ours can: what a file of answers is made of is anybody's."""
        self._steps += 1
        return self._steps > _MOST_STEPS

    def _all(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            self._steps = 0
            return self._file.execute(statement, values).fetchmany(stored.MOST_ANSWERS)

    def _first(self, statement: str, *values: object) -> Any:  # noqa: ANN401 (a row)
        with self._lock:
            self._steps = 0
            return self._file.execute(statement, values).fetchone()

    def _one(self, statement: str, *values: object) -> Any:  # noqa: ANN401 (a row)
        row = self._first(statement, *values)
        if row is None:
            raise InputError(f"{self.path} lacks what it should hold; give another --answers")
        return row

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write all of what is within, or nothing."""
        with self._lock:
            self._steps = 0
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        self._file.execute("ROLLBACK")
                raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say in one line what is wrong with the file or the disk."""
        try:
            yield
        except sqlite3.Error as fault:
            raise StorageError(_reason(fault, self.path)) from fault
        except StorageError:
            raise
        except InputError as fault:
            raise StorageError(str(fault)) from fault
        except OSError as fault:
            raise StorageError(f"cannot write {self.path}: {system_words(fault)}; choose another --answers") from fault


_REASONS = {
    sqlite3.SQLITE_INTERRUPT: "{} takes longer to be read than any file of answers; give another --answers",
    sqlite3.SQLITE_BUSY: "another process holds {}; the answer is not saved yet: try again in a moment",
    sqlite3.SQLITE_LOCKED: "another process holds {}; the answer is not saved yet: try again in a moment",
    sqlite3.SQLITE_FULL: "the disk of {} is full; the answer is not saved yet: free some space, then try again",
    sqlite3.SQLITE_IOERR: "the disk of {} takes nothing (is it full?); the answer is not saved yet: try again",
    sqlite3.SQLITE_READONLY: "{} may not be written; allow it, or give another --answers",
    sqlite3.SQLITE_PERM: "{} may not be written; allow it, or give another --answers",
    sqlite3.SQLITE_CANTOPEN: "{} cannot be opened; give another --answers",
    sqlite3.SQLITE_NOTADB: "{} is no file of answers; give another --answers",
    sqlite3.SQLITE_CORRUPT: "{} is damaged; keep a copy of it, and begin another with --answers",
}


def _reason(fault: sqlite3.Error, path: Path) -> str:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return _REASONS[code].format(path) if code in _REASONS else f"{path}: {fault}; give another --answers"
