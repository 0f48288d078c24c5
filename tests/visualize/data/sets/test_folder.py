from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.kit.shared import shared
from visualize.data import open_images
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Images

SMALL = Preparation(size=(8, 8))


def _dot(path: Path, colour: tuple[int, int, int] = (0, 0, 0)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (2, 2), colour).save(path)


def _files(images: Images) -> list[str]:
    return [images.file(index) for index in range(len(images))]


def test_a_folder_is_searched_recursively_and_sorted_by_path(tmp_path: Path) -> None:
    names = ["b.png", "a/z.JPG", "a/b/c.jpeg", "a-b/d.tiff", "c.gif", "a.webp", "a/b.bmp", "Z.tif"]
    for name in names:
        _dot(tmp_path / name)
    for other in ["notes.txt", ".hidden.png", ".git/e.png", "a/.x/f.png", "a/Thumbs.db", "png"]:
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).write_bytes(b"")
    expected = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path / name for name in names)]
    images = open_images(tmp_path)
    assert isinstance(images, Images)
    assert _files(images) == expected
    assert images.name == tmp_path.name


def test_pictures_are_loaded_by_their_place(tmp_path: Path) -> None:
    _dot(tmp_path / "a/red.png", (255, 0, 0))
    _dot(tmp_path / "b/blue.png", (0, 0, 255))
    images = open_images(str(tmp_path))
    np.testing.assert_array_equal(images.load(0, SMALL), np.full((8, 8, 3), (255, 0, 0)))
    np.testing.assert_array_equal(images.load(1, SMALL), np.full((8, 8, 3), (0, 0, 255)))


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    _dot(tmp_path / "set/a/one.png")
    _dot(tmp_path / "elsewhere/two.png")
    (tmp_path / "set/a/back").symlink_to(tmp_path / "set")
    (tmp_path / "set/c").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set/gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "set/self.png").symlink_to(tmp_path / "set/self.png")
    images = open_images(tmp_path / "set")
    assert _files(images) == ["a/one.png", "c/two.png", "gone.png", "self.png"]
    for index in (2, 3):
        with pytest.raises(BrokenImage, match=images.file(index)):
            images.load(index, SMALL)


def test_a_name_that_is_no_text_can_still_be_said(tmp_path: Path) -> None:
    try:
        _dot(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    images = open_images(tmp_path)
    assert images.file(0) == "caf\N{REPLACEMENT CHARACTER}.png"
    assert images.load(0, SMALL).shape == (8, 8, 3)


def test_what_is_no_folder_of_pictures_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty/inner").mkdir(parents=True)
    (tmp_path / "file.png").write_bytes(b"")
    for where, message in {
        "empty": "no pictures in .*empty",
        "missing": "missing does not exist",
        "file.png": "file.png is a file",
    }.items():
        with pytest.raises(InputError, match=message) as caught:
            open_images(tmp_path / where)
        assert "\n" not in str(caught.value)


def _broden(root: Path, index: str) -> Path:
    _dot(root / "images/b/two.png")
    _dot(root / "images/a/one.png")
    (root / "index.csv").write_text(index, encoding="utf-8")
    return root


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_broden_lists_its_pictures_in_the_order_of_its_index(tmp_path: Path, start: str) -> None:
    root = _broden(
        tmp_path, f"{start}image,split,ih,iw\nb/two.png,train,2,2\r\na/one.png,val,2,2\nb/gone.png,val,2,2\n"
    )
    with pytest.raises(InputError, match=r"1 of the 3 pictures .* is not there \(b/gone\.png\)"):
        open_images(root)
    _dot(root / "images/b/gone.png")
    images = open_images(root)
    assert _files(images) == ["b/two.png", "a/one.png", "b/gone.png"]
    assert images.load(0, SMALL).shape == (8, 8, 3)


@pytest.mark.parametrize("image", ["../../secret.png", "/etc/secret.png", "a/../../x.png", "..\\x.png", "C:\\x.png"])
def test_broden_must_not_lead_out_of_its_folder(tmp_path: Path, image: str) -> None:
    root = _broden(tmp_path, f"image,split\nb/two.png,train\n{image},train\n")
    with pytest.raises(InputError, match=r"index\.csv, line 3: .* out"):
        open_images(root)


def test_a_broken_index_is_refused(tmp_path: Path) -> None:
    root = _broden(tmp_path, "image,split\n,train\n")
    with pytest.raises(InputError, match=r"line 2: .*image is empty"):
        open_images(root)
    (root / "index.csv").write_bytes(b"image,split\n\xff\xfe\xfa,train\n")
    with pytest.raises(InputError, match="cannot be read"):
        open_images(root)
    (root / "index.csv").write_text("image,split\n")
    with pytest.raises(InputError, match=r"no pictures in .*looked for"):
        open_images(root)
    (root / "images").rename(root / "pictures")
    with pytest.raises(InputError, match="no folder images"):
        open_images(root)


def test_an_index_of_something_else_is_left_alone(tmp_path: Path) -> None:
    root = _broden(tmp_path, "name,price\nbread,3\n")
    assert _files(open_images(root)) == ["images/a/one.png", "images/b/two.png"]


def test_a_real_set_in_brodens_format_lists_its_pictures() -> None:
    root = shared("data/camvid-broden")
    images = open_images(root)
    lines = (root / "index.csv").read_text().splitlines()[1:]
    assert images.name == "camvid-broden"
    inner = open_images(root / "images")  # where the label maps lie too
    assert inner.name == images.name
    assert _files(inner) == _files(images)
    assert _files(images) == [line.split(",")[0] for line in lines]
    with Image.open(root / "images" / images.file(7)) as picture:
        np.testing.assert_array_equal(images.load(7, Preparation()), np.array(picture.convert("RGB")))


def test_a_sample_of_a_folder_follows_its_seed_and_keeps_the_order(tmp_path: Path) -> None:
    for number in range(30):
        _dot(tmp_path / f"{number:02}.png")
    samples = [_files(open_images(tmp_path, count=10, seed=seed)) for seed in (0, 0, 1)]
    assert samples[0] == samples[1] != samples[2]
    assert samples[0] == sorted(set(samples[0]))
    assert len(samples[0]) == 10
    assert len(open_images(tmp_path, count=99)) == 30
    with pytest.raises(InputError, match="a probe set of 0 pictures"):
        open_images(tmp_path, count=0)
