"""Files are taken for pictures by their endings or their first bytes; what Pillow itself writes is the measure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from visualize.data import open_images
from visualize.data.files.endings import ENDINGS, OTHERS, ending, is_picture, kind, stem
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.image_file import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = {
    "jfif": "JPEG", "jpe": "JPEG", "jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "apng": "PNG", "ppm": "PPM",
    "pnm": "PPM", "bmp": "BMP", "dib": "DIB", "gif": "GIF", "webp": "WEBP", "tif": "TIFF", "tiff": "TIFF", "tga": "TGA",
    "jp2": "JPEG2000", "j2k": "JPEG2000", "JPX": "JPEG2000", "TGA": "TGA", "Jfif": "JPEG",
    "PNM": "PPM",
}  # fmt: skip
WRITTEN |= {"avif": "AVIF"} if "AVIF" in FORMATS else {}  # which Pillow before 11.3 does not know
GREY = {"pgm": "PPM", "pbm": "PPM"}
EXACT = Preparation(size=(6, 8))


def test_pillow_reads_files_of_every_ending() -> None:
    known = Image.registered_extensions()
    assert set(known) | {".jpc", ".jpf"} | ({".avif", ".avifs"} if "AVIF" not in FORMATS else set()) >= ENDINGS
    assert {known[end] for end in ENDINGS if end in known} <= {*FORMATS, "TGA", "MPO"}
    assert not ENDINGS & OTHERS


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.jpg", True), ("b.JPEG", True), ("c.d.tif", True), (".e.png", False), ("png", False), ("f.txt", False),
        *((f"g.{end}", True) for end in WRITTEN),
    ],
)  # fmt: skip
def test_visible_files_with_an_ending_of_pictures_are_taken(name: str, taken: bool) -> None:  # noqa: FBT001
    assert is_picture(name) is taken


def _picture(mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (8, 6), (200, 30, 60) if mode == "RGB" else 200)


@pytest.mark.parametrize("end", [*WRITTEN, *GREY])
def test_pictures_of_every_ending_are_found_and_read(tmp_path: Path, end: str) -> None:
    name = WRITTEN.get(end) or GREY[end]
    picture = _picture() if end in WRITTEN else _picture("L" if end == "pgm" else "1")
    picture.save(tmp_path / f"a.{end}", name)
    images = open_images(tmp_path)
    assert images.file(0) == f"a.{end}"
    expected = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(images.load(0, EXACT).astype(int) - expected).max() <= 12  # what JPEG, AVIF and WebP lose


@pytest.mark.parametrize("name", ["a", "IMG_0001", "photo.2024", "x.jpg_large", "shot 12.30", "b.1", "c.jpg~"])
@pytest.mark.parametrize("kind_of_file", sorted({*FORMATS} - {"DIB"}))
def test_files_without_an_ending_are_known_by_their_first_bytes(tmp_path: Path, name: str, kind_of_file: str) -> None:
    _picture().save(tmp_path / name, kind_of_file)
    (tmp_path / "README").write_text("P3 is no picture here, BM neither\n")
    (tmp_path / "Makefile").write_bytes(b"")
    images = open_images(tmp_path)
    assert [images.file(index) for index in range(len(images))] == [name]


PASSED = {
    "a.heic": b"\0\0\0\x18ftypheic", "b.nef": b"II*\0", "c.psd": b"8BPS\0\1", "d.svg": b"<svg/>", "e.CR2": b"II*\0",
    "f.dng": b"II*\0", "g.eps": b"%!PS-Adobe", "h.jxl": b"\xff\x0a", "i.ico": b"\0\0\1\0", "j.exr": b"v/1\x01",
    "k.raw": b"\1\2", "l": b"\0\0\0\x18ftypheic\0\0\0\0", "m": b"8BPS\0\1", "n": b"%!PS-Adobe-3.0", "o.ARW": b"II*\0",
    "p.dat": b"\x89PNG\r\n\x1a\n", "q.bak": b"\xff\xd8\xff\xe0", "r.svgz": b"", "s.heif": b"", "t.pcx": b"\n\5",
}  # fmt: skip


@pytest.mark.parametrize("name", PASSED)
def test_what_looks_like_a_picture_and_is_passed_over_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PASSED[name])
    assert kind(str(tmp_path), name) == "passed over"
    with pytest.raises(InputError, match=rf"no pictures in .* passed over 1 file .*: {name}") as caught:
        open_images(tmp_path)
    assert "\n" not in str(caught.value)
    _picture().save(tmp_path / "whole.png")
    with pytest.warns(InputWarning, match=rf"passed over 1 file in a format that is not read .*: {name}") as said:
        images = open_images(tmp_path)
    assert len(images) == len(said) == 1


@pytest.mark.parametrize("name", ["a.txt", "b.json", "c.npy", ".d.heic", "Thumbs.db", "e.zip", "Makefile", "f.xyz"])
def test_what_does_not_look_like_a_picture_is_no_news(
    tmp_path: Path, name: str, recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / name).write_bytes(b"Bitmaps and GIFs are mentioned, no more\n")
    _picture().save(tmp_path / "whole.png")
    assert len(open_images(tmp_path)) == 1
    assert not recwarn.list


def test_a_pipe_without_an_ending_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert kind(str(tmp_path), "pipe") is None


def test_endings_are_told_and_taken_off() -> None:
    assert [ending(name) for name in ("a/b.JPG", "b", "c.x.Tif", ".d")] == [".jpg", "", ".tif", ""]
    assert [stem(name) for name in ("a/b.JPG", "b", "c.2024", "d.x.tif")] == ["a/b", "b", "c.2024", "d.x"]
