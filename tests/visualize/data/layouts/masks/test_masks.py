from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, masks, only_map, photograph, stripes
from visualize.data import open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def test_ones_own_masks_may_be_grey_or_in_colour_and_of_several_categories(tmp_path: Path) -> None:
    labelled = open_labelled(masks(tmp_path))
    assert labelled.categories == ("object", "material")
    assert [labelled.file(index) for index in range(3)] == ["images/a/one.jpg", "images/three.webp", "images/two.png"]
    first, bare, second = (labelled.labels(index, FOUR) for index in range(3))
    np.testing.assert_array_equal(only_map(first, "object"), [[1, 0, 0, 0]] * 4)
    np.testing.assert_array_equal(only_map(first, "material"), [[0, 0, 2, 0]] * 4)
    np.testing.assert_array_equal(only_map(second, "object"), [[300, 1, 0, 0]] * 4)
    assert bare == {}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("names.txt", "wall\noak\nrug\n"),
        ("names.txt", "2: oak\n\n1 wall\n3,rug\n"),
        ("names.json", json.dumps({"1": "wall", "2": "oak", "3": "rug"})),
        ("names.json", json.dumps(["wall", "oak", "rug"])),
        ("names.csv", "\ufeffname,number\r\noak,2\r\nwall,1\r\nrug,3\r\n"),
    ],
)
def test_names_can_be_written_in_several_ways(tmp_path: Path, file: str, content: str) -> None:
    root = masks(tmp_path)
    (root / "names.csv").unlink()
    (root / file).write_text(content, encoding="utf-8")
    assert [(concept.number, concept.name) for concept in open_labelled(root).concepts] == [
        (1, "wall"),
        (2, "oak"),
        (3, "rug"),
    ]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("names.json", "{", "cannot be read"),
        ("names.json", '"wall"', "is neither"),
        ("names.json", '{"one": "wall"}', "is neither"),
        ("names.txt", "\n", "names nothing"),
        ("names.txt", "1 wall\n1 oak\n", "1 is there twice"),
        ("names.csv", "number,name\nx,wall\n", r"names\.csv, line 2"),
    ],
)
def test_wrong_names_are_refused(tmp_path: Path, file: str, content: str, message: str) -> None:
    root = masks(tmp_path)
    (root / "names.csv").unlink()
    (root / file).write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        open_labelled(root)
    assert "\n" not in str(caught.value)


def test_names_may_hold_blanks_and_any_letters_and_endings_any_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "m\u00fd set \u4e16"
    photograph(root / "images/\u00e4 b/\u00e9 1.JPG", (4, 4))
    photograph(root / "images/.hidden.jpg", (4, 4))
    stripes(root / "masks/\u00e4 b/\u00e9 1.PNG", 1, 2, 0, 255)
    (root / "names.txt").write_text("Ziegel\nGr\u00fcn\n", encoding="utf-8")
    monkeypatch.chdir(root)
    for where in (root, ".", f"../{root.name}/", f"masks:../{root.name}"):
        labelled = open_labelled(where)
        assert [labelled.file(index) for index in range(len(labelled))] == ["images/\u00e4 b/\u00e9 1.JPG"]
        assert [concept.name for concept in labelled.concepts] == ["Ziegel", "Gr\u00fcn"]
        np.testing.assert_array_equal(only_map(labelled.labels(0, FOUR), "object"), [[1, 2, 0, 0]] * 4)
