from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, only_map, voc
from visualize.data import open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def test_voc_leaves_background_and_borders_out(tmp_path: Path) -> None:
    labelled = open_labelled(voc(tmp_path))
    names = {concept.number: concept.name for concept in labelled.concepts}
    assert (len(labelled), len(names), names[7], names[20]) == (2, 20, "car", "tv monitor")
    np.testing.assert_array_equal(only_map(labelled.labels(1, FOUR), "object"), [[7, 0, 0, 20]] * 4)
    for inner in ("VOCdevkit", "VOCdevkit/VOC2012"):
        assert open_labelled(tmp_path / inner).fingerprint == labelled.fingerprint
    (tmp_path / "VOCdevkit/VOC2012/ImageSets/Segmentation/trainval.txt").unlink()
    with pytest.raises(InputError, match="torchvision does not find VOC 2012"):
        open_labelled(tmp_path)
