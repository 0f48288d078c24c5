"""Scenes: the same for the same seed, and labels that a measurement can rest on, as they say what the picture shows."""

from __future__ import annotations

import builtins
import gc
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

from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Images
from visualize.scenes import CATEGORIES, KINDS, NUMBERS, SPLITS, Scene, Scenes, render, render_flat
from visualize.scenes.scenes import painted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

OWNERS = {
    "wheel": {"car", "truck"},
    "headlight": {"car", "truck", "streetlight"},
    "cargo": {"truck"},
    "headboard": {"bed"},
    "pillow": {"bed"},
    "blanket": {"bed"},
    "trunk": {"tree"},
    "crown": {"tree"},
    "roof": {"house"},
    "chimney": {"house"},
    "armrest": {"sofa"},
    "shade": {"lamp"},
    "screen": {"monitor"},
    "burner": {"stove"},
    "sail": {"boat"},
    "snowcap": {"mountain"},
    "torso": {"person", "cow"},
    "tabletop": {"table"},
    "pane": {"window", "door", "mirror", "car", "truck", "house", "skyscraper", "boat"},
}


def digest(scene: Scene) -> str:
    """One number for everything in a scene."""
    hashed = hashlib.sha256(scene.image.tobytes())
    for category, maps in scene.labels.items():
        hashed.update(category.encode())
        for labels in maps:
            hashed.update(np.ascontiguousarray(labels).tobytes())
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
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.split() == [digest(render("street", 5)), digest(render(None, 6))]


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
def test_no_two_scenes_of_any_sets_share_a_seed(scene: tuple[str, int, int], other: tuple[str, int, int]) -> None:
    numbers = [Scenes(2**20, seed, split=split).number(index) for split, seed, index in (scene, other)]
    assert (numbers[0] == numbers[1]) == (scene == other)


@pytest.mark.parametrize("size", [48, 128, 160])
def test_labels_have_the_size_of_the_picture(size: int) -> None:
    scene = render("kitchen", 1, size)
    assert scene.image.shape == (size, size, 3)
    assert {labels.shape for maps in scene.labels.values() for labels in maps} == {(size, size)}


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


@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_has_an_object_and_every_label_is_of_its_category(kind: str) -> None:
    for seed in range(3):
        labels = render(kind, seed).labels
        assert set(labels) == set(CATEGORIES)
        assert (labels["object"][0] > 0).all()
        assert (labels["scene"][0] == NUMBERS["scene"][kind]).all()
        assert (labels["color"][0] > 0).all()
        for category, maps in labels.items():
            numbers = set(np.unique(np.stack(maps)).tolist()) - {0}
            assert numbers <= set(NUMBERS[category].values())


@pytest.mark.parametrize("kind", KINDS)
def test_parts_lie_within_the_objects_they_are_parts_of(kind: str) -> None:
    objects = NUMBERS["object"]
    for seed in range(6):
        labels = render(kind, seed).labels
        for part, owners in OWNERS.items():
            under = labels["object"][0][labels["part"][0] == NUMBERS["part"][part]]
            assert set(np.unique(under).tolist()) <= {objects[owner] for owner in owners}


@pytest.mark.parametrize("kind", KINDS)
def test_flat_colours_and_labels_tell_the_same_story(kind: str) -> None:
    """Wherever a flat picture shows one colour only, the label is that of a shape with this colour."""
    for seed in range(3):
        _, canvas, _ = painted(kind, seed, 128, flat=True)
        drawing = canvas.finish()
        shapes: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        for colour, label in zip(canvas.colours()[:3].T.tolist(), canvas.labels()[:3].T.tolist(), strict=True):
            shapes.setdefault(tuple(min(255, int(value)) for value in colour), set()).add(tuple(label))
        even = uniform(drawing.picture)
        assert even.mean() > 0.3  # of a picture full of small things
        labels = np.stack([drawing.maps[name] for name in ("object", "part", "material")], -1)
        shown = np.concatenate([drawing.picture[even].astype(int), labels[even].astype(int)], -1)
        for red, green, blue, *label in np.unique(shown, axis=0).tolist():
            assert tuple(label) in shapes[red, green, blue]


def uniform(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a pixel and its eight neighbours have the same colour."""
    same = np.ones(picture.shape[:2], bool)
    same[[0, -1]] = same[:, [0, -1]] = False
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            same &= (np.roll(picture, (down, right), (0, 1)) == picture).all(-1)
    return same


def test_noise_texture_and_shade_change_no_label() -> None:
    for kind in KINDS:
        plain, full = render_flat(kind, 2).labels, render(kind, 2).labels
        for category in ("object", "part", "material", "texture"):
            np.testing.assert_array_equal(np.stack(plain[category]), np.stack(full[category]))


def test_only_windows_can_be_seen_through() -> None:
    seen = 0
    for seed in range(30):
        labels = render("living_room", seed, 64).labels["object"]
        if len(labels) > 1:
            window, behind = labels[0][labels[1] > 0], labels[1][labels[1] > 0]
            assert set(window.tolist()) == {NUMBERS["object"]["window"]}
            assert set(behind.tolist()) <= {
                NUMBERS["object"][name] for name in ("sky", "tree", "house", "grass", "hill")
            }
            seen += 1
    assert seen > 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawn_scene_leaves_nothing_to_the_garbage_collector(kind: str) -> None:
    render(kind, 0)
    gc.collect()
    gc.disable()
    try:
        for seed in range(1, 6):
            render(kind, seed)
        assert gc.collect() == 0
    finally:
        gc.enable()
