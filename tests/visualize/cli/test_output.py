from __future__ import annotations

import contextlib
import io
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.cli.output import Sink, results_alone

if TYPE_CHECKING:
    from visualize.methods.provenance import Json

cells = st.text("ab1\u00e9", max_size=9)


def test_text_is_for_people_and_the_document_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    for sink in (Sink(), Sink(json=True)):
        sink.text("one", "two")
        sink.table(("a", "b"), [("1", "2")])
        sink.document({"a": 1})
    assert capsys.readouterr().out == 'one\ntwo\na  b\n1  2\n{\n  "a": 1\n}\n'


@given(st.lists(st.tuples(cells, cells, cells), max_size=5))
def test_the_columns_of_a_table_stand_one_below_the_other(rows: list[tuple[str, str, str]]) -> None:
    table = [("first", "second", "third"), *rows]
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        Sink().table(table[0], rows)
    first, second = (max(len(row[column]) for row in table) for column in (0, 1))
    for line, row in zip(written.getvalue().splitlines(), table, strict=True):
        assert line == line.rstrip()
        assert line.ljust(first)[:first].rstrip() == row[0]
        assert line.ljust(first + 2 + second)[first + 2 : first + 2 + second].rstrip() == row[1]
        assert line[first + second + 4 :] == row[2]


def test_the_document_is_ascii_and_knows_numpy_and_other_mappings(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"name": "caf\u00e9", "share": np.float32(0.5), "more": MappingProxyType({"count": np.int64(3)})}
    Sink(json=True).document(cast("Json", document))
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"name": "caf\u00e9", "share": 0.5, "more": {"count": 3}}


def test_what_json_does_not_know_is_a_defect() -> None:
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        Sink(json=True).document(cast("Json", {"a": {1, 2}}))
    with pytest.raises(ValueError, match="not JSON compliant"):
        Sink(json=True).document({"a": float("nan")})


def test_within_a_command_standard_output_is_for_results_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with results_alone():
        print("chatter")  # noqa: T201 (as a network does)
        Sink().text("result")
    print("after")  # noqa: T201
    assert capsys.readouterr() == ("result\nafter\n", "chatter\n")
