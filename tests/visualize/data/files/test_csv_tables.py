from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visualize.data.files.csv_tables import as_whole, columns, read_table
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_marks_line_ends_quotes_and_blanks_do_not_matter(tmp_path: Path) -> None:
    plain = _written(tmp_path / "plain.csv", "number,name\n1,sky\n2,car\n")
    odd = _written(tmp_path / "odd.csv", '\ufeffnumber, name ,more\r\n\r\n"1", sky\r\n,,\r\n2 ,"car",x,\r\n')
    assert columns(odd) == ("number", "name", "more")
    tables = [[(row.whole("number"), row["name"]) for row in read_table(path, ["number"])[1]] for path in (plain, odd)]
    assert tables == [[(1, "sky"), (2, "car")]] * 2
    assert [row.line for row in read_table(odd)[1]] == [3, 5]


def test_cells_are_read_as_what_they_should_hold(tmp_path: Path) -> None:
    _, (row,) = read_table(_written(tmp_path / "t.tsv", "a\tb\tc\n7.0\t\t0.5\n"), separator="\t")
    assert (row.whole("a"), row.number("b"), row.number("c"), row["d"]) == (7, 0.0, 0.5, "")
    with pytest.raises(InputError, match=r"line 2: the column c holds '0\.5'; expected a whole number from 1"):
        row.whole("c", least=1)
    with pytest.raises(InputError, match=r"the column a holds '7\.0'; expected a whole number from 8"):
        row.whole("a", least=8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,a\n1,2\n", "has the column twice: a"),
        ("b\n1\n", "has no column a; its columns are b"),
        ("", "has no column a; its columns are $"),
        ('"b,c\n1,2\n', r"has no column a; its columns are b,c 1,2$"),
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 cells for 2 columns"),
        ("a\n\udcff\n", r"t\.csv cannot be read"),
    ],
)
def test_a_table_of_another_shape_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=message):
        read_table(tmp_path / "t.csv", ["a"])
    with pytest.raises(InputError, match=r"gone\.csv is missing; expected a table with the columns a, b"):
        read_table(tmp_path / "gone.csv", ["a", "b"])


@pytest.mark.parametrize(
    ("text", "number"), [("23", 23), ("23.0", 23), ("0", 0), ("-1", None), ("2.5", None), ("", None), ("1e3", None)]
)
def test_whole_numbers_may_have_been_taken_for_floats(text: str, number: int | None) -> None:
    assert as_whole(text) == number
