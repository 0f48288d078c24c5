from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.hostile import bounded
from tests.kit.refusal import refusal
from visualize.intake.fields import items, whole
from visualize.intake.json_text import load, parse, read
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_content_is_read_with_or_without_a_mark_and_checked(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "a.json").write_bytes(mark + b"[1, 2]")
    assert read(tmp_path / "a.json", items(whole(1, 2)), memory=1 << 20) == (1, 2)
    with refusal("a.json: [1]: expected a whole number from 1 to 1, not 2"):
        read(tmp_path / "a.json", items(whole(1, 1)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b"[NaN]", "it holds NaN"),
        (b"[-Infinity]", "it holds -Infinity"),
        (b"9" * 5000, "Exceeds the limit"),
        (b"\xff", "not in UTF-8"),
        (b"", "Expecting value"),
        (b"[1] [2]", "Extra data"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes, words: str) -> None:
    with refusal("a.json cannot be read", words):
        parse(text, "a.json")


def test_values_beyond_the_memory_allowed_are_refused_before_they_are_made() -> None:
    text = b"[" + b"[]," * 12_000_000 + b"[]]"
    with bounded(memory=100 << 20), refusal("so many values"):
        parse(text, "a.json")
    assert len(parse(b"[" + b"1," * 1_000_000 + b"1]", "a.json")) == 1_000_001


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with bounded(seconds=2), refusal("is a named pipe"):
        load(tmp_path / "pipe")
    with refusal("is a folder"):
        load(tmp_path)
    with refusal("No such file"):
        load(tmp_path / "none")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes) -> None:
    message = "a line"
    try:
        parse(data, "a.json")
    except InputError as fault:
        message = str(fault)
    assert len(message.splitlines()) == 1
