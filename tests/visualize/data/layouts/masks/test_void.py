from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.cli.kit import TINY, viz
from tests.visualize.cli.shops import dissecting
from tests.visualize.data.made_sets import exact, grey, only_map, photograph
from visualize.data import open_images, open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.array([[0, 1, 2, 7]] * 4)


def _set(root: Path, names: str = "wall\nrug\noak\n") -> Path:
    photograph(root / "images/a.jpg", (4, 4))
    grey(root / "masks/a.png", VALUES)
    (root / "names.txt").write_text(names)
    return root


@pytest.mark.parametrize(
    ("void", "names", "expected"),
    [
        ("7", "wall\nrug\noak\n", ["wall", "rug", "oak", ""]),  # classes that begin with 0
        ("0,7", "wall\nrug\n", ["", "wall", "rug", ""]),
        ("7", "1 rug\n2 oak\n", ["", "rug", "oak", ""]),
        ("2,7", "0 wall\n1 rug\n2 oak\n", ["wall", "rug", "", ""]),
        ("0", "0 wall\n1 rug\n2 oak\n7 door\n", ["", "rug", "oak", "door"]),
    ],
)
def test_values_that_are_no_label_are_said_with_the_set(
    tmp_path: Path, void: str, names: str, expected: list[str]
) -> None:
    labelled = open_labelled(f"void={void}:{_set(tmp_path, names)}")
    called = {concept.number: concept.name for concept in labelled.concepts} | {0: ""}
    numbers = only_map(labelled.labels(0, exact((4, 4))), "object")
    assert [called[number] for number in numbers[0].tolist()] == expected
    assert open_labelled(f"void={void}:masks:{tmp_path}").fingerprint == labelled.fingerprint
    assert open_images(f"void={void}:{tmp_path}").file(0) == "images/a.jpg"


def test_another_void_is_another_set(tmp_path: Path) -> None:
    root = _set(tmp_path, "0 wall\n1 rug\n2 oak\n7 door\n")
    prints = {open_labelled(f"{void}{root}").fingerprint for void in ("", "void=0:", "void=7:", "void=7,0:")}
    assert len(prints) == 4
    assert open_labelled(f"void=0,7:{root}").fingerprint in prints


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("void=x:{}", "does not say which values"),
        ("void=:{}", "does not say which values"),
        ("void=255", "does not say which values"),
        ("void=255:scenes", "scenes has none"),
        ("void=255:{}/images", "has none|no labels"),
        ("void=255:coco:{}", "coco has none"),
    ],
)
def test_a_void_that_cannot_be_is_refused_in_one_line(tmp_path: Path, where: str, message: str) -> None:
    root = _set(tmp_path)
    for opened in (open_labelled, open_images):
        with pytest.raises(InputError, match=message) as caught:
            opened(where.format(root))
        assert "\n" not in str(caught.value)


def test_a_dissection_keeps_the_void_in_the_name_by_which_it_opens_its_set_again(tmp_path: Path) -> None:
    root = _set(tmp_path / "set", "0 wall\n1 rug\n2 oak\n")
    (tmp_path / "tiny.py").write_text(TINY)
    command = dissecting(tmp_path, "--out")
    command[command.index(tmp_path / "set")] = root
    refused = viz(*command, tmp_path / "refused")
    assert refused.status == 2
    assert "7" in refused.err
    assert viz(*command, tmp_path / "out", "--void", "7").status == 0
    record = json.loads((tmp_path / "out/dissection.json").read_text())
    assert record["source"]["where"] == f"void=7:{root}"
    again = open_labelled(**record["source"])
    assert again.fingerprint == open_labelled(f"void=7:{root}").fingerprint


def test_a_void_without_a_set_is_refused() -> None:
    result = viz("unit", "--void", "255")
    assert result.status == 2
    assert "--data FOLDER" in result.err
