"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from visualize.files import check_writable, safe, save_arrays, save_png, sweep, whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _write(path: Path, content: bytes, fault: BaseException) -> None:
    with whole(path) as file:
        file.write(content)
        raise fault


def test_a_file_appears_whole_and_under_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with whole(tmp_path / "deep/er/a.bin") as file:
        file.write(b"12")
        assert not (tmp_path / "deep/er/a.bin").exists()
    assert (tmp_path / "deep/er/a.bin").read_bytes() == b"12"
    assert (tmp_path / "deep/er/a.bin").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert _names(tmp_path / "deep/er") == ["a.bin"]


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "the disk is full"), KeyboardInterrupt("the user stops it")])
def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path, fault: BaseException) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    with pytest.raises(type(fault), match=r"disk is full|user stops"):
        _write(tmp_path / "a.bin", b"new and longer", fault)
    assert (tmp_path / "a.bin").read_bytes() == b"old"
    assert _names(tmp_path) == ["a.bin"]


def test_pictures_and_arrays_are_read_back_as_they_were(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
    save_png(Image.fromarray(values), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.array(picture), values)
    arrays: dict[str, np.ndarray[Any, Any]] = {"ascent.pictures": np.arange(6.0).reshape(2, 3)}
    save_arrays(arrays, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as read:
        assert set(read) == set(arrays)
        np.testing.assert_array_equal(read["ascent.pictures"], arrays["ascent.pictures"])


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("places-squeezenet", "places-squeezenet"),
        ("torchvision/resnet18:none", "torchvision-resnet18-none"),
        ("/home/me/my nets/a.py:net", "home-me-my-nets-a.py-net"),
        ("../../etc", "etc"),
        ("..", "model"),
        ("features.12", "features.12"),
    ],
)
def test_names_become_single_folders(name: str, folder: str) -> None:
    assert safe(name) == folder
    assert safe(name * 100).count("/") == 0
    assert len(safe(name * 100)) <= 100


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_arrays({"x": np.arange(5.0), "y": np.eye(2)}, tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_a_killed_process_left_half_written_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine.part").touch()
    with whole(tmp_path / "a.bin"):
        half = next(path for path in tmp_path.iterdir() if path.name != "mine.part")
    half.touch()  # as a process leaves it that is killed
    sweep(tmp_path)
    assert _names(tmp_path) == ["a.bin", "mine.part"]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    check_writable(tmp_path / "not" / "yet" / "there")
    assert _names(tmp_path) == []


def test_a_file_on_the_way_and_a_disk_that_refuses_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write to .*sub: .*file is a file"):
        check_writable(tmp_path / "file" / "sub")

    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(InputError, match="Read-only file system"):
        check_writable(tmp_path)
