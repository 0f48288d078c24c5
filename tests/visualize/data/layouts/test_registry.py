from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import Cityscapes

from methods.errors import BrokenImage, InputError
from methods.network.preprocessing import Preparation
from methods.pictures.labelled import Labelled
from tests.visualize.data.made_sets import broden, coded, exact, grey, only_map, photograph, table
from visualize.data import open_images, open_labelled
from visualize.data.layouts.cityscapes import CLASSES
from visualize.data.layouts.registry import LAYOUTS, recognise

if TYPE_CHECKING:
    from pathlib import Path


FOUR = exact((4, 4))


def _map(where: Path, *values: int) -> Path:
    grey(where, np.array([values] * 4))
    return where


def _scene_parsing(root: Path) -> Path:
    for name in ("ADE_train_1", "ADE_train_2"):
        photograph(root / f"images/training/{name}.jpg", (4, 4))
        _map(root / f"annotations/training/{name}.png", 1, 0, 2, 3)
    (root / "objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tName\n1\t.1\t5\t6\twall\n2 \t.1\t5\t6\tscreen door, screen\n"
        "3\t.1\t5\t6\tscreen, CRT screen \n"
    )
    (root / "sceneCategories.txt").write_text("ADE_train_1 airport_terminal\nADE_train_2 bathroom\n")
    return root


def _cityscapes(root: Path) -> Path:
    photograph(root / "leftImg8bit/val/ulm/ulm_1_leftImg8bit.png", (4, 4))
    photograph(root / "leftImg8bit/test/bonn/bonn_1_leftImg8bit.png", (4, 4))
    _map(root / "gtFine/val/ulm/ulm_1_gtFine_labelIds.png", 7, 3, 0, 26)
    _map(root / "gtFine/val/ulm/ulm_1_gtFine_instanceIds.png", 9, 9, 9, 9)
    _map(root / "gtFine/test/bonn/bonn_1_gtFine_labelIds.png", 0, 0, 0, 0)
    return root


def _voc(root: Path) -> Path:
    kit = root / "VOCdevkit/VOC2012"
    for name in ("2007_01", "2007_02", "2007_03"):
        photograph(kit / f"JPEGImages/{name}.jpg", (4, 4))
    for name in ("2007_01", "2007_02"):
        mask = Image.fromarray(np.array([[7, 0, 255, 20]] * 4, np.uint8), "P")
        mask.putpalette([value for number in range(256) for value in (255 - number, number, 7)])
        (kit / "SegmentationClass").mkdir(exist_ok=True)
        mask.save(kit / f"SegmentationClass/{name}.png")
    (kit / "ImageSets/Segmentation").mkdir(parents=True)
    (kit / "ImageSets/Segmentation/trainval.txt").write_text("2007_01\n2007_02\n")
    return root


def _masks(root: Path) -> Path:
    photograph(root / "images/a/one.jpg", (4, 4))
    photograph(root / "images/two.png", (4, 4))
    photograph(root / "images/three.webp", (4, 4))
    _map(root / "masks/a/one.png", 1, 0, 2, 255)
    coded(root / "masks/two.png", np.array([[300, 1, 0, 2]] * 4))
    table(
        root / "names.csv",
        [("number", "name", "category"), (1, "wall", ""), (2, "oak", "material"), (300, "rug", "object")],
    )
    return root


MAKERS = {"sceneparsing": _scene_parsing, "cityscapes": _cityscapes, "voc": _voc, "masks": _masks, "broden": broden}


@pytest.mark.parametrize("name", MAKERS)
def test_a_layout_is_recognised_and_can_be_said(tmp_path: Path, name: str) -> None:
    root = MAKERS[name](tmp_path / "set")
    assert recognise(root) == name
    found, said = open_labelled(root), open_labelled(f"{name}:{root}")
    assert isinstance(found, Labelled)
    assert found.fingerprint == said.fingerprint
    numbers = [one.number for one in found.concepts]
    assert numbers == sorted(set(numbers))
    assert {one.category for one in found.concepts} == set(found.categories)
    assert found.label_shape(Preparation()) == (112, 112)
    images = open_images(root)
    assert [images.file(index) for index in range(len(images))] == [found.file(index) for index in range(len(found))]
    np.testing.assert_array_equal(images.load(0, FOUR), found.load(0, FOUR))
    assert len(open_labelled(root, count=1)) == len(open_images(root, count=1)) == 1


def test_scene_parsing_has_objects_and_scenes(tmp_path: Path) -> None:
    found = open_labelled(_scene_parsing(tmp_path))
    assert [(one.number, one.name, one.category) for one in found.concepts] == [
        (1, "wall", "object"),
        (2, "screen door", "object"),
        (3, "screen", "object"),
        (4, "airport_terminal", "scene"),
        (5, "bathroom", "scene"),
    ]
    labels = found.labels(1, FOUR)
    np.testing.assert_array_equal(only_map(labels, "object"), [[1, 0, 2, 3]] * 4)
    assert labels["scene"] == [5]
    (tmp_path / "sceneCategories.txt").write_text("ADE_train_1\n")
    with pytest.raises(InputError, match=r"sceneCategories\.txt, line 1"):
        open_labelled(tmp_path)


def test_classes_that_share_a_first_synonym_keep_all_of_them(tmp_path: Path) -> None:
    root = _scene_parsing(tmp_path)
    (root / "objectInfo150.txt").write_text("Idx\tName\n1\tscreen\n2\tscreen, display\n3\tdoor, gate\n")
    assert [one.name for one in open_labelled(root, categories=["object"]).concepts] == [
        "screen",
        "screen, display",
        "door",
    ]


def test_cityscapes_labels_are_those_torchvision_lists(tmp_path: Path) -> None:
    assert {one.id: one.name for one in Cityscapes.classes if one.id > 3} == CLASSES
    found = open_labelled(_cityscapes(tmp_path))
    assert [found.file(index) for index in range(len(found))] == ["leftImg8bit/val/ulm/ulm_1_leftImg8bit.png"]
    np.testing.assert_array_equal(only_map(found.labels(0, FOUR), "object"), [[7, 0, 0, 26]] * 4)


def test_voc_leaves_background_and_borders_out(tmp_path: Path) -> None:
    found = open_labelled(_voc(tmp_path))
    names = {one.number: one.name for one in found.concepts}
    assert (len(found), len(names), names[7], names[20]) == (2, 20, "car", "tv monitor")
    np.testing.assert_array_equal(only_map(found.labels(1, FOUR), "object"), [[7, 0, 0, 20]] * 4)
    for inner in ("VOCdevkit", "VOCdevkit/VOC2012"):
        assert open_labelled(tmp_path / inner).fingerprint == found.fingerprint
    (tmp_path / "VOCdevkit/VOC2012/ImageSets/Segmentation/trainval.txt").unlink()
    with pytest.raises(InputError, match="torchvision does not find VOC 2012"):
        open_labelled(tmp_path)


def test_ones_own_masks_may_be_grey_or_in_colour_and_of_several_categories(tmp_path: Path) -> None:
    found = open_labelled(_masks(tmp_path))
    assert found.categories == ("object", "material")
    assert [found.file(index) for index in range(3)] == ["images/a/one.jpg", "images/three.webp", "images/two.png"]
    first, bare, second = (found.labels(index, FOUR) for index in range(3))
    np.testing.assert_array_equal(only_map(first, "object"), [[1, 0, 0, 0]] * 4)
    np.testing.assert_array_equal(only_map(first, "material"), [[0, 0, 2, 0]] * 4)
    np.testing.assert_array_equal(only_map(second, "object"), [[300, 1, 0, 0]] * 4)
    assert bare == {}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("names.txt", "wall\noak\nrug\n"),
        ("names.txt", "2: oak\n\n1 wall\n3,rug\n"),
        ("names.json", json.dumps({"1": "wall", "2": "oak", "3": "rug"})),
        ("names.json", json.dumps(["wall", "oak", "rug"])),
        ("names.csv", "\ufeffname,number\r\noak,2\r\nwall,1\r\nrug,3\r\n"),
    ],
)
def test_names_can_be_written_in_several_ways(tmp_path: Path, file: str, content: str) -> None:
    root = _masks(tmp_path)
    (root / "names.csv").unlink()
    (root / file).write_text(content, encoding="utf-8")
    assert [(one.number, one.name) for one in open_labelled(root).concepts] == [(1, "wall"), (2, "oak"), (3, "rug")]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("names.json", "{", "cannot be read"),
        ("names.json", '"wall"', "is neither"),
        ("names.json", '{"one": "wall"}', "is neither"),
        ("names.txt", "\n", "names nothing"),
        ("names.txt", "1 wall\n1 oak\n", "1 is there twice"),
        ("names.csv", "number,name\nx,wall\n", r"names\.csv, line 2"),
    ],
)
def test_wrong_names_are_refused(tmp_path: Path, file: str, content: str, message: str) -> None:
    root = _masks(tmp_path)
    (root / "names.csv").unlink()
    (root / file).write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        open_labelled(root)
    assert "\n" not in str(caught.value)


def test_a_mask_with_unknown_values_or_of_another_size_is_refused(tmp_path: Path) -> None:
    found = open_labelled(_masks(tmp_path))
    _map(tmp_path / "masks/a/one.png", 1, 9, 11, 0)
    with pytest.raises(InputError, match=r"one\.png: .*names\.csv does not have label 9, 11"):
        found.labels(0, FOUR)
    _map(tmp_path / "masks/a/one.png", 1, 2, 0, 0, 0)
    with pytest.raises(
        InputError, match=r"one\.png is 5 x 4 pixels; expected 4 x 4, which its picture images/a/one\.jpg"
    ):
        found.labels(0, FOUR)
    (tmp_path / "images/a/one.jpg").write_bytes(b"")
    with pytest.raises(BrokenImage, match=r"^images/a/one\.jpg: it is no picture"):
        found.labels(0, FOUR)


def test_a_turned_photograph_takes_its_mask_along(tmp_path: Path) -> None:
    """The file is stored lying, and its mask was drawn over the stored or over the upright pixels."""
    root = _masks(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.zeros((4, 8, 3), np.uint8)
    stored[:, 4:] = 255
    Image.fromarray(stored).save(root / "images/a/one.jpg", "PNG", exif=exif)
    for mask in (stored[..., 0] // 255, np.rot90(stored[..., 0] // 255, -1)):
        grey(root / "masks/a/one.png", mask)
        found = open_labelled(root, categories=["object"])
        shown = found.load(0, Preparation(size=(16, 8)))[1::2, 1::2, 0]
        np.testing.assert_array_equal(only_map(found.labels(0, Preparation(size=(16, 8))), "object"), shown > 127)


def test_folders_of_a_set_may_be_links_and_files_in_them_may_not_lead_out(tmp_path: Path) -> None:
    root = _masks(tmp_path / "set")
    for folder in ("images", "masks"):
        (root / folder).rename(tmp_path / folder)  # to another disk
        (root / folder).symlink_to(tmp_path / folder)
    found = open_labelled(root)
    assert found.load(0, FOUR).shape == (8, 8, 3)
    assert only_map(found.labels(0, FOUR), "object").any()
    (tmp_path / "images/two.png").rename(tmp_path / "two.png")
    (tmp_path / "images/two.png").symlink_to(tmp_path / "two.png")
    with pytest.raises(InputError, match=r"two\.png is a link that leads out of .*images; copy the file there"):
        open_labelled(root).load(2, FOUR)


def test_names_may_hold_blanks_and_any_letters_and_endings_any_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "m\u00fd set \u4e16"
    photograph(root / "images/\u00e4 b/\u00e9 1.JPG", (4, 4))
    photograph(root / "images/.hidden.jpg", (4, 4))
    _map(root / "masks/\u00e4 b/\u00e9 1.PNG", 1, 2, 0, 255)
    (root / "names.txt").write_text("Ziegel\nGr\u00fcn\n", encoding="utf-8")
    monkeypatch.chdir(root)
    for where in (root, ".", f"../{root.name}/", f"masks:../{root.name}"):
        found = open_labelled(where)
        assert [found.file(index) for index in range(len(found))] == ["images/\u00e4 b/\u00e9 1.JPG"]
        assert [one.name for one in found.concepts] == ["Ziegel", "Gr\u00fcn"]
        np.testing.assert_array_equal(only_map(found.labels(0, FOUR), "object"), [[1, 2, 0, 0]] * 4)


def test_a_folder_is_listed_once_to_see_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("", "a/", "b/c/"):
        photograph(tmp_path / f"set/{folder}one.png", (4, 4))
    listed: list[str] = []
    real = os.scandir

    def counting(where: Path) -> object:
        listed.append(str(where))
        return real(where)

    monkeypatch.setattr(os, "scandir", counting)
    assert recognise(tmp_path / "set") is None
    assert sorted(listed) == [str(tmp_path / "set" / name) for name in ("", "a", "b", "b/c")]
    photograph(tmp_path / "set/two_seg.png", (4, 4))  # and looked at anew the next time
    photograph(tmp_path / "set/two.jpg", (4, 4))
    assert recognise(tmp_path / "set") == "ade20k"


def test_a_prefix_overrules_what_lies_there(tmp_path: Path) -> None:
    root = _masks(tmp_path / "set")
    images = open_images(f"folder:{root}")
    assert {images.file(index).split("/")[0] for index in range(len(images))} == {"images", "masks"}
    with pytest.raises(InputError, match="has no labels in a layout that is known"):
        open_labelled(f"folder:{root}")
    for name in set(LAYOUTS) - {"masks"}:
        with pytest.raises(InputError) as caught:
            open_labelled(f"{name}:{root}")
        assert "\n" not in str(caught.value)


def test_what_is_no_labelled_set_is_refused_in_one_line(tmp_path: Path) -> None:
    photograph(tmp_path / "plain/a.png", (4, 4))
    with pytest.raises(InputError, match=r"no labels in a layout that is known \(broden.*--colors"):
        open_labelled(tmp_path / "plain")
    with pytest.raises(InputError, match=r"does not exist; .*did you mean scenes"):
        open_labelled("scene")
    with pytest.raises(InputError, match="is a file"):
        open_labelled(tmp_path / "plain/a.png")
    with pytest.raises(InputError, match="ask for 1 or more"):
        open_labelled("scenes", count=0)
    with pytest.raises(InputError, match="is empty"):
        open_labelled("coco:")
    for name in LAYOUTS:
        with pytest.raises(InputError, match="does not exist"):
            open_labelled(f"{name}:{tmp_path / 'nowhere'}")
