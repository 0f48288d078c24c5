"""A concept in several networks."""

from __future__ import annotations

from tests.visualize.figures.made import about, ascent, collisions, outside, prints, top, words
from visualize.figures import style
from visualize.figures.concept_rows import ConceptRow, concept_block


def test_each_network_has_a_row_with_pictures_in_the_columns_of_their_methods() -> None:
    rows = [
        ConceptRow(about(model=model, label=f"house, IoU 0.{number}"), [ascent(2), top(6)])
        for number, model in enumerate(("alexnet", "vgg16", "a/file.py:resnet152"))
    ]
    block = concept_block("house", rows, counts=(1, 3))
    assert collisions(block) == []
    assert outside(block, style.MARGIN) == []
    assert block.width == style.WIDTH
    placed = {id(item.picture): item.box for item in prints(block)}
    assert len(placed) == 3 * (1 + 3)
    lefts, told = set(), [item.text for item in words(block)]
    for row in rows:
        pictures = [*row.sections[0].pictures[:1], *row.sections[1].pictures[:3]]
        boxes = [placed[id(panel.picture)] for panel in pictures]
        assert len({box.top for box in boxes}) == 1
        lefts.add(tuple(box.left for box in boxes))
        assert row.about.model in told
        assert row.about.label in told
    assert len(lefts) == 1
