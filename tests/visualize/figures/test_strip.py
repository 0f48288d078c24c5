"""Strips for slides."""

from __future__ import annotations

from collections import Counter

from tests.visualize.figures.made import ascent, collisions, prints, top, words
from visualize.figures.strip import strip_block


def test_a_strip_has_the_pictures_of_each_section_in_a_row_and_no_word() -> None:
    sections = [ascent(3), top(5, (112, 224))]
    block = strip_block(sections, height=100)
    assert words(block) == []
    assert collisions(block) == []
    placed = {id(item.picture): item.box for item in prints(block)}
    wanted = [panel for section in sections for panel in section.pictures]
    assert Counter(placed.keys()) == Counter(id(panel.picture) for panel in wanted)
    for section in sections:
        boxes = [placed[id(panel.picture)] for panel in section.pictures]
        assert len({box.top for box in boxes}) == 1
        assert {box.height for box in boxes} == {100}
    assert placed[id(sections[1].pictures[0].picture)].width == 200


def test_a_section_of_diagrams_alone_shows_them() -> None:
    section = ascent(0)
    (diagram,), (shown,) = section.diagrams, prints(strip_block([section]))
    assert shown.picture is diagram.picture
    assert (shown.box.height, shown.box.width) == diagram.picture.shape[:2]
