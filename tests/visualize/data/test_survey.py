"""Going through a probe set: what its labels cover, and which of its files cannot be used."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from tests.kit.shared import shared
from tests.visualize.data.made_sets import broden, colour_names, masks, photograph, stripes
from visualize.data import open_labelled
from visualize.data.survey import check, strays, survey

if TYPE_CHECKING:
    from pathlib import Path


def test_the_real_set_holds_what_its_tables_state() -> None:
    """c_*.csv states in how many pictures each label is, and how many pictures' worth of pixels it covers."""
    root = shared("data/camvid-broden")
    labelled = open_labelled(root)
    seen = survey(labelled, range(len(labelled)), progress=lambda *_: None)
    assert (seen.pictures, seen.broken) == (468, [])
    for category in labelled.categories:
        for row in csv.DictReader((root / f"c_{category}.csv").open()):
            assert seen.occurs[int(row["number"])] == int(row["frequency"])
            assert seen.covers[int(row["number"])] == pytest.approx(float(row["coverage"]), rel=1e-5)


def test_a_size_that_the_index_states_wrongly_is_found_with_colours_too(tmp_path: Path) -> None:
    root = broden(tmp_path / "set")
    photograph(root / "images/c.jpg", (9, 8))
    problems = check(open_labelled(root, colours=colour_names(tmp_path / "t.npy")), [2], progress=lambda *_: None)
    assert problems == [("c.jpg", "the picture is 8 x 9 pixels, and its index says 8 x 8")]


def test_shares_and_pictures_are_counted_by_category(tmp_path: Path) -> None:
    """One picture has the values 1, 0, 2 and 255 in four columns, another 300, 1, 0 and 2; the third has no mask."""
    labelled = open_labelled(masks(tmp_path))
    steps: list[tuple[int, int]] = []
    seen = survey(labelled, range(3), progress=lambda *state: steps.append(state))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert (seen.pictures, seen.broken, dict(seen.occurs)) == (3, [], {1: 2, 2: 2, 300: 1})
    assert seen.covers == pytest.approx({1: 0.5, 2: 0.5, 300: 0.25})
    assert dict(seen.annotated) == {"object": 2, "material": 2}
    assert seen.filled == pytest.approx({"object": 0.75, "material": 0.5})


def test_a_picture_with_a_broken_label_map_is_left_out_and_named(tmp_path: Path) -> None:
    labelled = open_labelled(masks(tmp_path))
    (tmp_path / "masks/two.png").write_bytes(b"no picture")
    seen = survey(labelled, range(3), progress=lambda *_: None)
    assert (seen.pictures, dict(seen.occurs)) == (2, {1: 1, 2: 1})
    ((name, reason),) = seen.broken
    assert name == "images/two.png"
    assert "masks/two.png cannot be used" in reason


def test_a_label_map_without_a_picture_is_a_stray_also_beside_colours(tmp_path: Path) -> None:
    root = masks(tmp_path / "set")
    assert strays(open_labelled(root)) == []
    stripes(root / "masks/tow.png", 1)
    table = colour_names(tmp_path / "t.npy")
    for labelled in (open_labelled(root), open_labelled(root, colours=table)):
        assert [name for name, _ in strays(labelled)] == ["masks/tow.png"]
