from __future__ import annotations

import builtins
import hashlib
import io
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.pictures.images import Images
from visualize.scenes import KINDS, NUMBERS, SPLITS, Scene, Scenes, render

if TYPE_CHECKING:
    from collections.abc import Mapping


def digest(scene: Scene) -> str:
    """One number for everything in a scene."""
    hashed = hashlib.sha256(scene.image.tobytes())
    for category, maps in scene.labels.items():
        hashed.update(category.encode())
        for one in maps:
            hashed.update(np.ascontiguousarray(one).tobytes())
    return hashed.hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(kind: str) -> None:
    assert digest(render(kind, 11)) == digest(render(kind, 11))
    assert digest(render(kind, 11)) != digest(render(kind, 12))


def test_another_process_draws_the_same_bytes() -> None:
    code = (
        "from tests.visualize.scenes.test_scenes import digest\n"
        "from visualize.scenes import render\n"
        "print(digest(render('street', 5)), digest(render(None, 6)))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "17"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert said.stdout.split() == [digest(render("street", 5)), digest(render(None, 6))]


def test_drawing_touches_neither_disk_nor_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a scene went outside")

    expected = [digest(render(kind, 3)) for kind in KINDS]
    for module, name in ((builtins, "open"), (io, "open"), (os, "open"), (socket, "socket")):
        monkeypatch.setattr(module, name, refuse)
    drawn = [digest(render(kind, 3)) for kind in KINDS]
    monkeypatch.undo()
    assert drawn == expected


def test_scenes_are_a_probe_set() -> None:
    scenes = Scenes(40)
    assert isinstance(scenes, Images)
    assert len(scenes) == 40
    assert [scenes.file(index) for index in (0, 17)] == ["scenes/bedroom-0000", "scenes/street-0017"]
    assert scenes.scene(17).name == "street"


def test_loading_fits_the_picture_as_the_preparation_says() -> None:
    scenes, preparation = Scenes(3), Preparation(size=(64, 96))
    exact = scenes.load(1, Preparation(size=(128, 128)))
    np.testing.assert_array_equal(exact, scenes.scene(1).image)
    fitted = preparation.fit(Image.fromarray(scenes.scene(1).image))
    np.testing.assert_array_equal(scenes.load(1, preparation), np.asarray(fitted))


places = st.tuples(st.sampled_from(sorted(SPLITS)), st.integers(0, 2**20 - 1), st.integers(0, 2**20 - 1))


@given(places, places)
def test_no_two_scenes_of_any_sets_share_a_seed(one: tuple[str, int, int], other: tuple[str, int, int]) -> None:
    numbers = [Scenes(2**20, seed, split=split).number(index) for split, seed, index in (one, other)]
    assert (numbers[0] == numbers[1]) == (one == other)


@pytest.mark.parametrize("size", [48, 128, 160])
def test_labels_have_the_size_of_the_picture(size: int) -> None:
    scene = render("kitchen", 1, size)
    assert scene.image.shape == (size, size, 3)
    assert {one.shape for maps in scene.labels.values() for one in maps} == {(size, size)}


def test_a_scene_looks_alike_at_every_size() -> None:
    small, large = render("beach", 4, 64).image, render("beach", 4, 128).image
    halved = np.asarray(Image.fromarray(large).reduce(2), float)
    assert np.abs(halved - small).mean() < 8  # of 255; noise and texture differ, shapes do not


def test_things_are_shared_between_kinds_of_scenes() -> None:
    where: dict[str, set[str]] = {}
    names: Mapping[int, str] = {number: name for name, number in NUMBERS["object"].items()}
    scenes = Scenes(12 * 8, size=48)
    for index in range(len(scenes)):
        for number in np.unique(scenes.scene(index).labels["object"][0]):
            where.setdefault(names[int(number)], set()).add(scenes.kind(index))
    shared = (
        "lamp",
        "window",
        "curtain",
        "picture",
        "chair",
        "table",
        "plant",
        "person",
        "tree",
        "car",
        "house",
        "fence",
    )
    assert {name: len(where[name]) >= 3 for name in shared} == dict.fromkeys(shared, True)
    assert len(where) >= 45


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: render("bedrom", 0), "did you mean bedroom"),
        (lambda: render("street", -1), "seed from 0"),
        (lambda: render("street", 0, 4), "size from 16"),
        (lambda: Scenes(split="test"), "train, held-out, probe"),
        (lambda: Scenes(0), "take 1 to"),
        (lambda: Scenes(5).scene(5), "this set has 0 to 4"),
        (lambda: Scenes(5).file(-1), "this set has 0 to 4"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(wrong: object, says: str) -> None:
    assert callable(wrong)
    with pytest.raises(InputError, match=says) as caught:
        wrong()
    assert "\n" not in str(caught.value)
