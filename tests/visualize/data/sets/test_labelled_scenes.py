from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from visualize.data import open_images, open_labelled
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Labelled
from visualize.scenes import Scenes

WHOLE = Preparation(size=(128, 128))


def test_labelled_scenes_are_the_scenes_with_their_labels() -> None:
    labelled, images = open_labelled("scenes", count=12, seed=3), open_images("scenes", count=12, seed=3)
    assert isinstance(labelled, Labelled)
    assert labelled.categories == ("object", "part", "scene", "material", "texture", "color")
    number = {(concept.category, concept.name): concept.number for concept in labelled.concepts}
    category = {concept.number: concept.category for concept in labelled.concepts}
    assert len(category) == len(number) == len(labelled.concepts)
    scenes = Scenes(12, 3)
    for index in range(12):
        assert labelled.file(index) == images.file(index)
        np.testing.assert_array_equal(labelled.load(index, WHOLE), images.load(index, WHOLE))
        labels = labelled.labels(index, WHOLE)
        assert labels["scene"] == [number["scene", scenes.kind(index)]]
        for name, maps in labels.items():
            if name == "scene":
                continue
            for got, whole in zip(maps, scenes.scene(index).labels[name], strict=True):
                np.testing.assert_array_equal(got, whole[1::2, 1::2])  # half the resolution, at the middle of each four
                assert {category[value] for value in np.unique(got).tolist() if value} <= {name}


def test_labels_follow_the_preparation() -> None:
    labelled = open_labelled("scenes", count=2)
    preparation = Preparation(size=(64, 64), resize=96)
    assert labelled.label_shape(preparation) == (32, 32)
    whole = Scenes(2).scene(1).labels["object"][0]
    centres = np.floor((np.arange(32) * 2 + 1 + 16) * 128 / 96).astype(int)
    np.testing.assert_array_equal(labelled.labels(1, preparation)["object"][0], whole[np.ix_(centres, centres)])


def test_the_fingerprint_tells_sets_apart_and_nothing_else() -> None:
    prints = [
        open_labelled("scenes", count=count, seed=seed).fingerprint for count, seed in ((2, 0), (2, 0), (3, 0), (2, 1))
    ]
    assert prints[0] == prints[1]
    assert len({*prints, open_labelled("scenes", count=2, categories=["part"]).fingerprint}) == 4


def test_categories_can_be_taken_and_must_exist() -> None:
    labelled = open_labelled("scenes", count=1, categories=["color", "scene"])
    assert labelled.categories == ("scene", "color")
    assert {concept.category for concept in labelled.concepts} == set(labelled.labels(0, WHOLE)) == {"scene", "color"}
    with pytest.raises(InputError, match="did you mean material"):
        open_labelled("scenes", categories=["materials"])


def test_threads_are_given_the_same_labels() -> None:
    labelled = open_labelled("scenes", count=6)
    alone = [labelled.labels(index, WHOLE)["object"][0] for index in range(6)]
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda index: labelled.labels(index % 6, WHOLE)["object"][0], range(12)))
    for index, values in enumerate(read):
        np.testing.assert_array_equal(values, alone[index % 6])


def test_what_is_given_out_is_the_caller_s_own() -> None:
    labelled = open_labelled("scenes", count=1)
    labelled.load(0, WHOLE)[:] = 0
    np.asarray(labelled.labels(0, WHOLE)["object"][0])[:] = 0
    assert labelled.load(0, WHOLE).any()
    assert np.asarray(labelled.labels(0, WHOLE)["object"][0]).any()
