from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualize.data.pictures import KINDS, png_header
from visualize.data import ImageFiles, open_files, read_picture
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Images

SMALL = Preparation(size=(24, 32), resize=40)


def _written(folder: Path, *names: str) -> list[Path]:
    numbers = np.random.default_rng(0)
    for name in names:
        Image.fromarray(numbers.integers(0, 256, (60, 50, 3), np.uint8)).save(folder / name)
    return [folder / name for name in names]


def test_files_are_a_set_in_the_order_given(tmp_path: Path) -> None:
    first, other = _written(tmp_path, "z.png", "a.png")
    files = open_files([first, str(other), first])
    assert isinstance(files, Images)
    assert len(files) == 3
    assert [files.file(index) for index in range(3)] == [str(first), str(other), str(first)]
    assert files.name == "3 pictures"
    np.testing.assert_array_equal(files.load(1, SMALL), read_picture(other, SMALL))
    np.testing.assert_array_equal(files.load(0, SMALL), files.load(2, SMALL))


def test_one_file_bears_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _written(tmp_path, "a.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_files("a.png").name == "a.png"
    assert open_files("~/a.png").paths == (tmp_path / "a.png",)


def test_a_picture_of_the_networks_size_is_used_as_it_is(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    np.testing.assert_array_equal(open_files(tmp_path / "a.png").load(0, SMALL), values)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_may_be_named(tmp_path: Path, name: str) -> None:
    KINDS[name](tmp_path / name)
    np.testing.assert_array_equal(open_files(tmp_path / name).load(0, SMALL), read_picture(tmp_path / name, SMALL))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no picture is named"),
        (" ", "name of a picture is empty"),
        ("missing.png", "missing.png does not exist"),
        (".", "is a folder; give --image a file"),
    ],
)
def test_what_is_no_file_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        open_files(given)


def test_a_picture_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    good = _written(tmp_path, "a.png")
    (tmp_path / "text.jpg").write_text("a text")
    (tmp_path / "half.png").write_bytes(good[0].read_bytes()[:900])
    (tmp_path / "vast.png").write_bytes(png_header(20_000, 20_000))
    for name, reason in {"text.jpg": "no picture", "half.png": "truncated", "vast.png": "400,000,000 pixels"}.items():
        with pytest.raises(BrokenImage, match=reason) as fault:
            open_files([*good, tmp_path / name])
        assert name in str(fault.value)


def test_a_file_that_is_gone_later_is_said_by_its_name(tmp_path: Path) -> None:
    (path,) = _written(tmp_path, "a.png")
    files = open_files(path)
    path.unlink()
    with pytest.raises(BrokenImage, match=r"a\.png"):
        files.load(0, SMALL)


def test_names_of_any_bytes_can_be_printed() -> None:
    assert ImageFiles((Path("caf\udce9.png"),)).file(0) == "caf\ufffd.png"


def test_a_pipe_is_no_picture_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match="named pipe"):
        open_files(tmp_path / "a.png")
