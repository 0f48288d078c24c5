"""Things that are spoken of, on label maps made by hand."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from visualize.scenes import CATEGORIES, NUMBERS, Scene
from visualize.scenes.captions.visible import beyond, things

SIDE = 100


def drawn(**boxes: dict[str, tuple[slice, slice]]) -> Scene:
    """A scene of rectangles: for each category the names and where they are."""
    maps = {}
    for category in CATEGORIES:
        maps[category] = np.zeros((SIDE, SIDE), np.int16)
        for name, box in boxes.get(category, {}).items():
            maps[category][box] = NUMBERS[category][name]
    labels = {category: (labels,) for category, labels in maps.items()}
    return Scene(np.zeros((SIDE, SIDE, 3), np.uint8), "field", MappingProxyType(labels))


LEFT, TOP = (slice(None), slice(0, 40)), (slice(0, 50), slice(None))


def test_a_thing_has_its_share_its_middle_and_its_looks() -> None:
    scene = drawn(
        object={"sky": (slice(None), slice(None)), "car": LEFT},
        color={"red": LEFT, "blue": (slice(None), slice(40, 89))},
        material={"metal": TOP},
        part={"wheel": (slice(90, 91), slice(36, 60))},
    )
    sky, car = things(scene)
    assert (sky.name, car.name) == ("sky", "car")
    assert (sky.share, sky.across, sky.down) == pytest.approx((0.6, 0.7, 0.5))
    assert (car.share, car.across, car.down) == pytest.approx((0.4, 0.2, 0.5))
    assert (sky.colour, car.colour) == ("blue", "red")
    assert (car.material, car.texture) == ("metal", "")
    assert (sky.parts, car.parts) == (("wheel",), ())  # 20 pixels of the wheel are on the sky, 4 on the car


def test_half_of_the_pixels_are_enough_and_less_are_not() -> None:
    car = {"car": (slice(None), slice(None))}
    half = things(drawn(object=car, color={"red": TOP}))[0]
    less = things(drawn(object=car, color={"red": (slice(0, 49), slice(None))}))[0]
    assert (half.colour, less.colour) == ("red", "")


def test_what_is_too_small_is_not_spoken_of() -> None:
    everywhere, small = (slice(None), slice(None)), (slice(0, 1), slice(0, 9))
    assert [thing.name for thing in things(drawn(object={"sky": everywhere, "bird": small}))] == ["sky"]
    enough = (slice(0, 1), slice(0, 10))
    assert [thing.name for thing in things(drawn(object={"sky": everywhere, "bird": enough}))] == ["sky", "bird"]


def test_what_is_behind_glass_is_no_thing_of_the_scene() -> None:
    scene = drawn(object={"window": (slice(None), slice(None))})
    tree = np.zeros((SIDE, SIDE), np.int16)
    tree[TOP] = NUMBERS["object"]["tree"]
    seen = Scene(
        scene.image,
        scene.name,
        MappingProxyType({**scene.labels, "object": (*scene.labels["object"], tree)}),
    )
    assert [thing.name for thing in things(seen)] == ["window"]
    assert (beyond(seen), beyond(scene)) == (("tree",), ())
