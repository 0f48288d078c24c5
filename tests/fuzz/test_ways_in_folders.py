"""Links and archives that lead out of the folder that was named: one rule for every command that reads folders."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.hostile import refused
from tests.visualize.cli.kit import TINY, viz
from visualize.data import open_labelled
from visualize.download.untar import untar
from visualize.download.unzip import unzip
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

ON_CPU = ("-m", "tiny.py:tiny", "--device", "cpu")
UNLABELLED = [[name, "-l", "conv", "-u", "0", *ON_CPU, "--images"] for name in ("top", "unit", "saliency")]
LABELLED = [["dissect", "-l", "conv", *ON_CPU, "--out", "out", "--data"]]
NAMES = ["../out.png", "a/../../out.png", "/out.png", "//out.png", "..", "a/..", "C:/out.png", "..\\out.png",
         "a\\..\\..\\out.png", "\\out.png", "C:\\out.png", "./../out.png"]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a network, and private pictures beside the set."""
    (tmp_path / "home" / "private").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home")
    (tmp_path / "home" / "tiny.py").write_text(TINY)
    for name in ("one", "two"):
        Image.new("RGB", (16, 16), (255, 0, 0)).save(tmp_path / "home" / "private" / f"{name}.png")
    return tmp_path / "home"


def _set(home: Path) -> Path:
    for folder in ("images/deep", "masks/deep"):
        (home / "set" / folder).mkdir(parents=True)
    for name in ("a", "deep/b"):
        Image.new("RGB", (16, 16), (255, 0, 0)).save(home / "set" / "images" / f"{name}.png")
        Image.fromarray(np.full((16, 16), 1, np.uint8)).save(home / "set" / "masks" / f"{name}.png")
    (home / "set" / "names.txt").write_text("1 sky\n")
    return home / "set"


def _moved(path: Path, home: Path) -> None:
    """Put a file or folder among the private ones, and a link in its place."""
    path.rename(home / "private" / f"moved{path.suffix}")
    path.symlink_to(home / "private" / f"moved{path.suffix}")


@pytest.mark.parametrize("where", ["images/a.png", "images/deep/b.png", "images/deep"])
@pytest.mark.parametrize("command", [*UNLABELLED, *LABELLED], ids=lambda words: words[0])
def test_a_picture_or_folder_that_leads_out_is_refused(command: list[str], where: str, home: Path) -> None:
    folder = _set(home)
    _moved(folder / where, home)
    line = refused(*command, folder, within=home, warned=True)
    assert f"{where} is a link that leads out of" in line


@pytest.mark.parametrize("where", ["masks/a.png", "masks/deep/b.png", "masks/deep"])
@pytest.mark.parametrize("command", LABELLED, ids=lambda words: words[0])
def test_a_label_map_that_leads_out_is_refused(command: list[str], where: str, home: Path) -> None:
    folder = _set(home)
    _moved(folder / where, home)
    assert f"{where} is a link" in refused(*command, folder, within=home, warned=True)


@pytest.mark.parametrize("command", UNLABELLED, ids=lambda words: words[0])
def test_a_picture_right_in_the_folder_that_leads_out_is_refused(command: list[str], home: Path) -> None:
    (home / "photos").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (16, 16), (255, 0, 0)).save(home / "photos" / name)
    _moved(home / "photos" / "a.png", home)
    assert "a.png is a link" in refused(*command, home / "photos", within=home, warned=True)


@pytest.mark.parametrize("where", ["", "images", "masks"])
@pytest.mark.parametrize("command", [*UNLABELLED[:1], *LABELLED], ids=lambda words: words[0])
def test_the_folder_itself_and_those_right_in_it_may_be_links(command: list[str], where: str, home: Path) -> None:
    folder = _set(home)
    _moved(folder / where if where else folder, home)
    ran = viz(*command, home / "set")
    assert ran.status == 0, ran.err


@pytest.mark.parametrize("where", ["images/a.png", "images/deep", "masks/deep"])
@pytest.mark.parametrize("command", [*UNLABELLED[:1], *LABELLED], ids=lambda words: words[0])
def test_links_that_stay_in_the_set_are_followed(command: list[str], where: str, home: Path) -> None:
    folder = _set(home)
    place = folder / where
    place.rename(folder / "masks" / f".kept{place.suffix}")
    place.symlink_to(folder / "masks" / f".kept{place.suffix}")
    ran = viz(*command, folder)
    assert ran.status == 0, ran.err
    assert len(open_labelled(folder)) == 2


def _zip(path: Path, name: str, kind: int = stat.S_IFREG, content: bytes = b"text") -> Path:
    member = zipfile.ZipInfo(name)
    member.filename = name  # the constructor mends some
    member.external_attr = (kind | 0o644) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


def _tar(path: Path, name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, 4 if kind == tarfile.REGTYPE else 0
    with tarfile.open(path, "w") as archive:
        archive.addfile(member, io.BytesIO(b"text") if member.size else None)
    return path


def _kept_out(home: Path, before: set[Path]) -> None:
    inside = home / "work" / "unpacked"
    after = {path for path in home.parent.rglob("*") if inside not in path.parents and path != inside}
    assert after == before
    assert not any(path.is_symlink() for path in inside.rglob("*"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("made", [_zip, _tar], ids=["zip", "tar"])
def test_no_member_of_an_archive_lands_outside(made: type, name: str, home: Path) -> None:
    (home / "work").mkdir()
    archive = made(home / "archive", name)
    before = set(home.parent.rglob("*"))
    try:
        (unzip if made is _zip else untar)(archive, home / "work" / "unpacked")
    except InputError as fault:
        assert "\n" not in str(fault)  # noqa: PT017 (a name that is harmless on this system may be taken)
        assert not (home / "work" / "unpacked").exists()
    _kept_out(home, before)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_a_zip_with_links_or_devices_is_refused(kind: int, home: Path) -> None:
    (home / "work").mkdir()
    archive = _zip(home / "archive", "a.png", kind, b"/etc/passwd")
    before = set(home.parent.rglob("*"))
    with pytest.raises(InputError, match="is a link or a device"):
        unzip(archive, home / "work" / "unpacked")
    _kept_out(home, before)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
@pytest.mark.parametrize("link", ["/etc/passwd", "../../private/one.png", "b.png"])
def test_a_tar_with_links_or_devices_is_refused(kind: bytes, link: str, home: Path) -> None:
    (home / "work").mkdir()
    archive = _tar(home / "archive", "a.png", kind, link)
    before = set(home.parent.rglob("*"))
    with pytest.raises(InputError, match="no whole plain file"):
        untar(archive, home / "work" / "unpacked")
    _kept_out(home, before)
