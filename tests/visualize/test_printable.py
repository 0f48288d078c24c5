from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.printable import printable


@given(st.binary())
def test_any_file_name_becomes_text_that_utf_8_and_json_hold(name: bytes) -> None:
    text = printable(name.decode("utf-8", "surrogateescape"))
    assert text.encode("utf-8").decode("utf-8") == text
    assert json.loads(json.dumps(text)) == text


@pytest.mark.parametrize("name", ["a.png", "caf\u00e9 \u65e5\u672c.jpg", ""])
def test_a_name_that_is_text_already_stays_as_it_is(name: str) -> None:
    assert printable(name) == name
