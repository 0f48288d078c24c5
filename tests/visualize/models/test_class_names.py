"""Names of classes and kinds of scenes, as they are published."""

from __future__ import annotations

from tests.kit.shared import shared
from visualize.models.class_names import parse_outdoor, parse_places365


def test_the_published_labels_are_read() -> None:
    found = parse_outdoor(shared("reference/places365/IO_places365.txt").read_text())
    names = parse_places365(shared("reference/places365/categories_places365.txt").read_text())
    assert len(found) == len(names) == 365
    kinds = dict(zip(names, found, strict=True))
    assert (kinds["alley"], kinds["bedroom"], kinds["temple/asia"], kinds["kitchen"]) == (True, False, True, False)
    assert parse_outdoor("/a/alley 3\n") == ()
    assert parse_outdoor("something else altogether\n") == ()
