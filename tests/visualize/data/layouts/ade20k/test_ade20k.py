from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.shared import shared
from tests.visualize.data.made_sets import exact, named, only_map, photograph
from visualize.data import open_images, open_labelled
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path


def test_the_real_sample_shows_what_its_notes_list() -> None:
    """Every object and part that a photograph's JSON lists is in its label maps, under that name, and nothing else."""
    root = shared("data/ade20k-sample")
    labelled = open_labelled(root)
    assert (labelled.name, len(labelled), labelled.categories) == ("ade20k-sample", 3, ("object", "part", "scene"))
    number = {(concept.category, concept.name): concept.number for concept in labelled.concepts}
    assert len(set(number.values())) == len(number) == len(labelled.concepts)
    for index in range(3):
        note = json.loads((root / labelled.file(index)).with_suffix(".json").read_text())["annotation"]
        listed: dict[str, set[str]] = {"object": set(), "part": set()}
        for thing in note["object"]:
            listed["part" if thing["parts"]["part_level"] else "object"].add(thing["name"].split(",")[0])
        labels = labelled.labels(index, exact(tuple(note["imsize"][:2])))
        for category, maps in labels.items():
            if category != "scene":
                seen = set.union(*(named(labelled, np.asarray(label_map)) for label_map in maps))
                assert seen == listed[category]
        assert labels["scene"] == [number["scene", "street"]]
    assert len(labelled.labels(0, Preparation())["part"]) == 2  # parts, and parts of parts
    assert len(labelled.labels(1, Preparation())["part"]) == 1


def test_the_real_maps_lie_where_the_files_have_them() -> None:
    root = shared("data/ade20k-sample")
    labelled = open_labelled(root, categories=["object"])
    path = root / labelled.file(2)
    with Image.open(str(path).replace(".jpg", "_seg.png")) as stored:
        colours = np.asarray(stored).astype(int)
    classes = colours[..., 0] // 10 * 256 + colours[..., 1]
    got = only_map(labelled.labels(2, exact(classes.shape)), "object")
    names = {
        thing["name_ndx"]: thing["name"]
        for thing in json.loads(path.with_suffix(".json").read_text())["annotation"]["object"]
    }
    called = {concept.number: concept.name for concept in labelled.concepts}
    np.testing.assert_array_equal(got > 0, classes > 0)
    for index in np.unique(classes[classes > 0]):
        (number,) = np.unique(got[classes == index])
        assert names[int(index)].split(",")[0] == called[int(number)]
    assert len(set(names.values())) >= len(np.unique(got)) - 1


def test_the_photographs_are_a_set_without_the_maps() -> None:
    images = open_images(shared("data/ade20k-sample"))
    assert len(images) == 3
    assert all(images.file(index).endswith(".jpg") for index in range(3))
    assert images.load(0, Preparation()).shape == (224, 224, 3)


def _older(root: Path) -> Path:
    """A picture as the release of 2016 has it: two chairs and a sky, and the seat of the second chair."""
    stem = "images/training/b/bakery/shop/ADE_train_1"
    photograph(root / f"{stem}.jpg", (4, 6))
    blue = np.array([[0, 10, 10, 80, 80, 200]] * 4)  # nothing, the sky, the first chair, the second
    seat = np.array([[0, 0, 0, 0, 0, 40]] * 4)
    for ending, values in {"_seg.png": blue, "_parts_1.png": seat}.items():
        colours = np.stack([values * 0, values * 0, values], -1).astype(np.uint8)
        Image.fromarray(colours).save(root / f"{stem}{ending}")
    (root / f"{stem}_atr.txt").write_text(
        '001 # 0 # 0 # sky # sky # ""\n'
        '002 # 0 # 1 # chair, seat # chair # "red"\n'
        '003 # 0 # 0 # chair, seat # chair # ""\n'
        '004 # 1 # 0 # seat # seat # ""\n'
    )
    return root


def test_the_release_of_2016_is_read_by_its_instances(tmp_path: Path) -> None:
    labelled = open_labelled(_older(tmp_path))
    number = {(concept.category, concept.name): concept.number for concept in labelled.concepts}
    assert set(number) == {("object", "sky"), ("object", "chair"), ("part", "seat"), ("scene", "bakery/shop")}
    labels = labelled.labels(0, exact((4, 6)))
    sky, chair = number["object", "sky"], number["object", "chair"]
    np.testing.assert_array_equal(only_map(labels, "object"), [[0, sky, sky, chair, chair, chair]] * 4)
    np.testing.assert_array_equal(only_map(labels, "part"), [[0, 0, 0, 0, 0, number["part", "seat"]]] * 4)
    assert labels["scene"] == [number["scene", "bakery/shop"]]


def test_broken_notes_are_the_picture_s_own_fault(tmp_path: Path) -> None:
    root = _older(tmp_path)
    notes = root / "images/training/b/bakery/shop/ADE_train_1_atr.txt"
    notes.write_text("001 # 0 # 0 # sky # sky\n")
    labelled = open_labelled(root)
    with pytest.raises(BrokenImage, match="holds what no picture's notes name"):
        labelled.labels(0, Preparation())
    notes.write_text("garbage\n")
    with pytest.raises(BrokenImage, match=r"its notes ADE_train_1_atr\.txt cannot be used"):
        open_labelled(root).labels(0, Preparation())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no photograph in .* has its \*_seg\.png"):
        open_labelled(f"ade20k:{tmp_path / 'empty'}")
