from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, grey, only_map, photograph
from visualize.data import open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_things_and_stuff_are_numbered_from_one_less(tmp_path: Path) -> None:
    """In stuffthingmaps, person, whose number in labels.txt is 1, has the value 0, and 255 is no label."""
    photograph(tmp_path / "images/val2017/01.jpg", (4, 4))
    grey(tmp_path / "stuffthingmaps/val2017/01.png", np.array([[0, 11, 255, 181]] * 4))
    (tmp_path / "labels.txt").write_text("0: unlabeled\n1: person\n12: street sign\n182: wood\n")
    labelled = open_labelled(tmp_path)
    assert [concept.name for concept in labelled.concepts] == ["person", "street sign", "wood"]
    np.testing.assert_array_equal(only_map(labelled.labels(0, exact((4, 4))), "object"), [[1, 12, 0, 182]] * 4)
    (tmp_path / "labels.txt").write_text("0: unlabeled\nperson\n")
    with pytest.raises(InputError, match=r"labels\.txt, line 2: expected NUMBER: NAME"):
        open_labelled(tmp_path)


def test_stuff_alone_keeps_its_numbers(tmp_path: Path) -> None:
    """In stuff_*_pixelmaps values are the JSON file's own, and 183 is whatever is a thing."""
    photograph(tmp_path / "val2017/01.jpg", (4, 4))
    grey(tmp_path / "annotations/stuff_val2017_pixelmaps/01.png", np.array([[0, 92, 183, 105]] * 4))
    names = [{"id": 92, "name": "banner"}, {"id": 105, "name": "clouds"}, {"id": 183, "name": "other"}]
    (tmp_path / "annotations/stuff_val2017.json").write_text(json.dumps({"categories": names}))
    labelled = open_labelled(tmp_path)
    assert [concept.name for concept in labelled.concepts] == ["banner", "clouds"]
    np.testing.assert_array_equal(only_map(labelled.labels(0, exact((4, 4))), "object"), [[0, 92, 0, 105]] * 4)
