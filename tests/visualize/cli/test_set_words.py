"""Notes are said as notes: what is mere information does not look like something that went wrong."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.cli.kit import viz
from visualize.data import explain, open_labelled
from visualize.methods.errors import InputNote, InputWarning

if TYPE_CHECKING:
    from pathlib import Path


def _masks(root: Path) -> None:
    for folder, values in (("images", np.full((8, 8, 3), 90, np.uint8)), ("masks", np.full((8, 8), 7, np.uint8))):
        (root / folder).mkdir(parents=True)
        Image.fromarray(values).save(root / folder / "a.png")
    (root / "names.txt").write_text("# mine\n7 sky\n")


def _colours(root: Path) -> None:
    for folder, colour in (("images", (90, 90, 90)), ("masks", (128, 64, 128))):
        (root / folder).mkdir(parents=True)
        Image.new("RGB", (8, 8), colour).save(root / folder / "a.png")
    (root / "colors.txt").write_text("road 128 64 128\nvoid 0 0 0\n")


def _classes(root: Path) -> None:
    for name in ("beach", "kitchen"):
        (root / name).mkdir(parents=True)
        Image.new("RGB", (8, 8), "blue").save(root / name / "a.png")


def _yolo(root: Path) -> None:
    for folder in ("images", "labels"):
        (root / folder).mkdir(parents=True)
    Image.new("RGB", (8, 8), "blue").save(root / "images/a.png")
    (root / "labels/a.txt").write_text("0 0.1 0.2 0.5 0.2 0.4 0.9\n")
    (root / "classes.txt").write_text("car\n")


SETS = {
    "masks": (_masks, ["1 name with values", "1 line of comment"]),
    "colours": (_colours, ["2 colours", "0,0,0 (void) is no label"]),
    "classes": (_classes, ["folders are taken for classes"]),
    "yolo": (_yolo, ["1 class, counted from 0"]),
}


@pytest.mark.parametrize("kind", SETS)
def test_how_names_were_understood_is_a_note_everywhere(tmp_path: Path, kind: str) -> None:
    make, parts = SETS[kind]
    make(tmp_path / "set")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        open_labelled(tmp_path / "set")
    notes = [str(item.message) for item in caught if issubclass(item.category, InputNote)]
    assert all(any(part in note for note in notes) for part in parts)
    assert not any(issubclass(item.category, InputWarning) for item in caught)
    ran = viz("data", tmp_path / "set", "--json")
    document: dict[str, list[str]] = json.loads(ran.out)
    assert document["remarks"] == []
    assert all(any(part in note for note in document["notes"]) for part in parts)
    assert list(explain(tmp_path / "set").notes) == document["notes"]
    ran = viz("data", tmp_path / "set", "--check")
    assert (ran.status, all(line.startswith("viz: note: ") for line in ran.err.splitlines())) == (0, True)
    assert len(ran.err.splitlines()) == len(document["notes"])
