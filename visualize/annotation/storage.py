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

from visualize.annotation.questions import Mixing
from visualize.annotation.records import Answer, Draft, Shown, annotator_key, page_of
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.annotation.records import Key

_KIND = 0x76697A61  # tells a file of ours from other programs'
_FORMAT = 1
_WAIT = 2.0  # seconds for another process that is writing
_LEVEL = 2  # synchronous: FULL
_TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE annotator (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE answer (
    id INTEGER PRIMARY KEY, once TEXT NOT NULL UNIQUE, annotator INTEGER NOT NULL REFERENCES annotator (id),
    layer TEXT NOT NULL, unit INTEGER NOT NULL, taken_back INTEGER NOT NULL, word TEXT NOT NULL, kind TEXT NOT NULL,
    misfits TEXT NOT NULL, shown TEXT NOT NULL, at INTEGER NOT NULL, saved TEXT NOT NULL
);
CREATE INDEX answer_by_unit ON answer (annotator, layer, unit, id);
CREATE TABLE draft (
    annotator INTEGER NOT NULL REFERENCES annotator (id), layer TEXT NOT NULL, unit INTEGER NOT NULL,
    word TEXT NOT NULL, kind TEXT NOT NULL, misfits TEXT NOT NULL, at INTEGER NOT NULL, page TEXT NOT NULL,
    PRIMARY KEY (annotator, layer, unit)
);
"""
_COLUMNS = "annotator.name, layer, unit, word, kind, misfits, shown, saved, at"
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
        if not create and not path.is_file():
            raise InputError(f"{path} is not there: nobody has answered yet; run viz annotate on the folder first")
        with self._said():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._file = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
        try:
            self._begin(begun if create else None)
            self.mixing = self._checked(share, seed)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, begun: Mixing | None) -> None:
        with self._said():
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute(f"PRAGMA synchronous = {_LEVEL}")
            self._file.execute("PRAGMA foreign_keys = ON")
            with self._writing():
                kind, form = (self._one(f"PRAGMA {name}")[0] for name in ("application_id", "user_version"))
                fresh = not self._one("SELECT count(*) FROM sqlite_master")[0]
                if fresh and begun is not None:
                    self._make(begun)
                elif kind != _KIND or form != _FORMAT:
                    raise InputError(f"{self.path} holds no answers that this version reads; give another --answers")

    def _checked(self, share: float | None, seed: int | None) -> Mixing:
        """The settings of the file, which must be those that are asked for."""
        held = self._settings()
        self.token = held["token"]
        mixing = Mixing(float(held["decoys"]), int(held["seed"]))
        if share not in {None, mixing.share} or seed not in {None, mixing.seed}:
            raise InputError(
                f"the answers in {self.path} were begun with --decoys {mixing.share:g} --seed {mixing.seed}; give "
                f"these, or another --answers"
            )
        return mixing

    def _make(self, mixing: Mixing) -> None:
        for statement in filter(str.strip, _TABLES.split(";")):
            self._file.execute(statement)
        settings = {"token": secrets.token_urlsafe(24), "decoys": repr(mixing.share), "seed": str(mixing.seed)}
        self._file.executemany("INSERT INTO setting VALUES (?, ?)", settings.items())
        self._file.execute(f"PRAGMA application_id = {_KIND}")
        self._file.execute(f"PRAGMA user_version = {_FORMAT}")

    def _settings(self) -> dict[str, str]:
        with self._said():
            return dict(self._all("SELECT name, value FROM setting"))

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
        if row is None:
            return None
        return Draft(word=row[0], kind=row[1], misfits=tuple(json.loads(row[2])), at=row[3], page=row[4])

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
            rows = self._all(f"SELECT layer, unit {_LAST} AND annotator.key = ?", annotator_key(annotator))
            return {(layer, unit) for layer, unit in rows}

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
        return [
            _Row(
                Answer(
                    annotator=name, layer=layer, unit=unit, word=word, kind=kind, misfits=tuple(json.loads(misfits)),
                    shown=tuple(Shown(*item) for item in json.loads(shown)), saved=saved,
                ),
                at,
            )
            for name, layer, unit, word, kind, misfits, shown, saved, at in self._all(
                f"SELECT {_COLUMNS} {_LAST} {more}", *values
            )
        ]  # fmt: skip

    def _all(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._file.execute(statement, values).fetchall()

    def _first(self, statement: str, *values: object) -> Any:  # noqa: ANN401 (a row)
        with self._lock:
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
        except OSError as fault:
            raise StorageError(
                f"cannot write {self.path}: {fault.strerror or fault}; choose another --answers"
            ) from fault


_REASONS = {
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
