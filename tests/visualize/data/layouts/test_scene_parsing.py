from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, only_map, scene_parsing
from visualize.data import open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def test_scene_parsing_has_objects_and_scenes(tmp_path: Path) -> None:
    labelled = open_labelled(scene_parsing(tmp_path))
    assert [(concept.number, concept.name, concept.category) for concept in labelled.concepts] == [
        (1, "wall", "object"),
        (2, "screen door", "object"),
        (3, "screen", "object"),
        (4, "airport_terminal", "scene"),
        (5, "bathroom", "scene"),
    ]
    labels = labelled.labels(1, FOUR)
    np.testing.assert_array_equal(only_map(labels, "object"), [[1, 0, 2, 3]] * 4)
    assert labels["scene"] == [5]
    (tmp_path / "sceneCategories.txt").write_text("ADE_train_1\n")
    with pytest.raises(InputError, match=r"sceneCategories\.txt, line 1"):
        open_labelled(tmp_path)
