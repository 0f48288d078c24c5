from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.data.made_sets import exact, grey, only_map, photograph
from visualize.data import open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {1: "road", 2: "sky", 3: "street sign"}
COLOURS = {0: (0, 0, 0), 1: (128, 64, 128), 2: (70, 130, 180), 3: (220, 220, 0)}
SIZE = (6, 8)
TABLES = {
    "name first": ("colors.txt", "road 128 64 128\nsky 70 130 180\nstreet sign 220 220 0\n"),
    "colour first": ("names.txt", "128 64 128 road\n70 130 180\tsky\n220 220 0  street sign\n"),
    "commas": ("names.csv", "road,128,64,128\nsky,70,130,180\nstreet sign,220,220,0\n"),
    "columns": ("class_dict.csv", "name,r,g,b\nroad,128,64,128\nsky,70,130,180\nstreet sign,220,220,0\n"),
    "columns elsewhere": (
        "colors.csv", "R;G;B;Class\n128;64;128;road\n70;130;180;sky\n220;220;0;street sign\n",
    ),
    "values too": ("colors.txt", "1 road 128 64 128\n2 sky 70 130 180\n3 street sign 220 220 0\n"),
    "CVAT's": (
        "labelmap.txt",
        "# label:color_rgb:parts\nbackground:0,0,0::\nroad:128,64,128::\nsky:70,130,180::\nstreet sign:220,220,0::\n",
    ),
}  # fmt: skip


def _painted(path: Path, values: np.ndarray, *, palette: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    colours = np.array([COLOURS[number] for number in range(4)], np.uint8)
    if palette:
        picture = Image.fromarray(values.astype(np.uint8), "P")
        picture.putpalette(colours.ravel().tolist())
        picture.save(path)
    else:
        Image.fromarray(colours[values]).save(path)


@pytest.mark.parametrize("table", TABLES)
def test_masks_in_colour_have_the_labels_of_the_same_masks_in_values(tmp_path: Path, table: str) -> None:
    name, text = TABLES[table]
    for seed, place in enumerate("ab"):
        values = np.random.default_rng(seed).integers(0, 4, SIZE)
        for root in ("colours", "values"):
            photograph(tmp_path / f"{root}/images/{place}.jpg", SIZE, seed)
        _painted(tmp_path / f"colours/masks/{place}.png", values, palette=bool(seed))
        grey(tmp_path / f"values/masks/{place}.png", values)
    (tmp_path / "colours" / name).write_text(text)
    (tmp_path / "values/names.txt").write_text("".join(f"{number} {each}\n" for number, each in NAMES.items()))
    painted, plain = open_labelled(tmp_path / "colours"), open_labelled(tmp_path / "values")
    assert list(painted.concepts) == list(plain.concepts)
    for index in range(2):
        one, other = (only_map(each.labels(index, exact(SIZE)), "object") for each in (painted, plain))
        np.testing.assert_array_equal(one, other)


def test_colours_may_share_a_name_and_void_is_no_label(tmp_path: Path) -> None:
    photograph(tmp_path / "a.jpg", SIZE)
    _painted(tmp_path / "a_mask.png", np.tile([0, 1, 2, 3], (6, 2)))
    (tmp_path / "colors.txt").write_text("road 128 64 128\nroad 70 130 180\nvoid 220 220 0\n")
    labelled = open_labelled(tmp_path)
    assert [concept.name for concept in labelled.concepts] == ["road"]
    labels = only_map(labelled.labels(0, exact(SIZE)), "object")
    np.testing.assert_array_equal(labels, np.tile([0, 1, 1, 0], (6, 2)))


def test_colours_without_a_name_are_listed_in_one_line_with_their_pixels(tmp_path: Path) -> None:
    colours = np.zeros((10, 10, 3), np.uint8)
    colours.reshape(-1, 3)[:50] = [(7, number, 1) for number in range(50)]
    colours[6:8] = (9, 9, 9)
    photograph(tmp_path / "images/a.jpg", (10, 10))
    (tmp_path / "masks").mkdir()
    Image.fromarray(colours).save(tmp_path / "masks/a.png")
    (tmp_path / "colors.txt").write_text("road 128 64 128\n")
    with pytest.raises(InputError, match=r"a\.png holds 51 colours .*: 9,9,9 \(20 pixels\), 7,0,1 \(1 pix") as caught:
        open_labelled(tmp_path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("road 128 64 300\n", "from 0 to 255"),
        ("road 128 64 128\nsky\n", "line 2"),
        ("road 1 2 3\nsky 1 2 3\n", "there twice"),
        ("void 1 2 3\n", "names no colour"),
        ("road 1 2 3\n", "none of the 1 masks"),
    ],
)
def test_tables_of_colours_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    photograph(tmp_path / "images/a.jpg", SIZE)
    _painted(tmp_path / "masks/a.png", np.zeros(SIZE, int))
    (tmp_path / "colors.txt").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        open_labelled(tmp_path)
    assert "\n" not in str(caught.value)


def test_masks_in_colour_have_no_void_value(tmp_path: Path) -> None:
    photograph(tmp_path / "images/a.jpg", SIZE)
    _painted(tmp_path / "masks/a.png", np.ones(SIZE, int))
    (tmp_path / "colors.txt").write_text("road 128 64 128\n")
    with pytest.raises(InputError, match="void 0 0 0"):
        open_labelled(f"void=255:{tmp_path}")
