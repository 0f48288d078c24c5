from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from methods.errors import InputError
from methods.unit import Unit
from visualize.cards.destination import check_out, destination
from visualize.cards.unit_lists import label
from visualize.files import safe, save_arrays, save_png, whole

ONE = [Unit("conv5", 79)]
TWO = [*ONE, Unit("conv5", 3)]


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


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path, fault: BaseException) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    with pytest.raises(type(fault)):
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
    with np.load(tmp_path / "a.npz") as found:
        assert set(found) == set(arrays)
        np.testing.assert_array_equal(found["ascent.pictures"], arrays["ascent.pictures"])


@pytest.mark.parametrize(
    ("out", "units", "card", "contact"),
    [
        (None, ONE, "viz-out/m/conv5/79.png", "viz-out/m/conv5/contact.png"),
        (None, TWO, "viz-out/m/conv5/79.png", "viz-out/m/conv5/contact.png"),
        ("a.png", ONE, "a.png", "contact.png"),
        ("sub/a.PNG", ONE, "sub/a.PNG", "sub/contact.png"),
        ("new/", ONE, "new/79.png", "new/contact.png"),
        ("new", TWO, "new/79.png", "new/contact.png"),
        ("v1.2/", TWO, "v1.2/79.png", "v1.2/contact.png"),
        ("there.png", TWO, "there.png/79.png", "there.png/contact.png"),
    ],
)
def test_where_cards_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None, units: list[Unit], card: str, contact: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").mkdir()
    found = destination(out, "m", units)
    assert found.card(label(units[0])) == Path(card)
    assert found.contact() == Path(contact)
    assert _names(tmp_path) == ["there.png"]


@pytest.mark.parametrize("out", ["a.jpg", "sub/a.pdf", "v1.2", "a.png.txt", "", " "])
def test_an_ending_that_no_card_has_is_refused(out: str) -> None:
    with pytest.raises(InputError, match="--out"):
        check_out(out)


def test_several_cards_do_not_fit_in_one_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 cards are asked for; give a folder"):
        destination(str(tmp_path / "a.png"), "m", TWO)


def test_a_file_in_the_way_is_found_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file; choose another --out"):
        destination(f"{tmp_path}/file/sub/a.png", "m", ONE)


def test_a_folder_that_cannot_be_written_is_found_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(InputError, match="Read-only file system; choose another --out"):
        destination(f"{tmp_path}/", "m", ONE)


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
