from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pycocotools import mask as tools
from pycocotools.coco import COCO

from tests.visualize.data.made_sets import exact, grey, photograph
from visualize.data import open_labelled
from visualize.dissection.at_hand import default_folder
from visualize.methods.errors import BrokenImage, InputError

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (24, 32)
FULL = exact(SIZE)


def _mask(top: int, left: int, bottom: int, right: int) -> np.ndarray[Any, Any]:
    mask = np.zeros(SIZE, np.uint8, order="F")
    mask[top:bottom, left:right] = 1
    return mask


def _uncompressed(mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    flat = mask.ravel(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff([0, *ends.tolist(), flat.size]).tolist()
    return {"size": list(SIZE), "counts": [0, *counts] if flat[0] else counts}


def _compressed(mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    return {"size": list(SIZE), "counts": tools.encode(mask)["counts"].decode()}


def _write(root: Path, segments: list[list[tuple[int, Any]]], name: str = "instances_x.json") -> Path:
    """Pictures with these (category, segmentation), things 3 and 90 and a crowd of them."""
    annotations: list[dict[str, Any]] = []
    images = []
    for image, each in enumerate(segments, start=1):
        photograph(root / f"photos/{image}.jpg", SIZE, image)
        images.append({"id": image, "file_name": f"{image}.jpg", "height": SIZE[0], "width": SIZE[1]})
        for category, segment in each:
            entry = {"id": len(annotations) + 1, "image_id": image, "category_id": category, "segmentation": segment}
            annotations.append({**entry, "iscrowd": int(isinstance(segment, dict))})
    names = [{"id": 3, "name": "car"}, {"id": 90, "name": "tie"}]
    (root / name).write_text(json.dumps({"images": images, "annotations": annotations, "categories": names}))
    return root / name


def _noise(seed: int) -> np.ndarray[Any, Any]:
    return np.asfortranarray(np.random.default_rng(seed).integers(0, 2, SIZE, np.uint8))


def test_every_form_of_outline_is_the_mask_of_cocos_own_tools(tmp_path: Path) -> None:
    polygons = np.random.default_rng(0).uniform(-3, 35, (4, 14)).round(2).tolist()
    table = _write(
        tmp_path,
        [
            [(3, polygons[:2]), (90, [polygons[2]]), (3, _compressed(_noise(1)))],
            [(90, _uncompressed(_noise(2))), (3, [polygons[3]]), (90, _compressed(_mask(0, 0, 24, 32)))],
            [],
        ],
    )
    own, labelled = COCO(str(table)), open_labelled(tmp_path)
    assert [labelled.file(index) for index in range(3)] == ["1.jpg", "2.jpg", "3.jpg"]
    for index in range(3):
        maps = labelled.labels(index, FULL).get("object", [])
        for number in (3, 90):
            notes = own.loadAnns(own.getAnnIds(imgIds=index + 1, catIds=[number]))
            expected = sum((own.annToMask(note) for note in notes), np.zeros(SIZE, np.uint8)) > 0
            given = np.any([np.zeros(SIZE, bool), *(np.asarray(each) == number for each in maps)], axis=0)
            np.testing.assert_array_equal(given, expected)


def test_concepts_that_nowhere_meet_share_a_map_as_ones_own_masks_do(tmp_path: Path) -> None:
    """Labels, number for number, of the same picture with a mask and names.txt."""
    apart = [(3, _compressed(_mask(2, 2, 9, 12))), (90, _uncompressed(_mask(9, 12, 20, 30)))]
    _write(tmp_path / "coco", [apart])
    photograph(tmp_path / "own/images/1.jpg", SIZE, 1)
    grey(tmp_path / "own/masks/1.png", 3 * _mask(2, 2, 9, 12) + 90 * _mask(9, 12, 20, 30))
    (tmp_path / "own/names.txt").write_text("3 car\n90 tie\n")
    coco, own = open_labelled(tmp_path / "coco"), open_labelled(tmp_path / "own")
    assert coco.concepts == own.concepts
    (given,), (expected,) = (each.labels(0, FULL)["object"] for each in (coco, own))
    np.testing.assert_array_equal(given, expected)


def test_two_sets_whose_tables_bear_one_name_have_names_and_default_folders_of_their_own(tmp_path: Path) -> None:
    tables = [
        _write(tmp_path / name, [[(3, _compressed(_noise(seed)))]], "instances.json")
        for seed, name in enumerate(("streets", "rooms"))
    ]
    streets, rooms = open_labelled(tmp_path / "streets"), open_labelled(tmp_path / "rooms")
    assert (streets.name, rooms.name) == ("streets", "rooms")
    assert default_folder("net", streets.name) != default_folder("net", rooms.name)
    assert streets.fingerprint != rooms.fingerprint  # by which a dissection begun with the other set is refused
    assert [open_labelled(f"coco:{table}").name for table in tables] == ["streets-instances", "rooms-instances"]
    assert open_labelled(f"coco:{tables[0]}").fingerprint == streets.fingerprint


def test_the_folder_of_tables_names_no_set(tmp_path: Path) -> None:
    _write(tmp_path / "streets", [[(3, _compressed(_noise(0)))]], "instances_val.json")
    folder = tmp_path / "streets/annotations"
    folder.mkdir()
    (tmp_path / "streets/instances_val.json").rename(folder / "instances_val.json")
    given = (tmp_path / "streets", folder, f"coco:{folder / 'instances_val.json'}")
    assert [open_labelled(where).name for where in given] == ["streets", "streets", "streets-instances_val"]


def test_pictures_that_are_not_there_are_left_out_and_counted(tmp_path: Path) -> None:
    table = _write(tmp_path, [[(3, _compressed(_noise(1)))], [(3, _compressed(_noise(2)))]])
    (tmp_path / "photos/1.jpg").unlink()
    with pytest.warns(UserWarning, match="1 of 2 pictures of instances_x.json are not in"):
        labelled = open_labelled(f"coco:{table}")
    assert [labelled.file(index) for index in range(len(labelled))] == ["2.jpg"]


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ({"size": [24, 32], "counts": "11"}, "do not add up"),
        ({"size": [24, 32], "counts": "~~~~"}, "none of COCO's run lengths"),
        ({"size": [24, 32], "counts": [5, -3, 766]}, "do not add up"),
        ({"size": [10**9, 10**9], "counts": [10**18]}, r"counts|a number"),
        ({"size": [10**9, 10**9], "counts": [10**9]}, "run lengths of 1,000,000,000"),
        ([np.random.default_rng(0).integers(0, 10**6, 10**4).tolist()], "pixels long"),
        ([[1, 2, 3, 4, 5]], "x and y of each point"),
        ([[1, 2, 3, 4, 5, 10**9]], "expected a number"),
        (True, "expected a list"),
    ],
)
def test_outlines_that_cannot_be_are_refused_before_they_take_memory(
    segment: object, message: str, tmp_path: Path
) -> None:
    _write(tmp_path, [[(3, segment), (90, [[1, 1, 9, 1, 9, 9]])]])
    with pytest.raises((BrokenImage, InputError), match=message):
        open_labelled(tmp_path).labels(0, FULL)


def test_a_table_of_boxes_says_that_outlines_are_missing(tmp_path: Path) -> None:
    table = _write(tmp_path, [[(3, []), (90, None)]])
    with pytest.raises(InputError, match=r"2 annotations and no outline among them"):
        open_labelled(f"coco:{table}")
