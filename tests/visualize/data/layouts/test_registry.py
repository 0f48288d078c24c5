from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import broden, cityscapes, exact, masks, scene_parsing, voc
from visualize.data import open_images, open_labelled
from visualize.data.layouts.registry import read_layout, recognise, split_prefix
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Labelled

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


MAKERS = {"sceneparsing": scene_parsing, "cityscapes": cityscapes, "voc": voc, "masks": masks, "broden": broden}


@pytest.mark.parametrize("name", MAKERS)
def test_a_layout_is_recognised_and_can_be_named(tmp_path: Path, name: str) -> None:
    root = MAKERS[name](tmp_path / "set")
    assert recognise(root) == name
    labelled, prefixed = open_labelled(root), open_labelled(f"{name}:{root}")
    assert isinstance(labelled, Labelled)
    assert labelled.fingerprint == prefixed.fingerprint
    numbers = [concept.number for concept in labelled.concepts]
    assert numbers == sorted(set(numbers))
    assert {concept.category for concept in labelled.concepts} == set(labelled.categories)
    assert labelled.label_shape(Preparation()) == (112, 112)
    images = open_images(root)
    assert [images.file(index) for index in range(len(images))] == [
        labelled.file(index) for index in range(len(labelled))
    ]
    np.testing.assert_array_equal(images.load(0, FOUR), labelled.load(0, FOUR))
    assert len(open_labelled(root, count=1)) == len(open_images(root, count=1)) == 1


def test_a_prefix_is_only_what_is_the_name_of_a_layout() -> None:
    assert split_prefix("coco:data/coco") == ("coco", "data/coco")
    assert split_prefix("folder:a:b") == ("folder", "a:b")
    assert split_prefix("C:/data") == (None, "C:/data")
    assert split_prefix("coco") == (None, "coco")


def test_a_folder_without_labels_has_no_layout(tmp_path: Path) -> None:
    assert recognise(tmp_path) is None
    with pytest.raises(InputError, match="gone does not exist; give the folder of a probe set"):
        read_layout("voc", tmp_path / "gone")
