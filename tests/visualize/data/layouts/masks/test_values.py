"""Names without values mean what the masks leave open no longer; both readings are shown where both are possible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.cli.kit import TINY, one_line, viz
from tests.visualize.data.made_sets import exact, grey, only_map, photograph
from visualize.data import open_images, open_labelled
from visualize.methods.errors import InputError, InputNote, InputWarning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOUR = exact((4, 4))


def _set(root: Path, names: str, *maps: Sequence[int]) -> Path:
    for number, values in enumerate(maps):
        photograph(root / f"images/{number}.jpg", (4, 4), number)
        grey(root / f"masks/{number}.png", np.resize(np.array(values), (4, 4)))
    (root / "names.txt").write_text(names)
    return root


READ: dict[str, tuple[str, list[list[int]], dict[int, str]]] = {
    "the last value occurs": ("road\nsky\ncar", [[0, 1], [3]], {1: "road", 2: "sky", 3: "car"}),
    "in the last mask alone": ("road\nsky", [[0, 1]] * 60 + [[2]], {1: "road", 2: "sky"}),
    "without 0": ("road\nsky\ncar", [[1, 2, 3]], {1: "road", 2: "sky", 3: "car"}),
    "with 255": ("road\nsky\ncar", [[0, 1, 2, 3, 255]], {1: "road", 2: "sky", 3: "car"}),
    "background first": ("background\nsky\ncar", [[0, 1, 2, 255]], {1: "sky", 2: "car"}),
    "background first, some": ("_background_\nsky\ncar\nrug", [[0, 1]], {1: "sky", 2: "car", 3: "rug"}),
    "unlabeled first": ("Unlabeled\nsky\ncar", [[0, 2]], {1: "sky", 2: "car"}),
    "background first, counted from 1": ("background\nsky\ncar", [[1, 2, 3]], {1: "background", 2: "sky", 3: "car"}),
    "numbers": ("5 sky\n3 car", [[0, 3, 5]], {3: "car", 5: "sky"}),
    "numbers with background": ("0 background\n5 sky\n3 car", [[0, 3, 5]], {3: "car", 5: "sky"}),
    "255 is named": ("255 cat", [[0, 255]], {255: "cat"}),
    "255 is named as nothing": ("1 cat\n255 ignore", [[0, 1, 255]], {1: "cat"}),
    "comment first": ("# mine\nroad\n\nsky\ncar", [[0, 1, 2, 3]], {1: "road", 2: "sky", 3: "car"}),
}


@pytest.mark.parametrize("case", READ)
def test_names_mean_the_values_that_masks_leave_for_them(tmp_path: Path, case: str) -> None:
    names, maps, expected = READ[case]
    kind = InputNote if names.split()[0].isdigit() else InputWarning  # names without values could be read otherwise
    with pytest.warns(kind, match=r"names\.txt: \d+ names? with"):
        labelled = open_labelled(_set(tmp_path, names, *maps))
    assert {concept.number: concept.name for concept in labelled.concepts} == expected
    for index, values in enumerate(maps[:3]):
        shown = np.resize(np.array(values), (4, 4))
        expected_map = np.where(np.isin(shown, list(expected)), shown, 0)
        np.testing.assert_array_equal(only_map(labelled.labels(index, FOUR), "object"), expected_map)


def test_a_class_at_zero_is_a_class(tmp_path: Path) -> None:
    """A concept has no number 0, so that all move by one; 0 was dropped in silence before."""
    with pytest.warns(InputNote, match="0 is road, 2 is car"):
        labelled = open_labelled(_set(tmp_path, "0 road\n1 sky\n2 car", [0, 1, 2, 255]))
    assert {concept.number: concept.name for concept in labelled.concepts} == {1: "road", 2: "sky", 3: "car"}
    np.testing.assert_array_equal(only_map(labelled.labels(0, FOUR), "object"), [[1, 2, 3, 0]] * 4)


FIVE = (
    r"names 5 things .* masks hold 0 to 4 and 255 .*value 1 is 'road' if the first name has value 1 and value 1 is "
    r"'building' if the first name has value 0; write .*'1 road' or '0 road'"
)
ASKED: dict[str, tuple[str, list[list[int]], str]] = {
    "five names, 0 to 4": ("road\nbuilding\nsky\ncar\ntree", [[0, 1, 2], [3, 4, 255]], FIVE),
    "without 0": ("road\nsky\ncar", [[1, 2]], "value 1 is 'road' .* and value 1 is 'sky'"),
    "background first, without 0": ("background\nsky\ncar", [[1, 2]], "value 1 is 'background' .* value 1 is 'sky'"),
    "0 and 255": ("cat", [[0, 255]], r"masks hold 0 and 255 \(255 is no label unless it is named\).* or '255 cat'"),
    "0 alone": ("cat", [[0]], "value 0 is 'no label' .* value 0 is 'cat'"),
    "255 alone": ("cat\ndog", [[255]], "two ways"),
    "two names, 0 and 1": ("cat\ndog", [[0, 1]], "value 1 is 'cat' .* value 1 is 'dog'"),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_both_readings_are_shown_where_both_are_possible(tmp_path: Path, case: str) -> None:
    names, maps, message = ASKED[case]
    root = _set(tmp_path, names, *maps)
    with pytest.raises(InputError, match=message) as caught:
        open_labelled(root)
    assert "\n" not in str(caught.value)
    assert len(open_images(root)) == len(maps)  # pictures alone need no names


NOTHING: dict[str, tuple[str, list[list[int]], str]] = {
    "0 and 255, 1 is named": ("1 cat", [[0, 255]], "names 1, and masks hold 0 and 255 alone.*as in '255 thing'"),
    "no map has them": ("7 cat\n8 dog", [[0, 1, 2]], "names 7, 8, and masks hold 0 to 2 alone, so nothing is labelled"),
    "background alone": ("0 background", [[0, 1]], "names no value"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_set_in_which_nothing_is_labelled_is_refused(tmp_path: Path, case: str) -> None:
    names, maps, message = NOTHING[case]
    with pytest.raises(InputError, match=message):
        open_labelled(_set(tmp_path, names, *maps))


def test_masks_none_of_which_can_be_read_are_refused_with_a_reason(tmp_path: Path) -> None:
    root = _set(tmp_path, "1 cat", [1])
    (root / "masks/0.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InputError, match=r"none of the 1 masks can be read; the last: 0\.png: its label map"):
        open_labelled(root)


def test_the_command_line_says_how_names_were_understood_and_never_ends_with_nothing(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(TINY)
    common = ("dissect", "--model", f"{tmp_path}/net.py:tiny", "--layer", "conv", "--device", "cpu", "--out")
    root = _set(tmp_path / "asked", "cat\ndog", [0, 1, 255])
    ran = viz(*common, tmp_path / "out", "--data", root)
    assert ran.status == 2
    assert "two ways" in one_line(ran.err)
    assert not (tmp_path / "out").exists()
    root = _set(tmp_path / "set", "background\ncat\ndog", [0, 1, 255], [0, 2, 1])
    ran = viz(*common, tmp_path / "out", "--data", root, "--json", "--quiet")
    assert ran.status == 0
    assert json.loads(ran.out)["notes"] == ["names.txt: 0 (background) is no label"]
    said = [line for line in ran.err.splitlines() if "names.txt" in line]
    assert [line.partition("names.txt: ")[2] for line in said] == [
        "3 names without values, taken in order: 0 is background, 2 is dog",
        "255, which masks hold, has no name and is no label",
        "0 (background) is no label",
    ]
    assert [line.split()[1] for line in said] == ["warning:", "warning:", "note:"]
    photograph(root / "images/bare.jpg", (4, 4))
    for name in ("0", "1"):
        (root / f"images/{name}.jpg").rename(root / f"images/{name}0.jpg")
        grey(root / f"masks/{name}0.png", np.zeros((4, 4), int))
        (root / f"masks/{name}.png").unlink()
    (root / "names.txt").write_text("1 cat")
    assert viz(*common, tmp_path / "other", "--data", root).status == 2
