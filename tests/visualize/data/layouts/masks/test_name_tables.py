"""Tables of names in every form in use, written with json and csv themselves, mean what they were made of."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from visualize.data.layouts.masks.name_tables import read_names
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMES = {0: "background", 1: "wall", 2: "traffic light", 5: "Stra\u00dfe", 300: "oak, old"}


def _csv(heads: tuple[str, str], separator: str = ",", *, swapped: bool = False) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    for row in (heads, *NAMES.items()):
        writer.writerow(row[::-1] if swapped else row)
    return out.getvalue()


NUMBERED: Mapping[str, tuple[str, str]] = {
    **{
        f"text with {separator!r}": ("names.txt", "\n".join(f"{v}{separator}{name}" for v, name in NAMES.items()))
        for separator in (" ", ":", ": ", ",", ", ", "\t", " = ", ";", "  ", "|", " | ", " - ", ". ", ") ", ".0,")
    },
    **{
        f"number behind {separator!r}": (
            "names.txt", "\n".join(f"{name}{separator}{value}" for value, name in NAMES.items())
        )
        for separator in (":", ": ", "\t", " = ", ";")
    },
    "a mark, other ends of lines": ("names.txt", "\ufeff" + "\r\n".join(f"{v} {n}" for v, n in NAMES.items())),
    "comments": ("names.txt", "# mine\n\n" + "\n\n// b\n".join(f"{v} {n} # so" for v, n in NAMES.items()) + "\n\n"),
    "quoted": ("names.txt", "\n".join(f'{v},"{n}"' for v, n in NAMES.items())),
    "other order": ("names.txt", "\n".join(f"{v} {n}" for v, n in reversed(NAMES.items()))),
    **{
        f"columns {heads}": ("names.csv", _csv(heads))
        for heads in (("number", "name"), ("id", "name"), ("Value", "Class"), ("label_id", "label"), ("index", "NAME"))
    },
    "columns behind": ("names.csv", _csv(("id", "name"), swapped=True)),
    "columns in text": ("names.txt", _csv(("id", "name"))),
    "columns by tabs": ("names.txt", _csv(("id", "name"), "\t")),
    "columns by semicolons": ("names.csv", _csv(("id", "name"), ";")),
    "columns by blanks": ("names.txt", "id name\n" + "\n".join(f"{v} {n}" for v, n in NAMES.items())),
    "columns with a comment": ("names.csv", "# of mine\n\n" + _csv(("number", "name"))),
    "columns of floats": ("names.csv", "number,name\n" + "".join(f'{v}.0,"{n}"\n' for v, n in NAMES.items())),
    "more columns": ("names.csv", "r,number,name,x\n" + "".join(f'7,{v},"{n}",1\n' for v, n in NAMES.items())),
    "csv without columns": ("names.csv", "\n".join(f"{v},{n}" for v, n in NAMES.items())),
    "object": ("names.json", json.dumps({str(v): n for v, n in NAMES.items()})),
    "object by name": ("names.json", json.dumps({n: v for v, n in NAMES.items()})),
    "object of objects": ("names.json", json.dumps({str(v): {"name": n, "color": [1, 2]} for v, n in NAMES.items()})),
    "list of objects": ("names.json", json.dumps([{"id": v, "name": n} for v, n in NAMES.items()])),
    "categories": ("names.json", json.dumps({"categories": [{"name": n, "id": v} for v, n in NAMES.items()]})),
    "id2label": ("names.json", json.dumps({"id2label": {str(v): n for v, n in NAMES.items()}, "x": 1})),
    "label2id": ("names.json", json.dumps({"label2id": {n: v for v, n in NAMES.items()}})),
}  # fmt: skip


@pytest.mark.parametrize("form", NUMBERED)
def test_names_with_their_values_are_read_in_every_form(tmp_path: Path, form: str) -> None:
    file, content = NUMBERED[form]
    (tmp_path / file).write_bytes(content.encode())
    table = read_names(tmp_path / file)
    assert table.numbered
    assert {item.value: item.name for item in table.names} == NAMES
    assert [item.void for item in table.names] == [item.value == 0 for item in table.names]


PLAIN = {
    "text": ("names.txt", "wall\noak\nrug\n"),
    "no end": ("names.txt", "wall\noak\nrug"),
    "blanks": ("names.txt", "\n  wall\n\n\toak  \n\nrug\n\n"),
    "comments": ("names.txt", "# three\nwall\n// the tree\noak # an old one\n\n#\nrug\n"),
    "old ends of lines": ("names.txt", "wall\r\noak\r\nrug\r\n"),
    "a column": ("names.csv", "name\nwall\noak\nrug\n"),
    "a column among others": ("names.csv", "name,colour\nwall,red\noak,brown\nrug,grey\n"),
    "no column": ("names.csv", "wall\noak\nrug\n"),
    "list": ("names.json", json.dumps(["wall", "oak", "rug"])),
    "list within": ("names.json", json.dumps({"classes": ["wall", "oak", "rug"]})),
    "list of objects": ("names.json", json.dumps([{"name": "wall"}, {"name": "oak"}, {"name": "rug"}])),
}


@pytest.mark.parametrize("form", PLAIN)
def test_names_without_values_come_in_order_and_nothing_shifts_them(tmp_path: Path, form: str) -> None:
    file, content = PLAIN[form]
    (tmp_path / file).write_text(content, newline="")
    table = read_names(tmp_path / file)
    assert not table.numbered
    assert [(item.name, item.value) for item in table.names] == [("wall", None), ("oak", None), ("rug", None)]
    assert bool(table.notes) is ("comments" in form)
    assert not table.remarks


REFUSED: Mapping[str, tuple[str, str | bytes, str]] = {
    "one line lacks a number": ("names.txt", "1 wall\noak\n3 rug\n", "line 2: 'oak' has no number, and other lines"),
    "half of them": ("names.txt", "1 wall\noak\n", "line 2: 'oak' has no number"),
    "first lacks it": ("names.txt", "wall\n2 oak\n3 rug\n4 door\n", "line 1: 'wall' has no number"),
    "number behind a blank": ("names.txt", "wall 1\noak 2\nrug 3\n", "may be a value or a part of the name"),
    "colours": ("names.txt", "0 0 0 void\n64 128 64 animal\n", "seems to list colours"),
    "colours with commas": ("names.txt", "0,0,0,void\n64,128,64,animal\n", "seems to list colours"),
    "more columns than two": ("names.txt", "1,wall,120,3,4\n2,oak,3,4,5\n", "more columns than a number and a name"),
    "one line of names": ("names.txt", "wall, oak, rug\n", "one name in each line"),
    "below zero": ("names.txt", "-1 void\n1 wall\n", "-1 needs a name and a number from 0 to"),
    "too large": ("names.txt", "1 wall\n70000 oak\n", "70000 needs a name and a number from 0 to 65535"),
    "twice": ("names.json", json.dumps([{"id": 3, "name": "a"}, {"id": 3, "name": "b"}]), "3 is there twice"),
    "empty": ("names.txt", "", "names nothing"),
    "comments alone": ("names.txt", "# a\n// b\n\n", "names nothing"),
    "columns alone": ("names.csv", "number,name\n", "names nothing"),
    "a name missing": ("names.csv", "number,name\n1,\n", "line 2: 1 needs a name"),
    "no number": ("names.csv", "number,name\n1,wall\nx,oak\n", "line 3: the column number holds 'x'"),
    "too many cells": ("names.csv", "number,name\n1,wall,white\n", "line 2: 3 cells for 2 columns"),
    "list of lists": ("names.json", json.dumps([["wall"], ["oak"]]), "is neither"),
    "list of numbers": ("names.json", json.dumps([1, 2]), "is neither"),
    "some with numbers": ("names.json", json.dumps([{"id": 1, "name": "a"}, {"name": "b"}]), "is neither"),
    "names of a wrong type": ("names.json", json.dumps({"1": 2.5, "2": None}), "is neither"),
    "an object of nothing": ("names.json", "{}", "is neither"),
    "a number": ("names.json", "7", "is neither"),
    "truth": ("names.json", json.dumps({"wall": True}), "is neither"),
    "no text": ("names.txt", b"\xff\xfe\x00w", "cannot be read"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused_in_one_line(tmp_path: Path, form: str) -> None:
    file, content, message = REFUSED[form]
    (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message) as caught:
        read_names(tmp_path / file)
    assert "\n" not in str(caught.value)


def test_a_number_that_may_belong_to_a_name_is_said(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("wall\noak\n4 wheel drive\nrug\n")
    table = read_names(tmp_path / "names.txt")
    assert [item.name for item in table.names] == ["wall", "oak", "4 wheel drive", "rug"]
    assert "'4 wheel drive' is taken for a part of the name" in table.remarks[0]


def test_categories_are_kept(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("id,name,category\n1,wall,\n2,oak,material\n")
    assert [item.category for item in read_names(tmp_path / "names.csv").names] == ["object", "material"]


@pytest.mark.parametrize("text", ["0x1 sky\n0x2 sea\n", "1/sky\n2/sea\n", "3d\n2nd\n", "1sky\n2sea\n"])
def test_numbers_that_are_not_told_from_names_are_asked_for(text: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(text)
    with pytest.raises(InputError, match="could be a value or a part of the name"):
        read_names(tmp_path / "names.txt")
