"""Pictures are read once, and no more of them are held than there is room for."""

from __future__ import annotations

import numpy as np

from tests.kit.labelled import Held
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Concept
from visualize.reports.held_pictures import HeldPictures
from visualize.store.picture_address import picture_address

_CONCEPTS = (Concept(1, "car", "object"),)


def _set(count: int) -> Held:
    pictures = [np.full((8, 10, 3), 20 * place, np.uint8) for place in range(count)]
    return Held(pictures, [{"object": [np.ones((4, 5), int)]}] * count, _CONCEPTS, (4, 5))


def test_a_picture_is_read_once_for_each_preparation() -> None:
    inner = _set(2)
    held = HeldPictures(inner)
    for size in ((8, 10), (8, 10), (4, 4)):
        assert (held.load(1, Preparation(size)) == inner.load(1, Preparation(size))).all()
    assert len(inner.loads) == 3 + 2
    assert held.labels(1, Preparation((8, 10))) is inner.labels(1, Preparation((8, 10)))


def test_no_more_is_held_than_there_is_room_for() -> None:
    inner = _set(3)
    held = HeldPictures(inner, room=2 * 8 * 10 * 3)
    for place in (0, 1, 2, 1, 0):
        held.load(place, Preparation((8, 10)))
    assert inner.loads == [0, 1, 2, 0]


def test_results_on_it_stand_for_those_on_the_set_itself() -> None:
    inner = _set(2)
    held = HeldPictures(inner)
    assert (held.name, len(held), held.file(1), held.categories) == (inner.name, 2, "held/1", ("object",))
    assert held.fingerprint == inner.fingerprint
    from visualize.data import open_labelled

    scenes = open_labelled("scenes", count=2)
    assert picture_address(HeldPictures(scenes)) == picture_address(scenes)
