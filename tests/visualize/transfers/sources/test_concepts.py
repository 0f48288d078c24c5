from __future__ import annotations

import numpy as np
import pytest

from tests.kit.labelled import Held, noise
from tests.kit.shared import shared
from visualize.data import open_labelled
from visualize.methods.errors import InputError
from visualize.transfers.labelling import split
from visualize.transfers.sources.concepts import read_concepts


def _there(held: Held, index: int, number: int, pixels: int) -> bool:
    labels = [label for several in held.annotations[index].values() for label in several]
    return any(label == number if isinstance(label, int) else (label == number).sum() >= pixels for label in labels)


@pytest.mark.parametrize("pixels", [1, 12, 25])
def test_a_concept_is_there_where_it_covers_so_many_pixels(pixels: int) -> None:
    held = noise(20, (18, 24), (9, 12))
    task = read_concepts(held, pixels=pixels, progress=lambda *_: None)
    for place, concept in enumerate(held.concepts):
        expected = [_there(held, index, concept.number, pixels) for index in range(20)]
        assert task.labels[:, place].tolist() == expected


def test_pictures_whose_labels_are_broken_are_left_out() -> None:
    held = noise(20, (18, 24), (9, 12))
    held.bad_labels = frozenset({3, 7})
    task = read_concepts(held, pixels=1, progress=lambda *_: None)
    assert [task.images.file(index) for index in range(4)] == ["held/0", "held/1", "held/2", "held/4"]
    assert len(task.labels) == 18


def test_more_pixels_than_there_are_is_refused() -> None:
    with pytest.raises(InputError, match="1 to 108"):
        read_concepts(noise(2, (18, 24), (9, 12)), pixels=109, progress=lambda *_: None)


def test_frames_of_camvid_s_films_stay_together() -> None:
    labelled = open_labelled(shared("data/camvid-broden"), categories=["object"], count=120)
    task = split(read_concepts(labelled, pixels=100, progress=lambda *_: None))
    films = np.array(task.groups)
    assert set(films) == {"0001TP", "0006R0", "0016E5"}
    assert not set(films[task.test]) & set(films[~task.test])
    assert "whole groups (3 of them)" in task.split
