"""Label map files of any kind hold the numbers that they were written with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tests.kit.shared import shared
from tests.visualize.data.made_sets import blocks, broden, only_map
from tests.visualize.data.pictures import png, png_header
from visualize.data import open_labelled
from visualize.data.files.label_maps import lookup, read_colours, read_indices, red_green, red_green_blue, translate
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


EIGHT = Preparation(size=(8, 8))


def test_a_palette_and_grey_hold_the_colours_they_stand_for(tmp_path: Path) -> None:
    """Programs that shrink PNG files store few colours as a palette, and equal channels as grey."""
    labelled = open_labelled(broden(tmp_path))
    path = tmp_path / "images/a_part.png"
    with Image.open(path) as stored:
        stored.convert("P", palette=Image.Palette.ADAPTIVE, colors=8).save(path)
    np.testing.assert_array_equal(only_map(labelled.labels(0, EIGHT), "part"), blocks((4, 4), [0, 3, 300], 2))


def test_threads_read_the_real_maps_as_pillow_does() -> None:
    root = shared("data/camvid-broden")
    labelled = open_labelled(root, count=40)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda index: labelled.labels(index % 40, Preparation()), range(120)))
    for index, labels in enumerate(read):
        path = root / "images" / labelled.file(index % 40).replace(".jpg", "_object.png")
        with Image.open(path) as stored:
            values = np.asarray(stored).astype(int)
        np.testing.assert_array_equal(only_map(labels, "object"), values[..., 0] + 256 * values[..., 1])
        assert only_map(labels, "color").shape == (112, 112)


@given(arrays(np.int32, (3, 4), elements=st.integers(0, 2**24 - 1)))
def test_colours_hold_the_numbers_that_are_coded_in_them(numbers: NDArray[np.int32]) -> None:
    colours = np.ascontiguousarray(numbers.astype("<u4")).view(np.uint8).reshape(3, 4, 4)[..., :3]
    np.testing.assert_array_equal(red_green_blue(colours), numbers)
    np.testing.assert_array_equal(red_green(colours), numbers % 65536)


@pytest.mark.parametrize(("mode", "most"), [("L", 255), ("P", 255), ("I;16", 65535), ("1", 1)])
def test_indices_are_read_from_every_kind_of_grey_and_from_palettes(tmp_path: Path, mode: str, most: int) -> None:
    values = np.random.default_rng(0).integers(0, most + 1, (5, 6))
    kind = np.uint16 if most > 255 else np.bool_ if mode == "1" else np.uint8
    picture = Image.fromarray(values.astype(kind))
    if mode == "P":
        picture.putpalette([value for number in range(256) for value in (255 - number, number, 7)])
    assert picture.mode == mode
    picture.save(tmp_path / "map.png")
    np.testing.assert_array_equal(read_indices(tmp_path / "map.png", "a.jpg"), values)


def test_numbers_are_translated_or_named() -> None:
    table = lookup([(3, 30), (1, 10)])
    np.testing.assert_array_equal(translate(np.array([[0, 1, 3]]), table, "map.png"), [[0, 10, 30]])
    with pytest.raises(InputError, match=r"map\.png does not have label 2, 900$"):
        translate(np.array([[900, 2, 3, 2]]), table, "map.png")


def test_a_map_of_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "vast.png").write_bytes(png_header(20_000, 20_000))
    with pytest.raises(BrokenImage, match=r"^a\.jpg: its label map .*vast\.png cannot be used: .*400,000,000 pixels"):
        read_colours(tmp_path / "vast.png", "a.jpg")


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_few_bits_is_read_as_its_values(tmp_path: Path, bits: int) -> None:
    values = np.random.default_rng(0).integers(0, 2**bits, (7, 9, 1), np.uint8)
    (tmp_path / "map.png").write_bytes(png(values, bits))
    np.testing.assert_array_equal(read_indices(tmp_path / "map.png", "a.jpg"), values[..., 0])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_of_few_bits_is_read_as_its_places(tmp_path: Path, bits: int) -> None:
    values = np.random.default_rng(0).integers(0, 2**bits, (7, 9), np.uint8)
    picture = Image.fromarray(values)
    picture.putpalette([number * 37 % 256 for number in range(3 * 2**bits)])
    picture.save(tmp_path / "map.png", bits=bits)
    np.testing.assert_array_equal(read_indices(tmp_path / "map.png", "a.jpg"), values)


@pytest.mark.parametrize("most", [3, 15, 200, 255, 300, 4095])
def test_a_pgm_is_read_as_its_values_whatever_its_largest(tmp_path: Path, most: int) -> None:
    values = np.random.default_rng(0).integers(0, most + 1, (7, 9))
    (tmp_path / "map.pgm").write_text(f"P2 9 7 {most}\n{' '.join(map(str, values.ravel()))}\n")
    np.testing.assert_array_equal(read_indices(tmp_path / "map.pgm", "a.jpg"), values)


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("depth", [8, 16])
def test_equal_channels_are_read_as_grey(tmp_path: Path, channels: int, depth: int) -> None:
    values = np.random.default_rng(0).integers(0, 9, (7, 9))
    stored = np.repeat(values[..., None], channels, 2).astype(f"u{depth // 8}")
    if channels in {2, 4}:
        stored[..., -1] = 2**depth - 1
    (tmp_path / "map.png").write_bytes(png(stored))
    if (channels, depth) == (2, 16):  # Pillow makes eight bits of these, and the lower ones are lost
        with pytest.raises(BrokenImage, match="channels have 16 bits"):
            read_indices(tmp_path / "map.png", "a.jpg")
        return
    np.testing.assert_array_equal(read_indices(tmp_path / "map.png", "a.jpg"), values)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_whole_numbers_of_32_bits_are_read(tmp_path: Path, kind: type) -> None:
    values = np.random.default_rng(0).integers(0, 1000, (7, 9))
    Image.fromarray(values.astype(kind)).save(tmp_path / "map.tif")
    np.testing.assert_array_equal(read_indices(tmp_path / "map.tif", "a.jpg"), values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((3, 4), 0.5, np.float32), "fractions"),
        (np.full((3, 4), np.nan, np.float32), "fractions"),
        (np.full((3, 4), -1, np.float32), "holds -1 to -1"),
        (np.full((3, 4), -1, np.int32), "holds -1 to -1"),
        (np.full((3, 4), np.inf, np.float32), "fractions"),
    ],
)
def test_values_that_are_no_labels_are_refused(tmp_path: Path, values: NDArray[np.generic], message: str) -> None:
    Image.fromarray(values).save(tmp_path / "map.tif")
    with pytest.raises(BrokenImage, match=message):
        read_indices(tmp_path / "map.tif", "a.jpg")


def test_half_transparent_labels_are_refused(tmp_path: Path) -> None:
    stored = np.full((4, 5, 4), 3, np.uint8)
    stored[..., 3] = 255
    stored[0, 0, 3] = 7
    Image.fromarray(stored).save(tmp_path / "map.png")
    with pytest.raises(BrokenImage, match="transparent"):
        read_indices(tmp_path / "map.png", "a.jpg")
    stored[0, 0, :3] = 0  # nothing is drawn there, and nothing is labelled
    Image.fromarray(stored).save(tmp_path / "map.png")
    assert read_indices(tmp_path / "map.png", "a.jpg").tolist() == stored[..., 0].tolist()
