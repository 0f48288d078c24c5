"""Labels that a measurement can rest on: they say exactly what the picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from visualize.scenes import CATEGORIES, CONCEPTS, KINDS, NUMBERS, concept, render, render_flat, scenes
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.canvas import Canvas, Drawing
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light, indoors, outdoors
from visualize.scenes.render.palette import SHADES, named_colours

if TYPE_CHECKING:
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
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
RED, BLUE = Ink("car", (200, 0, 0), "metal"), Ink("sea", (0, 0, 200), "water")


def drawn(kind: str, seed: int) -> tuple[Canvas, Drawing]:
    dice = Dice(seed)
    light = indoors(dice) if kind in scenes._INDOORS else outdoors(dice)
    canvas = Canvas(128, light, flat=True)
    scenes._PAINTERS[kind](canvas, dice)
    return canvas, canvas.finish()


def square(canvas: Canvas, low: float, high: float, ink: Ink) -> None:
    canvas.fill([low, low, high, low, high, high, low, high], ink, 1, 0, IDENTITY)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_has_an_object_and_every_label_is_of_its_category(kind: str) -> None:
    for seed in range(3):
        labels = render(kind, seed).labels
        assert set(labels) == set(CATEGORIES)
        assert (labels["object"][0] > 0).all()
        assert (labels["scene"][0] == NUMBERS["scene"][kind]).all()
        assert (labels["color"][0] > 0).all()
        for category, maps in labels.items():
            found = set(np.unique(np.stack(maps)).tolist()) - {0}
            assert found <= set(NUMBERS[category].values())


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
        canvas, drawing = drawn(kind, seed)
        shapes: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        for colour, label in zip(canvas.colours()[:3].T.tolist(), canvas.labels()[:3].T.tolist(), strict=True):
            shapes.setdefault(tuple(min(255, int(value)) for value in colour), set()).add(tuple(label))
        even = uniform(drawing.picture)
        assert even.mean() > 0.3  # of a picture full of small things
        labels = np.stack([drawing.maps[name] for name in ("object", "part", "material")], -1)
        told = np.concatenate([drawing.picture[even].astype(int), labels[even].astype(int)], -1)
        for red, green, blue, *label in np.unique(told, axis=0).tolist():
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


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 30), st.integers(32, 60), st.integers(0, 62), st.integers(1, 40))
def test_labels_follow_the_picture_pixel_by_pixel(low: int, high: int, start: int, long: int) -> None:
    canvas = Canvas(32, Light(), flat=True)
    square(canvas, -5, 80, Ink("wall", (0, 200, 0)))
    square(canvas, low, high, RED)
    square(canvas, start, start + long, BLUE)
    drawing = canvas.finish()
    painted = {"wall": 1, "car": 0, "sea": 2}
    for name, channel in painted.items():
        value = canvas.colours()[channel].max()
        pure = drawing.picture[..., channel] == int(value)
        others = np.delete(drawing.picture, channel, -1)
        pure &= (others == 0).all(-1)
        assert (drawing.maps["object"][pure] == NUMBERS["object"][name]).all()
    mixed = (drawing.picture > 0).sum(-1) > 1
    labelled = drawing.maps["object"]
    for name, channel in painted.items():  # on a rim the label is one of the colours that meet there
        here = mixed & (labelled == NUMBERS["object"][name])
        assert (drawing.picture[..., channel][here] > 0).all()


def test_what_is_hidden_has_no_label() -> None:
    canvas = Canvas(32, Light())
    square(canvas, -5, 80, Ink("wall", (90, 90, 90), "plaster"))
    square(canvas, 10, 30, RED._replace(part="wheel", texture="striped", period=8))
    square(canvas, 5, 40, BLUE)
    maps = canvas.finish().maps
    assert set(np.unique(maps["object"]).tolist()) == {NUMBERS["object"]["wall"], NUMBERS["object"]["sea"]}
    assert not maps["part"].any()
    assert not maps["texture"].any()


@pytest.mark.parametrize(("period", "visible"), [(12.0, True), (1.0, False)])
def test_a_texture_is_labelled_only_where_it_can_be_made_out(period: float, visible: bool) -> None:  # noqa: FBT001 - a case
    canvas = Canvas(32, Light())
    square(canvas, -5, 80, Ink("wall", (90, 90, 90), texture="striped", accent=(200, 200, 200), period=period))
    drawing = canvas.finish()
    assert (drawing.maps["texture"] == (NUMBERS["texture"]["striped"] if visible else 0)).all()
    assert (drawing.picture[10].std() > 20) == visible


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


def test_colours_are_named_by_the_nearest_shade_in_cielab() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    middles = rgb2lab(((picture >> 3) * 8 + 3.5) / 255)
    names = [(name, shade) for name, shades in SHADES.items() for shade in shades]
    distances = np.stack([np.linalg.norm(middles - rgb2lab(np.array(shade) / 255), axis=-1) for _, shade in names], -1)
    sorted_two = np.sort(distances, -1)
    clear = sorted_two[..., 1] - sorted_two[..., 0] > 0.01  # a tie may fall either way
    expected = np.array([NUMBERS["color"][name] for name, _ in names])[distances.argmin(-1)]
    np.testing.assert_array_equal(named_colours(picture)[clear], expected[clear])


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((255, 0, 0), "red"),
        ((0, 128, 0), "green"),
        ((0, 0, 255), "blue"),
        ((255, 255, 0), "yellow"),
        ((139, 69, 19), "brown"),
        ((255, 165, 0), "orange"),
        ((255, 192, 203), "pink"),
        ((128, 0, 128), "purple"),
    ],
)
def test_the_colours_that_css_calls_by_a_basic_name_get_that_name(colour: tuple[int, int, int], name: str) -> None:
    assert named_colours(np.array([[colour]], np.uint8)).tolist() == [[NUMBERS["color"][name]]]


def test_concepts_are_numbered_from_one_without_gaps() -> None:
    assert [one.number for one in CONCEPTS] == list(range(1, len(CONCEPTS) + 1))
    assert all(NUMBERS[one.category][one.name] == one.number for one in CONCEPTS)
    assert len({(one.name, one.category) for one in CONCEPTS}) == len(CONCEPTS)
    assert concept(NUMBERS["object"]["lamp"]).name == "lamp"
    with pytest.raises(KeyError):
        concept(0)
