from __future__ import annotations

import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.visualize.data.pictures import KINDS, jpeg, png_header
from visualize.data import read_picture
from visualize.methods.errors import BrokenImage
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path


SMALL = Preparation(size=(24, 32))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_becomes_the_rgb_it_shows(tmp_path: Path, name: str) -> None:
    expected = KINDS[name](tmp_path / name)
    read = read_picture(tmp_path / name)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_as_pillow_itself_would(tmp_path: Path, orientation: int) -> None:
    values = np.random.default_rng(orientation).integers(0, 256, (5, 7, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(values).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as picture:
        expected = np.array(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(read_picture(tmp_path / "turned.png"), expected)
    assert expected.shape == ((5, 7, 3) if orientation < 5 else (7, 5, 3))


def test_a_damaged_note_about_the_camera_does_not_matter(tmp_path: Path) -> None:
    values = np.full((4, 4, 3), 200, np.uint8)
    Image.fromarray(values).save(tmp_path / "odd.png", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    np.testing.assert_array_equal(read_picture(tmp_path / "odd.png"), values)


def test_the_preparation_scales_and_crops_as_pillow_does(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    whole = Image.fromarray(values).resize((48, 32), Image.Resampling.BILINEAR)  # the shorter side becomes 32
    expected = np.array(whole.crop((12, 4, 36, 28)))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png", Preparation(size=(24, 24), resize=32)), expected)


@pytest.mark.parametrize("resize", [None, 28, (28, 40)])
def test_one_pixel_becomes_a_plain_picture(tmp_path: Path, resize: int | tuple[int, int] | None) -> None:
    Image.new("RGB", (1, 1), (10, 200, 30)).save(tmp_path / "dot.png")
    read = read_picture(tmp_path / "dot.png", Preparation(size=(24, 32), resize=resize))
    np.testing.assert_array_equal(read, np.full((24, 32, 3), (10, 200, 30), np.uint8))


@pytest.mark.parametrize("size", [(1, 30_000), (30_000, 1), (2, 9_999)])
def test_a_thread_of_a_picture_is_read_without_scaling_its_ends(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (10, 200, 30)).save(tmp_path / "thread.png")
    tracemalloc.start()
    read = read_picture(tmp_path / "thread.png", Preparation(size=(24, 24), resize=256))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(read, np.full((24, 24, 3), (10, 200, 30), np.uint8))
    assert most < 50e6


def test_the_middle_of_a_long_picture_is_what_is_seen(tmp_path: Path) -> None:
    values = np.zeros((10, 1000, 3), np.uint8)
    values[:, 495:505] = 255
    Image.fromarray(values).save(tmp_path / "long.png")
    read = read_picture(tmp_path / "long.png", Preparation(size=(10, 30), resize=10))
    np.testing.assert_array_equal(read, values[:, 485:515])


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:1600, 0:2400]
    values = np.stack([rows / 1600 * 255, columns / 2400 * 255, (rows + columns) / 4000 * 255], -1).astype(np.uint8)
    (tmp_path / "large.jpg").write_bytes(jpeg(values))
    read = read_picture(tmp_path / "large.jpg", SMALL)
    exact = np.array(Image.fromarray(values).resize((32, 24), Image.Resampling.BILINEAR))
    assert np.abs(read.astype(int) - exact).max() <= 2


def test_a_jpeg_near_the_wanted_size_is_read_exactly(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    (tmp_path / "near.jpg").write_bytes(jpeg(values))
    with Image.open(tmp_path / "near.jpg") as picture:
        expected = np.array(picture.resize((32, 24), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(read_picture(tmp_path / "near.jpg", SMALL), expected)


def _damaged(path: Path) -> dict[str, tuple[bytes, str]]:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path / "whole.png")
    png, whole = (path / "whole.png").read_bytes(), jpeg(noise)
    return {
        "text.jpg": (b"this is a text\n", "no picture"),
        "nothing.png": (b"", "no picture"),
        "half.jpg": (whole[: len(whole) // 2], "truncated"),
        "half.png": (png[: len(png) // 2], ""),
        "garbage.png": (png[:60] + b"\0" * 500 + png[560:], ""),
        "head.jpg": (whole[:30], ""),
        "vast.png": (png_header(20_000, 20_000), "400,000,000 pixels"),
        "thread.png": (png_header(90_000_000, 1), "90000000 x 1 pixels, and at most 1,000,000 on a side"),
        "larger.png": (png_header(11_000, 10_000), "11000 x 10000 pixels"),
        "absurd.png": (png_header(2**31 - 1, 2**31 - 1), "4,611,686,014,132,420,609 pixels"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "absurd.png", "garbage.png", "half.jpg", "half.png", "head.jpg", "larger.png", "nothing.png", "text.jpg",
        "thread.png", "vast.png",
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_with_its_reason(tmp_path: Path, name: str) -> None:
    content, reason = _damaged(tmp_path)[name]
    (tmp_path / name).write_bytes(content)
    tracemalloc.start()
    with pytest.raises(BrokenImage, match=rf"^folder/{re.escape(name)}: .*{reason}") as caught:
        read_picture(tmp_path / name, SMALL, name=f"folder/{name}")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.file == f"folder/{name}"
    assert "\n" not in str(caught.value)
    assert most < 20e6


def test_a_missing_file_and_a_folder_are_broken_pictures(tmp_path: Path) -> None:
    with pytest.raises(BrokenImage, match="No such file"):
        read_picture(tmp_path / "none.jpg")
    with pytest.raises(BrokenImage, match="directory"):
        read_picture(tmp_path)


def test_threads_read_the_same_pixels(tmp_path: Path) -> None:
    expected = {name: make(tmp_path / name) for name, make in KINDS.items()}
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda name: read_picture(tmp_path / name), list(expected) * 20))
    for values, name in zip(read, list(expected) * 20, strict=True):
        np.testing.assert_array_equal(values, expected[name])
