from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torchvision.datasets import Cityscapes

from tests.visualize.data.made_sets import cityscapes, exact, only_map
from visualize.data import open_labelled
from visualize.data.layouts.cityscapes import CLASSES

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def test_cityscapes_labels_are_those_torchvision_lists(tmp_path: Path) -> None:
    assert {label.id: label.name for label in Cityscapes.classes if label.id > 3} == CLASSES
    labelled = open_labelled(cityscapes(tmp_path))
    assert [labelled.file(index) for index in range(len(labelled))] == ["leftImg8bit/val/ulm/ulm_1_leftImg8bit.png"]
    np.testing.assert_array_equal(only_map(labelled.labels(0, FOUR), "object"), [[7, 0, 0, 26]] * 4)
