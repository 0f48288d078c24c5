from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visualize.data.files.text_files import read_json, read_lines
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_come_without_ends_and_marks(tmp_path: Path, mark: str) -> None:
    (tmp_path / "a.txt").write_bytes(f"{mark}sk\u00fd\r\n\r\ncar".encode())
    assert read_lines(tmp_path / "a.txt") == ["sk\u00fd", "", "car"]


def test_json_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": [1, null]}')
    assert read_json(tmp_path / "a.json") == {"a": [1, None]}


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfa", b"[" * 100_000])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.json cannot be read"):
        read_json(path)
    if content is None or content[0] > 127:
        with pytest.raises(InputError, match=r"odd\.json"):
            read_lines(path)
