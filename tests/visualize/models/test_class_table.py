from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from visualize.methods.errors import InputError, InputWarning
from visualize.models.class_table import class_table

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("tench", "great white shark", "cock")
FORMS = {
    "lines.txt": "tench\ngreat white shark\ncock\n",
    "numbered.txt": "2 cock\n0 tench\n1 great white shark\n",
    "headed.csv": "index,name\n0,tench\n1,great white shark\n2,cock\n",
    "semicolons.csv": "name;id\ntench;0\ngreat white shark;1\ncock;2\n",
    "synset_words.txt": "n01440764 tench\nn01484850 great white shark\nn01514668 cock\n",
    "list.json": json.dumps(NAMES),
    "object.json": json.dumps(dict(enumerate(NAMES))),
    "imagenet_class_index.json": json.dumps({str(n): [f"n0{n}", name] for n, name in enumerate(NAMES)}),
    "pairs.json": json.dumps([["n0", name] for name in NAMES]),
    "inverse.json": json.dumps({name: number for number, name in enumerate(NAMES)}),
    "config.json": json.dumps({"id2label": dict(enumerate(NAMES)), "hidden": 3}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_in_use_is_read(tmp_path: Path, form: str) -> None:
    file = tmp_path / form
    file.write_text(FORMS[form])
    assert class_table(file).named(3) == class_table(str(file)).named(3) == NAMES


def test_names_from_python() -> None:
    assert class_table(list(NAMES)).named(3) == NAMES
    assert class_table({2: "cock", 0: "tench", 1: "great white shark"}).named(3) == NAMES


def test_places_own_list(tmp_path: Path) -> None:
    (tmp_path / "places.txt").write_text("/a/airfield 0\n/a/arena/hockey 1\n")
    assert class_table(tmp_path / "places.txt").named(2) == ("airfield", "arena/hockey")


def test_numbers_from_1_are_taken_for_those_from_0_and_said(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("id,name\n1,a\n2,b\n")
    table = class_table(tmp_path / "one.csv")
    with pytest.warns(InputWarning, match="begin with 1"):
        assert table.named(2) == ("a", "b")
    with pytest.raises(InputError, match="none is called 0"):
        table.named(3)


@pytest.mark.parametrize(
    ("given", "count", "message"),
    [
        (["a", "b"], 3, "2 names of classes, and the network has 3 outputs;"),
        ({0: "a", 5: "b"}, 2, "none is called 1"),
        ({0: "a", 1: "b", 7: "c"}, 2, "7 is beyond them"),
        (["a", 3], 2, "other things than names"),
        ({"a": 3}, 2, "other things than numbers and names"),
        ([], 2, "no names"),
        (["a", " "], 2, "a name is empty"),
        (5, 2, "classes is a int"),
        ("nowhere.txt", 2, "is no file"),
    ],
)
def test_what_cannot_be_is_one_sentence(given: object, count: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as fault:
        class_table(given).named(count)  # type: ignore[arg-type] # wrong ones
    assert "\n" not in str(fault.value)
