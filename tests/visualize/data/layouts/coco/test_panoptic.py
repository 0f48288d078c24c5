from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.kit.shared import shared
from tests.visualize.data.made_sets import coded, exact, only_map, photograph
from visualize.data import open_images, open_labelled
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path


def test_the_real_segments_cover_the_areas_that_coco_states() -> None:
    root = shared("data/coco-panoptic-sample")
    stated = json.loads((root / "panoptic_examples.json").read_text())
    names = {category["id"]: category["name"] for category in stated["categories"]}
    labelled = open_labelled(root)
    assert (len(labelled), labelled.categories) == (2, ("object",))
    assert {concept.number: concept.name for concept in labelled.concepts} == names
    sizes = {image["id"]: (image["height"], image["width"]) for image in stated["images"]}
    for index, annotation in enumerate(stated["annotations"]):
        areas: Counter[int] = Counter()
        for segment in annotation["segments_info"]:
            areas[segment["category_id"]] += segment["area"]
        values = only_map(labelled.labels(index, exact(sizes[annotation["image_id"]])), "object")
        counts = np.bincount(values.ravel())
        assert {number: int(counts[number]) for number in np.flatnonzero(counts) if number} == areas
    images = open_images(root)
    assert [images.file(index) for index in range(2)] == [image["file_name"] for image in stated["images"]]
    assert images.load(1, Preparation()).shape == (224, 224, 3)


def test_the_table_itself_can_be_named() -> None:
    root = shared("data/coco-panoptic-sample")
    labelled = open_labelled(f"coco:{root / 'panoptic_examples.json'}")
    assert labelled.fingerprint == open_labelled(root).fingerprint
    assert open_labelled(root).name == "coco-panoptic-sample"
    assert labelled.name == "coco-panoptic-sample-panoptic_examples"


def _panoptic(root: Path, *, year: str = "val2017") -> dict[str, Any]:
    """One picture of two segments, 70000 (car) and 3 (sky)."""
    photograph(root / f"{year}/0001.jpg", (4, 4))
    coded(root / f"annotations/panoptic_{year}/0001.png", np.array([[70000, 3, 0, 3]] * 4))
    content: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "0001.jpg", "height": 4, "width": 4}],
        "annotations": [
            {
                "image_id": 1,
                "file_name": "0001.png",
                "segments_info": [{"id": 70000, "category_id": 17}, {"id": 3, "category_id": 40}],
            }
        ],
        "categories": [{"id": 17, "name": "car"}, {"id": 40, "name": "sky"}],
    }
    _write(root, content, year)
    return content


def _write(root: Path, content: object, year: str = "val2017") -> None:
    (root / f"annotations/panoptic_{year}.json").write_text(json.dumps(content))


def test_the_layout_of_the_release_is_found(tmp_path: Path) -> None:
    _panoptic(tmp_path)
    values = only_map(open_labelled(tmp_path).labels(0, exact((4, 4))), "object")
    np.testing.assert_array_equal(values, [[17, 40, 0, 40]] * 4)


def test_several_tables_are_not_guessed_between(tmp_path: Path) -> None:
    _panoptic(tmp_path)
    _panoptic(tmp_path, year="train2017")
    with pytest.raises(
        InputError, match=r"there are several: .*panoptic_train2017\.json.*; give it as coco:FILE\.json"
    ):
        open_labelled(tmp_path)
    assert len(open_labelled(f"coco:{tmp_path}/annotations/panoptic_train2017.json")) == 1


def test_what_the_table_does_not_have_is_said(tmp_path: Path) -> None:
    content = _panoptic(tmp_path)
    coded(tmp_path / "annotations/panoptic_val2017/0001.png", np.array([[70000, 3, 9, 3]] * 4))
    with pytest.raises(InputError, match=r"0001\.png: .*panoptic_val2017\.json does not have segment 9"):
        open_labelled(tmp_path).labels(0, Preparation())
    content["annotations"][0]["segments_info"][0]["category_id"] = 5
    _write(tmp_path, content)
    with pytest.raises(InputError, match=r"segment 70000 of 0001\.png is of category 5, which is not listed"):
        open_labelled(tmp_path)
    content["annotations"][0]["segments_info"] = []
    content["images"][0]["file_name"] = "../../../etc/passwd"
    _write(tmp_path, content)
    with pytest.raises(InputError, match="leads out of its folder"):
        open_labelled(tmp_path)
    broken: object
    for broken in ({}, [], {"images": [], "annotations": [], "categories": []}, {"images": 3}):
        _write(tmp_path, broken)
        with pytest.raises(InputError, match=r"panoptic_val2017\.json") as caught:
            open_labelled(tmp_path)
        assert "\n" not in str(caught.value)
