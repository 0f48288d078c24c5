"""Files of answers that others have written: SQLite that is damaged, another program's, or made to mean harm."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.mutations import of_bytes
from tests.kit.annotation import Client, answered, opened, photographed_site
from tests.kit.hostile import outcome, refused
from tests.visualize.cli.kit import viz

if TYPE_CHECKING:
    from pathlib import Path

FILE = "report/annotation/answers.sqlite"
EXPORT = ("annotate", "report", "--export", "out.csv")
_MANY = "[" + ",".join('["a",1,1]' for _ in range(20_000)) + "]"
_ENDLESS = "WITH RECURSIVE t(a, b, c) AS (SELECT 1, 'k', 'n' UNION ALL SELECT a + 1, b, c FROM t)"
CELLS: dict[str, list[object]] = {
    "misfits": ["x", "[" * 100_000, "{}", "3", "[99]", '["a"]', "[null]", "[0.5]", "[[0]]", "[NaN]",
                "[1, 1]", b"\xff", None],
    "shown": ["x", "[1, 2]", '[["a"]]', '[["a", 1, 2, 3, 4]]', '[[1, "a", null]]', '[["a", NaN, 1]]', "{}",
              _MANY, b"\xff"],
    "word": [b"\xff\xfe", "x" * 5000, "x" * 3_000_000, "a\0b"],
    "kind": ["other", "", 5, b"\xff", "scene "],
    "unit": ["abc", 1 << 62, -1, 1.5, b"\0"],
    "layer": [b"\xff", "x" * 5000, ""],
    "saved": [b"\xff", "x" * 5000],
    "at": ["x", 1.5, b"\0"],
}  # fmt: skip
SETTINGS: dict[str, list[object]] = {
    "decoys": ["nan", "inf", "5", "-1", "x", "", b"\xff"],
    "seed": ["1e400", "9" * 5000, "x", "1.5", ""],
    "token": ["", "x" * 5000, b"\xff"],
}
STATEMENTS = {
    "no answers": "DROP TABLE answer", "no settings": "DROP TABLE setting", "no token": "DELETE FROM setting",
    "another format": "PRAGMA user_version = 9", "another program's": "PRAGMA application_id = 7",
    "a name that is none": "UPDATE annotator SET name = x'ff'",
    "a name of no letters": "UPDATE annotator SET name = ''",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON annotator BEGIN DELETE FROM answer; END",
    "another table": "CREATE TABLE other (x)", "a view": "CREATE VIEW other AS SELECT * FROM answer",
    "another column": "ALTER TABLE answer ADD COLUMN more TEXT",
    "a view that never ends": f"DROP TABLE annotator; CREATE VIEW annotator (id, key, name) AS {_ENDLESS} "
    "SELECT * FROM t WHERE a < 0",
    "settings that never end": f"DROP TABLE setting; CREATE VIEW setting AS {_ENDLESS} SELECT b AS name, c AS value "
    "FROM t",
    "a view of 900 MB": "DROP TABLE annotator; CREATE VIEW annotator AS SELECT 1 AS id, 'k' AS key, "
    "zeroblob(900000000) AS name",
}  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on which two people have answered."""
    home = tmp_path_factory.mktemp("good")
    pages = opened(photographed_site(home / "report", units=3), share=0.3)
    client = Client(pages.app("127.0.0.1"))
    with pages.answers:
        answered(client, "Ada", "street, with cars", "object", misfit="1")
        answered(client, "Bo", "=HYPERLINK(A1)", "scene")
    with sqlite3.connect(home / FILE) as file:
        file.execute("PRAGMA journal_mode = DELETE")
    file.close()
    return home


@pytest.fixture
def home(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in the working folder."""
    shutil.copytree(good / "report", tmp_path / "report")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _changed(home: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    file = sqlite3.connect(home / FILE, isolation_level=None)
    for statement, values in statements:
        file.execute(statement, values)
    file.close()


def test_answers_that_are_read_alone_leave_their_file_as_it_is(home: Path) -> None:
    before = (home / FILE).read_bytes()
    assert viz(*EXPORT).status == 0
    assert viz("annotate", "report", "--summary").status == 0
    assert (home / FILE).read_bytes() == before
    assert [path.name for path in (home / FILE).parent.iterdir()] == ["answers.sqlite"]


@pytest.mark.parametrize(("column", "cell"), [(column, cell) for column, cells in CELLS.items() for cell in cells])
def test_a_cell_that_nobody_could_have_answered_is_one_line(column: str, cell: object, home: Path) -> None:
    _changed(home, ("PRAGMA ignore_check_constraints = 1", ()), (f"UPDATE OR IGNORE answer SET {column} = ?", (cell,)))
    outcome(*EXPORT, within=home) if cell is None else refused(*EXPORT, within=home)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in SETTINGS.items() for value in values])
def test_a_setting_that_cannot_be_is_one_line(name: str, value: object, home: Path) -> None:
    _changed(home, ("UPDATE setting SET value = ? WHERE name = ?", (value, name)))
    refused(*EXPORT, within=home)


@pytest.mark.parametrize("statements", STATEMENTS.values(), ids=STATEMENTS)
def test_tables_that_are_not_ours_are_not_read(statements: str, home: Path) -> None:
    file = sqlite3.connect(home / FILE)
    file.executescript(statements)
    file.close()
    refused(*EXPORT, within=home)


@pytest.mark.parametrize("number", range(30))
def test_a_damaged_file_of_answers_is_one_line_or_whole(number: int, good: Path, home: Path) -> None:
    whole = (home / FILE).read_bytes()
    (home / FILE).write_bytes([content for _, content in of_bytes(whole, most=17)][number])
    outcome("annotate", "report", "--export", "out.json", within=home)


@pytest.mark.parametrize("arguments", ["--export out.csv", "--summary", "--port 0"])
def test_another_program_s_database_is_left_as_it_is_to_the_byte(arguments: str, home: Path) -> None:
    (home / FILE).unlink()
    _changed(home, ("CREATE TABLE history (address)", ()), ("INSERT INTO history VALUES ('x')", ()))
    refused("annotate", "report", *arguments.split(), within=home)
    (home / FILE).write_text("no database")
    refused("annotate", "report", *arguments.split(), within=home)


@pytest.mark.parametrize(
    "host", ["nowhere.invalid", "\x1b[2J", "a" * 5000, "256.1.1.1", "127.0.0.1/x", "\ud800"], ids=range(6)
)
def test_a_host_that_is_none_is_refused_before_answers_are_begun(host: str, home: Path) -> None:
    (home / FILE).unlink()
    refused("annotate", "report", "--host", host, "--port", "0", within=home)


@pytest.mark.parametrize("units", ["x", "5-1", "-1", "99999999", "0-99999999", "1.5", "9999999-0"])
def test_units_that_are_none_are_refused(units: str, home: Path) -> None:
    refused("annotate", "report", "--unit", units, "--port", "0", within=home)


def test_answers_on_units_that_a_report_does_not_hold_are_left_out_and_said(home: Path) -> None:
    _changed(home, ("UPDATE answer SET unit = 77 WHERE id = 1", ()))
    ran = viz(*EXPORT)
    assert (ran.status, ran.out.splitlines()[1:]) == (0, ["1 answers"])
    assert "1 answers are left out" in ran.err
    assert (home / "out.csv").read_text().count("\n") == 2
