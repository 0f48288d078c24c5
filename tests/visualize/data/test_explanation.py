from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.cli.kit import viz
from tests.visualize.data.made_sets import broden, coded, grey, masks, photograph, scene_parsing
from visualize.data import explain, open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUES = np.array([[0, 1, 2, 255]] * 4)


def _no_names(root: Path) -> None:
    photograph(root / "images/a.jpg", (4, 4))
    grey(root / "labels/a.png", VALUES)


def _no_colours(root: Path) -> None:
    photograph(root / "a.jpg", (4, 4))
    coded(root / "a_mask.png", VALUES * 70)


def _no_kit(root: Path) -> None:
    photograph(root / "JPEGImages/a.jpg", (4, 4))
    grey(root / "SegmentationClass/a.png", VALUES)


def _no_classes(root: Path) -> None:
    photograph(root / "images/a.jpg", (4, 4))
    (root / "labels").mkdir()
    (root / "labels/a.txt").write_text("0 0.1 0.1 0.2 0.2 0.1 0.2\n")


def _boxes(root: Path) -> None:
    photograph(root / "a.jpg", (4, 4))
    (root / "a.xml").write_text("<annotation/>")


def _half_a_city(root: Path) -> None:
    photograph(root / "leftImg8bit/train/x/a_leftImg8bit.png", (4, 4))


@pytest.mark.parametrize(
    ("make", "layout", "has", "lacks"),
    [
        (_no_names, "masks", "images/a.jpg and labels/a.png", "hold 0 to 2 and 255"),
        (_no_colours, "masks", "a.jpg and a_mask.png", "colors.txt"),
        (_no_kit, "voc", "SegmentationClass", "VOCdevkit/VOC2012"),
        (_boxes, "boxes", "a.xml", "outlines"),
        (_half_a_city, "cityscapes", "leftImg8bit", "gtFine"),
    ],
)
def test_what_is_close_to_a_layout_is_told_what_is_missing(
    tmp_path: Path, make: Callable[[Path], None], layout: str, has: str, lacks: str
) -> None:
    make(tmp_path)
    explanation = explain(tmp_path)
    assert explanation.layout is None
    near = next(near for near in explanation.near if near.layout == layout)
    assert has in near.has[0]
    assert lacks in near.lacks[0]
    with pytest.raises(InputError, match="--explain") as caught:
        open_labelled(tmp_path)
    assert explanation.near[0].lacks[0] in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all("\n" not in sentence for sentence in explanation.sentences)


def test_a_layout_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    _no_classes(tmp_path)
    explanation = explain(tmp_path)
    assert explanation.layout == "yolo"
    with pytest.raises(InputError, match="names the classes") as caught:
        open_labelled(tmp_path)
    assert explanation.fault == str(caught.value)
    assert "1 outlines" in explanation.signs[0]


@pytest.mark.parametrize(("make", "layout"), [(broden, "broden"), (scene_parsing, "sceneparsing"), (masks, "masks")])
def test_a_layout_that_is_read_has_signs_and_nothing_is_missing(
    tmp_path: Path, make: Callable[[Path], Path], layout: str
) -> None:
    explanation = explain(make(tmp_path))
    assert explanation.layout == layout
    assert explanation.signs
    assert not explanation.missing
    assert not explanation.fault
    assert explanation.pictures == len(open_labelled(tmp_path))


def test_files_are_counted_by_kind(tmp_path: Path) -> None:
    masks(tmp_path)
    (tmp_path / "note.json").write_text('{"a": 1}')
    (tmp_path / "a.json").write_text('{"shapes": []}')
    (tmp_path / "b.json").write_text('{"images": [], "annotations": [{"segmentation": []}], "categories": []}')
    (tmp_path / "more.zip").write_bytes(b"PK")
    (tmp_path / "old.heic").write_bytes(b"")
    assert explain(tmp_path).seen == {
        "pictures": 3, "masks": 2, "pictures in formats that are not read": 1, "JSON files as COCO's": 1,
        "JSON files of LabelMe": 1, "other JSON files": 1, "texts and tables": 1, "archives (unpack them)": 1,
    }  # fmt: skip


def test_the_command_says_it_for_people_and_as_json(tmp_path: Path) -> None:
    _no_names(tmp_path)
    text, document = viz("data", "--explain", tmp_path), viz("data", "--explain", tmp_path, "--json")
    assert (text.status, document.status) == (0, 0)
    assert text.out.splitlines() == explain(str(tmp_path)).sentences
    assert json.loads(document.out) == explain(str(tmp_path)).document
    assert explain(f"folder:{tmp_path}").layout == "folder"


@pytest.mark.parametrize("more", [["--check"], ["--all"], ["--colors"], ["--count", "3"], ["--fetch"]])
def test_options_that_say_nothing_there_are_refused(tmp_path: Path, more: list[str]) -> None:
    result = viz("data", "--explain", tmp_path, *more)
    assert result.status == 2
    assert more[0] in result.err


@pytest.mark.parametrize("name", ["gone", "", "scenes"])
def test_what_is_no_folder_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(InputError, match="is no folder on this disk"):
        explain(name)
