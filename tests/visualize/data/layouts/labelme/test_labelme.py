from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, grey, only_map, photograph
from visualize.data import open_labelled
from visualize.methods.errors import BrokenImage, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).parent / "files"
SIZE = (40, 60)
FULL = exact(SIZE)
NAMES = ["bird", "car", "hat", "pole", "road", "sign", "sun", "wire"]


def _expected() -> NDArray[np.int32]:
    return np.array([list(map(int, line)) for line in (HERE / "scene.txt").read_text().split()], np.int32)


def _scene(root: Path, **changes: object) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    content = {**json.loads((HERE / "scene.json").read_text()), **changes}
    (root / "scene.json").write_text(json.dumps(content))
    return root


def test_shapes_are_drawn_as_labelmes_own_converter_draws_them(tmp_path: Path) -> None:
    photograph(_scene(tmp_path) / "scene.png", SIZE)
    labelled = open_labelled(tmp_path)
    assert [concept.name for concept in labelled.concepts] == NAMES
    np.testing.assert_array_equal(only_map(labelled.labels(0, FULL), "object"), _expected())


def test_labels_are_those_of_the_same_mask_with_names(tmp_path: Path) -> None:
    photograph(_scene(tmp_path / "labelme") / "scene.png", SIZE)
    photograph(tmp_path / "own/images/scene.png", SIZE)
    grey(tmp_path / "own/masks/scene.png", _expected())
    (tmp_path / "own/names.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(NAMES, 1)))
    labelme, own = open_labelled(tmp_path / "labelme"), open_labelled(tmp_path / "own")
    assert labelme.concepts == own.concepts
    np.testing.assert_array_equal(labelme.labels(0, FULL)["object"], own.labels(0, FULL)["object"])


def test_a_picture_that_is_missing_is_taken_from_its_file(tmp_path: Path) -> None:
    values = photograph(tmp_path / "kept.png", SIZE)
    data = base64.b64encode((tmp_path / "kept.png").read_bytes()).decode()
    labelled = open_labelled(_scene(tmp_path / "set", imageData=data))
    assert labelled.file(0) == "scene.json"
    assert labelled.load(0, exact((20, 30))).shape == (40, 60, 3)
    np.testing.assert_array_equal(labelled.load(0, exact((20, 30))), values)
    np.testing.assert_array_equal(only_map(labelled.labels(0, FULL), "object"), _expected())
    assert labelled.fingerprint == open_labelled(tmp_path / "set").fingerprint


def test_a_picture_in_another_folder_is_found_by_the_path_in_its_file(tmp_path: Path) -> None:
    photograph(tmp_path / "photos/one.png", SIZE)
    photograph(tmp_path / "photos/two.png", SIZE)
    _scene(tmp_path / "json", imagePath="..\\photos\\one.png")
    labelled = open_labelled(tmp_path)
    assert [labelled.file(index) for index in range(2)] == ["photos/one.png", "photos/two.png"]
    assert (len(labelled.labels(0, FULL)), len(labelled.labels(1, FULL))) == (1, 0)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([{"label": "a", "points": [[0, 0], [1, 1]], "shape_type": "polygon"}], "none of LabelMe's shapes"),
        ([{"label": "a", "points": [[0, 0]], "shape_type": "star"}], "none of LabelMe's shapes"),
        ([{"label": "a", "points": [[0, 0], [10**9, 1]], "shape_type": "line"}], "expected a number"),
        ([{"label": "a", "points": [[0, 0], [9, 9]], "shape_type": "mask", "mask": "no base64"}], "cannot be drawn"),
        ([{"label": "a", "points": [[0, 0], [10**6, 10**6]] * 9, "shape_type": "linestrip"}], "pixels long"),
        ([{"label": "a", "points": [[0, 0], [9, 1], [3, 3]]}] * 20_001, "20,001 outlines"),
        ([{"label": "a", "points": [[0, 0], [9, 1], [3, 3]] * 7_000}], "none of LabelMe's shapes"),
        ([{"label": "a", "points": [[0, 0], [9, 1], [3, 3]] * 6_000}] * 20, "long together"),
        (3, "expected a list"),
    ],
)
def test_shapes_that_cannot_be_drawn_break_their_picture_alone(shapes: object, message: str, tmp_path: Path) -> None:
    photograph(_scene(tmp_path) / "scene.png", SIZE)
    photograph(tmp_path / "bad.png", SIZE)
    content = json.loads((HERE / "scene.json").read_text())
    (tmp_path / "bad.json").write_text(json.dumps({**content, "shapes": shapes}))
    labelled = open_labelled(tmp_path)
    np.testing.assert_array_equal(labelled.labels(1, FULL)["object"][0] > 0, _expected() > 0)
    with pytest.raises(BrokenImage, match=message):
        labelled.labels(0, FULL)


def test_files_whose_pictures_are_missing_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the 1 JSON files of LabelMe's"):
        open_labelled(_scene(tmp_path))
