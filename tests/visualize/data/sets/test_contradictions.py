"""Indexes that contradict their pictures: an error where the labels are used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.cli.shops import of_labels
from tests.visualize.data.made_sets import coded, rewrite
from visualize.data import open_labelled
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path


def test_an_index_of_broden_that_states_another_size_is_an_error_where_labels_are_read(tmp_path: Path) -> None:
    root = of_labels(tmp_path) / "set"
    rewrite(root / "index.csv", "0.png,train,16,16,", "0.png,train,16,20,")
    labelled = open_labelled(root)
    assert labelled.labels(1, Preparation(size=(16, 16)))
    with pytest.raises(InputError, match=r"0\.png: the picture is 16 x 16 pixels, and its index says 20 x 16"):
        labelled.labels(0, Preparation(size=(16, 16)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.png,train,16,16,8,8", "0.png,train,16,16,999999,999999", "no map is so much finer"),
        ("0.png,train,16,16,8,8", "0.png,train,1,1,400,400", "no map is so much finer"),
        ("0.png,train,16,16,8,8", "0.png,train,16,16,99999999,8", "from 1 to 1,048,576"),
        ("0_object.png\n", "7\n", "holds label 7, which"),
    ],
)
def test_what_an_index_of_broden_cannot_say_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    root = of_labels(tmp_path) / "set"
    rewrite(root / "index.csv", old, new)
    with pytest.raises(InputError, match=message):
        open_labelled(root).label_shape(Preparation())


def test_a_coverage_that_is_no_number_is_refused(tmp_path: Path) -> None:
    root = of_labels(tmp_path) / "set"
    for wrong in ("nan", "inf", "-1"):
        text = (root / "c_object.csv").read_text()
        rewrite(root / "c_object.csv", ",2.0", f",{wrong}")
        with pytest.raises(InputError, match=r"c_object\.csv, line 2: the column coverage"):
            open_labelled(root)
        (root / "c_object.csv").write_text(text)


def _panoptic(root: Path, **image: object) -> Path:
    """A set in COCO's layout with one picture of 20 x 16 pixels."""
    (root / "photos").mkdir()
    Image.fromarray(np.zeros((16, 20, 3), np.uint8)).save(root / "photos/a.jpg")
    coded(root / "panoptic_x/a.png", np.full((16, 20), 5))
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 16, "width": 20, **image}],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 5, "category_id": 2}]}],
        "categories": [{"id": 2, "name": "sky"}],
    }
    (root / "panoptic_x.json").write_text(json.dumps(content))
    return root


def test_a_table_of_coco_that_states_another_size_is_an_error_where_labels_are_read(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    assert open_labelled(_panoptic(tmp_path / "good")).labels(0, Preparation(size=(16, 20)))
    (tmp_path / "bad").mkdir()
    labelled = open_labelled(_panoptic(tmp_path / "bad", height=20, width=16))
    with pytest.raises(InputError, match=r"a\.jpg: the picture is 20 x 16 pixels, and its index says 16 x 20"):
        labelled.labels(0, Preparation(size=(16, 20)))
