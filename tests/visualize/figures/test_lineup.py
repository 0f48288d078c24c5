"""Photographs with their explanations under them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.visualize.figures.made import about, ascent, collisions, noise, outside, prints, words
from visualize.figures import Section, style
from visualize.figures.lineup import Lineup, line_up
from visualize.figures.unit_card import card_block
from visualize.methods.drawing.panel import Panel

if TYPE_CHECKING:
    from visualize.figures.boxes import Box


def _photographs(count: int = 9) -> Section:
    panels = (Panel(noise(), f"{9 - number}\n{number}.jpg", of=f"{number}.jpg") for number in range(count))
    return Section("Top images", "Where.", tuple(panels))


def _maps(names: list[int], title: str = "Saliency", size: tuple[int, int] = (224, 224)) -> Section:
    panels = (Panel(noise(*size), "", of=f"{number}.jpg") for number in names)
    return Section(title, "How much.", tuple(panels), (f"a note on {title}",), explains=True)


def _places(sections: list[Section]) -> dict[int, Box]:
    return {id(item.picture): item.box for item in prints(card_block(sections, about()))}


@pytest.mark.parametrize("size", [(224, 224), (110, 224), (224, 120)])
def test_explanations_stand_under_their_photographs(size: tuple[int, int]) -> None:
    top, rows = _photographs(), [_maps([0, 1, 2], "Saliency", size), _maps([0, 1, 2], "Deconvolution", size)]
    placed = _places([ascent(), top, *rows])
    above = top
    for row in rows:
        for photograph, upper, lower in zip(top.pictures, above.pictures, row.pictures, strict=False):
            assert placed[id(lower.picture)].top > placed[id(upper.picture)].bottom
            assert placed[id(lower.picture)].left == placed[id(photograph.picture)].left
        above = row
    heads = [placed[id(panel.picture)] for panel in top.pictures[:3]]
    assert len({box.top for box in heads}) == 1


@pytest.mark.parametrize("methods", [3, 4, 6])
def test_many_explanations_stand_beside_their_photographs(methods: int) -> None:
    top, columns = _photographs(), [_maps([0, 1, 2], f"Method {number}") for number in range(methods)]
    block = card_block([ascent(), top, *columns], about())
    placed = {id(item.picture): item.box for item in prints(block)}
    for place, photograph in enumerate(top.pictures[:3]):
        row = [photograph, *(column.pictures[place] for column in columns)]
        boxes = [placed[id(panel.picture)] for panel in row]
        assert len({box.top for box in boxes}) == 1
        assert [box.left for box in boxes] == sorted(box.left for box in boxes)
    for column in columns:
        left = {placed[id(panel.picture)].left for panel in column.pictures}
        heading = next(item for item in words(block) if item.text == column.title)
        assert left == {heading.box.left}


@pytest.mark.parametrize("methods", [2, 5])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("explained", [1, 3, 4])
def test_every_panel_is_drawn_once_and_nothing_collides(count: int, explained: int, methods: int) -> None:
    names = list(range(min(count, explained)))
    more = [_maps(names, f"Method {number}", (110, 224)) for number in range(methods - 1)]
    sections = [ascent(), _photographs(count), _maps(names), *more]
    block = card_block(sections, about())
    wanted = Counter(id(panel.picture) for section in sections for panel in section.panels)
    assert Counter(id(item.picture) for item in prints(block)) == wanted
    assert collisions(block) == []
    assert outside(block, style.MARGIN) == []


def test_the_photographs_that_are_not_explained_follow() -> None:
    lined, rest = line_up([_photographs(), _maps([0, 1, 2])])
    assert isinstance(lined, Lineup)
    assert [panel.of for panel in lined.rows[0].pictures] == ["0.jpg", "1.jpg", "2.jpg"]
    assert [panel.of for panel in rest.pictures] == [f"{number}.jpg" for number in range(3, 9)]
    assert "next 6" in rest.title


def test_what_explains_other_photographs_stays_by_itself() -> None:
    for other in (_maps([1, 0]), _maps([7]), _maps([0, 1, 2, 3, 4])):
        sections = [_photographs(), other]
        assert line_up(sections) == sections
    unnamed = dataclasses.replace(_maps([0]), panels=(Panel(noise(), ""),))
    sections = [_photographs(), unnamed]
    assert line_up(sections) == sections


def test_explanations_without_photographs_stay_by_themselves() -> None:
    sections = [ascent(), _maps([0, 1, 2]), _maps([0, 1, 2], "Deconvolution")]
    assert line_up(sections) == sections


@pytest.mark.parametrize(("each", "photographs"), [(2, 3), (4, 2), (6, 3), (10, 1), (12, 2)])
def test_pictures_of_one_photograph_stay_in_one_row(each: int, photographs: int) -> None:
    panels = [Panel(noise(), str(step), of=f"{name}.jpg") for name in range(photographs) for step in range(each)]
    placed = _places([Section("Inversion", "", tuple(panels), explains=True)])
    for first in range(0, len(panels), each):
        assert len({placed[id(panel.picture)].top for panel in panels[first : first + each]}) == 1


def test_a_photograph_beside_its_map_is_drawn_as_large_as_two() -> None:
    pairs = Section("Deconvolution", "", tuple(Panel(noise(224, 452), "", of=str(n)) for n in range(9)), explains=True)
    boxes = _places([pairs]).values()
    assert len({box.top for box in boxes}) == 3
    assert min(box.width for box in boxes) >= 400
