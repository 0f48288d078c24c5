from __future__ import annotations

import itertools
import sys
from collections import Counter
from subprocess import run

import numpy as np
import pytest

from tests.visualize.figures.made import LONG, about, ascent, collisions, noise, outside, prints, top, words
from visualize.figures import Section, style, unit_card
from visualize.figures.boxes import Block
from visualize.figures.unit_card import card_block
from visualize.methods.drawing.charts import curve
from visualize.methods.drawing.legend import framed, lined
from visualize.methods.drawing.panel import Panel
from visualize.methods.drawing.text import letters

SHAPES = [(224, 224), (96, 384), (384, 128), (8, 8), (128, 128), (1, 1), (600, 20), (20, 1500)]
CARDS = {
    "both": [ascent(), top()],
    "no photographs": [ascent()],
    "one of each": [ascent(1), top(1)],
    "a single picture": [ascent(1, diagram=False)],
    "twenty in a deep folder": [ascent(6), top(20, folder="a/folder with a long name/" * 4)],
    "a diagram alone": [ascent(0)],
    "a diagram wider than the card": [Section("Wide", "", (Panel(curve(np.arange(9.0), width=2000), "", wide=True),))],
    "words alone": [Section("Nothing to see", "The reason is long. " * 30, (), ("why",))],
    "nothing": [],
    "five methods": [ascent(), top(), top(4), ascent(4, diagram=False), top(1)],
    "mixed shapes": [Section("Mixed", "", tuple(Panel(noise(*shape), f"{shape}") for shape in SHAPES))],
    **{f"{shape}": [ascent(4, shape), top(9, shape)] for shape in SHAPES},
}


@pytest.fixture(params=itertools.product(CARDS, ["short", "long"]), ids=", ".join, scope="module")
def card(request: pytest.FixtureRequest) -> tuple[list[Section], Block]:
    name, facts = request.param
    return CARDS[name], card_block(CARDS[name], about(**(LONG if facts == "long" else {})))


def test_nothing_lies_on_anything_else_or_in_the_margin(card: tuple[list[Section], Block]) -> None:
    _, block = card
    assert collisions(block) == []
    assert outside(block, style.MARGIN) == []
    assert style.NARROWEST <= block.width <= style.WIDTH


def test_a_card_is_no_wider_than_its_pictures_ask_for() -> None:
    assert card_block(CARDS["both"], about()).width == style.WIDTH
    assert card_block(CARDS["a single picture"], about()).width == style.NARROWEST
    assert card_block(CARDS["a single picture"], about(), width=1000).width == 1000


def test_marks_are_explained_beside_their_words() -> None:
    keys = (framed("what it sees"), lined((255, 214, 10), "where it is active"))
    block = card_block([Section("Top images", "Where.", top(9).panels, legend=keys)], about())
    for key in keys:
        mark = next(item.box for item in prints(block) if item.picture is key.mark)
        said = next(item.box for item in words(block) if item.text == key.words)
        assert mark.right < said.left < mark.right + 20
        assert said.top <= mark.top < mark.bottom <= said.bottom
    assert collisions(block) == []


def test_every_panel_is_drawn_exactly_once_in_its_shape(card: tuple[list[Section], Block]) -> None:
    shown, block = card
    panels = [panel.picture for section in shown for panel in section.panels]
    drawn = prints(block)
    assert Counter(id(item.picture) for item in drawn) == Counter(map(id, panels))
    for item in drawn:
        height, width = item.picture.shape[:2]
        skew = abs(item.box.width * height - item.box.height * width)  # each side is rounded by half a pixel at most
        assert skew <= (width + height) / 2 or 1 in {item.box.width, item.box.height}


@pytest.mark.parametrize("name", ["both", "no photographs", "one of each", "five methods", "(96, 384)"])
def test_captions_that_fit_are_whole(name: str) -> None:
    written = Counter(word for item in words(card_block(CARDS[name], about())) for word in item.text.split())
    wanted = Counter(word for section in CARDS[name] for panel in section.panels for word in panel.caption.split())
    assert not wanted - written


@pytest.mark.parametrize("name", ["both", "five methods", "(8, 8)"])
def test_pixels_at_natural_size_are_copied(name: str) -> None:
    block = card_block(CARDS[name], about())
    sheet = np.asarray(block.draw())
    natural = [item for item in prints(block) if item.picture.shape[:2] == (item.box.height, item.box.width)]
    assert natural
    for item in natural:
        box = item.box
        assert (sheet[box.top : box.bottom, box.left : box.right] == item.picture).all()


def test_a_tiny_picture_is_shown_as_squares() -> None:
    picture = noise(8, 8)
    block = card_block([Section("Tiny", "", (Panel(picture, ""),))], about())
    box = prints(block)[0].box
    drawn = np.asarray(block.draw())[box.top : box.bottom, box.left : box.right]
    side = box.width // 8
    assert side > 10
    assert (drawn == picture.repeat(side, axis=0).repeat(side, axis=1)).all()


def test_dreams_stand_left_of_photographs_and_pictures_are_large() -> None:
    dreams, photographs = CARDS["both"]
    placed = {id(item.picture): item.box for item in prints(card_block([dreams, photographs], about()))}
    left = max(placed[id(panel.picture)].right for panel in dreams.pictures)
    assert all(placed[id(panel.picture)].left > left for panel in photographs.pictures)
    assert min(box.width for box in placed.values()) >= 200


def test_diagrams_keep_their_own_size() -> None:
    for name in ("both", "no photographs", "one of each", "twenty in a deep folder", "five methods"):
        diagrams = [panel.picture for section in CARDS[name] for panel in section.diagrams]
        boxes = {id(item.picture): item.box for item in prints(card_block(CARDS[name], about()))}
        for diagram in diagrams:
            assert diagram.shape[:2] == (boxes[id(diagram)].height, boxes[id(diagram)].width)


def test_the_unit_is_the_largest_text_and_everything_told_is_there() -> None:
    facts = about(
        label="car, IoU 0.13", alias="features.12", hints=("Add photographs: --images FOLDER",), notes=("n1",)
    )
    lines = words(card_block([ascent()], facts))
    largest = max(lines, key=lambda item: item.size)
    assert largest.text == "conv5 · unit 79"
    assert [item.size for item in lines].count(largest.size) == 1
    text = [item.text for item in lines]
    for wanted in (
        "scenes-alexnet", "car, IoU 0.13", "conv5 (features.12)", "256, counted from 0", "13 x 13 positions",
        "224 x 224 pixels", "163 x 163 pixels, every 16", "Add photographs: --images FOLDER", "n1", "Gradient ascent",
        "Made from noise until the unit answers.",
    ):  # fmt: skip
        assert wanted in text


def test_no_ink_is_clipped() -> None:
    block = card_block(CARDS["both"], about(**LONG))
    wide = Block(block.width + 400, block.height + 400, block.moved(200, 200))
    plain = np.asarray(wide.draw())[200:-200, 200:-200]
    assert (plain == np.asarray(block.draw())).all()
    around = np.asarray(wide.draw()).astype(int)
    around[200:-200, 200:-200] = 255
    assert (around == 255).all()
    assert all(letters(item.size).length(item.text) == item.box.width for item in words(block))


def test_a_card_is_drawn_the_same_every_time() -> None:
    first, other = (unit_card(CARDS["both"], about(label="car")) for _ in range(2))
    assert first.tobytes() == other.tobytes()
    assert first.mode == "RGB"


def test_figures_do_not_load_torch() -> None:
    code = "import sys, visualize.figures; raise SystemExit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
