"""Files of names: what the export writes, tables of one's own, and files that are neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from visualize.methods.errors import InputError
from visualize.people.files import read

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_of_ones_own_names_units_of_any_network(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("unit,word,layer\n3, a lamp ,conv5\n3,lamp,conv5\n3,sun,conv5\n4,,conv5\n")
    names = read(path)
    name = names.get("whatever", "conv5", 3)
    assert name is not None
    assert name.told == "a lamp (2 of 3 people)"
    assert names.get("whatever", "conv5", 4) is None
    assert names.get("whatever", "conv4", 3) is None


def test_names_belong_to_their_network_wherever_its_file_lies(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    rows = [
        {"model": "my_net.py:tiny", "layer": "conv", "unit": 0, "word": "red", "fitting": 3, "pictures": 4},
        {"model": "timm/resnet18", "layer": "conv", "unit": 0, "word": "blue", "fitting": None, "pictures": 4},
    ]  # fmt: skip
    path.write_text(json.dumps({"format": 1, "answers": rows}))
    names = read(path)
    red, blue = names.get("/elsewhere/my_net.py:tiny", "conv", 0), names.get("timm/resnet18", "conv", 0)
    assert red is not None
    assert blue is not None
    assert (red.word, red.precision, blue.word, blue.precision) == ("red", 0.75, "blue", None)
    assert names.get("resnet18", "conv", 0) is None


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("names.txt", "x", "neither .csv nor .json"),
        ("names.csv", "layer,unit\nconv5,3\n", "word"),
        ("names.csv", "layer,unit,word\nconv5,three,lamp\n", "whole number"),
        ("names.json", "[]", "answers"),
        ("names.json", '{"answers": [{"layer": "conv5", "unit": -1, "word": "x"}]}', r"answers\[0\].unit"),
        ("names.json", "{", "names.json"),
    ],
)
def test_what_is_no_file_of_names_is_said(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=said):
        read(tmp_path / name)
    with pytest.raises(InputError, match="nowhere"):
        read(tmp_path / "nowhere.csv")


def test_letters_that_move_a_cursor_do_not_come_through(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_text(json.dumps({"answers": [{"layer": "conv5", "unit": 3, "word": "la\x1b[31mmp\u202e"}]}))
    name = read(path).get("net", "conv5", 3)
    assert name is not None
    assert name.word.isprintable()
