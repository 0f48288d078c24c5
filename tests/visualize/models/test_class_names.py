"""Names of classes, from published lists in the mirror and from torchvision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.shared import shared
from visualize.models import entry_of
from visualize.models.class_names import class_names, parse_outdoor, parse_places365

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_class_names_of_places365_go_by_their_numbers() -> None:
    text = shared("reference/places365/categories_places365.txt").read_text()
    names = parse_places365(text)
    assert (len(names), names[0], names[330], names[364]) == (365, "airfield", "temple/asia", "zen_garden")
    assert parse_places365("something else\n") == ()
    assert parse_places365("/a/airfield 0\n/a/attic 2\n") == ()


def test_class_names_of_places205_come_from_a_mirror_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its publisher has the list within archives only; copies of it differ in whether they begin with headings."""
    entry = entry_of("places205-vgg16")
    assert class_names(entry, None, online=True) == ()
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    lines = [f"/k/kind_{number} {number}" for number in range(205)]
    for head in ([], ["category id"]):
        (tmp_path / "categoryIndex_places205.csv").write_text("\n".join([*head, *lines]))
        names = class_names(entry, None)
        assert (len(names), names[0], names[204]) == (205, "kind_0", "kind_204")


def test_the_published_indoor_and_outdoor_labels_are_read() -> None:
    outdoor = parse_outdoor(shared("reference/places365/IO_places365.txt").read_text())
    names = parse_places365(shared("reference/places365/categories_places365.txt").read_text())
    assert len(outdoor) == len(names) == 365
    kinds = dict(zip(names, outdoor, strict=True))
    assert (kinds["alley"], kinds["bedroom"], kinds["temple/asia"], kinds["kitchen"]) == (True, False, True, False)
    assert parse_outdoor("/a/alley 3\n") == ()
    assert parse_outdoor("something else altogether\n") == ()
