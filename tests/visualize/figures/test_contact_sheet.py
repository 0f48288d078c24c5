from __future__ import annotations

import functools

import numpy as np
import pytest

from tests.visualize.figures.made import LONG, about, ascent, collisions, noise, outside, prints, top, words
from visualize.figures import Section, Summary, contact_sheet, style, summary
from visualize.figures.boxes import Print
from visualize.figures.contact_sheet import sheet_block
from visualize.methods.drawing.legend import framed, lined
from visualize.methods.drawing.panel import Panel


@functools.cache
def _units(count: int, shape: tuple[int, int] = (64, 64)) -> tuple[Summary, ...]:
    shown = [ascent(4, shape), top(9, shape)]
    labels = [None, "car, IoU 0.13", "a very long label of a texture, IoU 0.04"]
    facts = (about(unit=f"conv5:{number}", label=labels[number % 3]) for number in range(count))
    return tuple(summary(shown, fact) for fact in facts)


@pytest.mark.parametrize("shape", [(64, 64), (48, 192), (192, 48), (1, 1), (20, 1500)])
@pytest.mark.parametrize("count", [1, 3, 40, 64, 150])
def test_nothing_lies_on_anything_else_or_in_the_margin(count: int, shape: tuple[int, int]) -> None:
    block = sheet_block(_units(count, shape))
    assert block.width == style.WIDTH
    assert collisions(block) == []
    assert outside(block, style.MARGIN) == []


@pytest.mark.parametrize("count", [1, 3, 40, 64, 150, 512])
def test_every_unit_is_named_once_and_has_its_pictures(count: int) -> None:
    block = sheet_block(_units(count))
    named = [item.text for item in words(block) if item.text.isdigit()]
    assert sorted(named, key=int) == [str(number) for number in range(count)]
    assert len(prints(block)) >= 2 * count
    assert block.height < 8000


def test_a_unit_stands_left_of_or_above_its_own_pictures() -> None:
    for count in (3, 64, 150):
        shown = [summary([Section("s", "", (Panel(noise(32, 32), ""),))], about(unit=f"{n}")) for n in range(count)]
        block = sheet_block(shown)
        places = {id(item.picture): item.box for item in prints(block)}
        names = {item.text: item.box for item in words(block)}
        for number, unit in enumerate(shown):
            name, picture = names[str(number)], places[id(unit.strips[0][0])]
            beside = name.right <= picture.left and picture.top <= name.top < picture.bottom
            above = name.bottom <= picture.top <= name.bottom + 8 and name.left == picture.left
            assert beside or above


def test_what_is_kept_of_a_unit_is_small() -> None:
    kept = summary([ascent(20, (1000, 700)), top(20, (1000, 3000))], about())
    assert sum(picture.nbytes for strip in kept.strips for picture in strip) < 2_000_000
    assert kept.titles == ("Gradient ascent", "Top images")


def test_diagrams_and_empty_sections_are_left_out() -> None:
    kept = summary([ascent(0), Section("words", "only")], about())
    assert kept.strips == ()
    assert contact_sheet([kept]).width == style.WIDTH


def test_the_title_says_model_layer_and_count() -> None:
    text = [item.text for item in words(sheet_block(_units(3)))]
    assert text[:2] == ["scenes-alexnet", "conv5 · 3 units"]
    assert "Units of interest" in [item.text for item in words(sheet_block(_units(3), title="Units of interest"))]


def test_long_names_are_shortened() -> None:
    block = sheet_block([summary([ascent(2), top(2)], about(**LONG))] * 3)
    assert collisions(block) == []
    assert outside(block, style.MARGIN) == []
    assert any("…" in item.text for item in words(block))


def test_a_sheet_is_drawn_the_same_every_time() -> None:
    first, other = (np.asarray(contact_sheet(_units(3))) for _ in range(2))
    assert (first == other).all()


def test_every_unit_shows_each_method_that_the_head_promises() -> None:
    """Wide pictures and many of them: a row has room for few, and each section has one all the same."""
    for count in (1, 30, 60):
        titles = ("ascent", "top images", "saliency", "deconvolution", "guided")
        shown = [
            [Section(title, "", tuple(Panel(noise(64, 128), "") for _ in range(6))) for title in titles]
            for _ in range(count)
        ]
        units = [summary(sections, about(unit=f"conv5:{n}")) for n, sections in enumerate(shown)]
        block = sheet_block(units)
        drawn = {id(item.picture) for item in prints(block)}
        assert all(id(strip[0]) in drawn for unit in units for strip in unit.strips)
        assert collisions(block) == []
        assert outside(block, style.MARGIN) == []


@pytest.mark.parametrize("count", [3, 60, 400])
def test_names_and_ious_stand_with_the_units_whole(count: int) -> None:
    section = Section("s", "", (Panel(noise(64, 64), ""),))
    units = [
        summary([section], about(unit=f"conv5:{n}"), label="signboard", score=f"0.0{100 + n}") for n in range(count)
    ]
    texts = [item.text for item in words(sheet_block(units))]
    lines = " ".join(texts)
    assert all(f"0.0{100 + n}" in lines for n in range(count))
    assert lines.count("signboard") == count


def test_units_of_several_layers_bear_their_layers() -> None:
    section = Section("s", "", (Panel(noise(64, 64), ""),))
    units = [summary([section], about(unit=f"{layer}:3", layer=layer)) for layer in ("conv4", "conv5")]
    texts = [item.text for item in words(sheet_block(units, order="Sorted by luck."))]
    assert {"conv4:3", "conv5:3"} <= set(texts)
    assert any("Sorted by luck." in text for text in texts)


def test_lines_around_each_units_own_concept_are_explained_once() -> None:
    blue = (0, 190, 255)
    names = ("sea", "bed", "sea")
    units = [
        summary(
            [
                Section(
                    "Top images", "", (Panel(noise(64, 64), ""),), legend=(lined(blue, f"where {name} is labelled"),)
                )
            ],
            about(unit=f"conv5:{number}"),
        )
        for number, name in enumerate(names)
    ]
    said = [item.text for item in words(sheet_block(units))]
    assert sum("is labelled" in text for text in said) == said.count("where the unit's own concept is labelled") == 1
    assert "where sea is labelled" in [item.text for item in words(sheet_block([units[0], units[2]]))]


def test_titles_stand_above_the_pictures_that_they_are_of() -> None:
    parts = [Section(title, "", (Panel(noise(64, 64), ""),)) for title in ("Top images", "Saliency")]
    block = sheet_block([summary(parts, about(unit=f"conv5:{number}")) for number in range(3)])
    shown = sorted((item.box for item in block.items if isinstance(item, Print)), key=lambda box: (box.top, box.left))
    for title, below in zip(("Top images", "Saliency"), shown, strict=False):
        (head,) = [item for item in words(block) if item.text == title]
        assert head.box.left == below.left
        assert head.box.bottom <= below.top


def test_each_mark_in_the_pictures_is_explained_once() -> None:
    keys = (lined((255, 214, 10), "where it is active"), framed("what it sees"))
    section = Section("Top images", "", (Panel(noise(64, 64), ""),), legend=keys)
    block = sheet_block([summary([section], about(unit=f"conv5:{number}")) for number in range(3)])
    said = [item.text for item in words(block)]
    assert [said.count(key.words) for key in keys] == [1, 1]
    assert collisions(block) == []
    assert outside(block, style.MARGIN) == []
