"""What figures and dissections are written onto: nothing is written through a link, and nothing of others is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.kit.hostile import refused
from tests.visualize.cli.kit import TINY, viz

if TYPE_CHECKING:
    from pathlib import Path

ASCENT = ["ascent", "-m", "tiny.py:tiny", "-l", "conv", "-u", "0", "--steps", "1", "--count", "1", "--device", "cpu"]
DISSECT = ["dissect", "-m", "tiny.py:tiny", "-l", "conv", "--data", "set", "--device", "cpu"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a network, a labelled set, and a folder of somebody's own."""
    home = tmp_path / "home"
    for folder in ("set/images", "set/masks", "own"):
        (home / folder).mkdir(parents=True)
    monkeypatch.chdir(home)
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    (home / "tiny.py").write_text(TINY)
    Image.new("RGB", (16, 16), (255, 0, 0)).save(home / "set/images/a.png")
    Image.new("L", (16, 16), 1).save(home / "set/masks/a.png")
    (home / "set/names.txt").write_text("1 sky\n")
    (home / "own/precious").write_bytes(b"precious")
    return home


def _unharmed(home: Path) -> None:
    assert {path.name: path.read_bytes() for path in (home / "own").iterdir()} == {"precious": b"precious"}


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "dangling"])
def test_a_figure_takes_the_place_of_a_link_and_not_of_what_it_leads_to(kind: str, home: Path) -> None:
    target = home / "figure.png"
    if kind == "second name":
        target.hardlink_to(home / "own/precious")
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(home / ("own/precious" if kind == "link" else "own/nothing"))
    assert viz(*ASCENT, "--out", target).status == 0
    _unharmed(home)
    with Image.open(target) as figure:
        figure.load()


@pytest.mark.parametrize(
    "out",
    ["dangling/", "dangling/a.png", "tiny.py/a.png", "/dev/null/a.png", "x" * 300 + ".png", "loop/a.png", ""],
    ids=range(7),
)
def test_a_place_that_is_none_is_refused(out: str, home: Path) -> None:
    (home / "dangling").symlink_to(home / "nowhere")
    (home / "loop").symlink_to(home / "loop")
    refused(*ASCENT, "--out", out, within=home)


@pytest.mark.parametrize("name", ["conv.csv", "conv.npz", "dissection.json"])
def test_a_dissection_s_files_take_the_place_of_links(name: str, home: Path) -> None:
    (home / "out").mkdir()
    if name != "dissection.json":  # one that is there says that it is done
        (home / "out" / name).symlink_to(home / "own/precious")
    assert viz(*DISSECT, "--out", "out").status == 0
    assert not (home / "out" / name).is_symlink()
    _unharmed(home)


def test_a_dissection_works_in_no_folder_that_is_a_link(home: Path) -> None:
    (home / "out").mkdir()
    (home / "out" / "partial").symlink_to(home / "own")
    assert "partial is a link" in refused(*DISSECT, "--out", "out", within=home, warned=True)
    _unharmed(home)


def test_a_dissection_loses_nothing_that_others_put_where_it_works(home: Path) -> None:
    (home / "out" / "partial").mkdir(parents=True)
    (home / "out" / "partial" / "thesis.docx").write_bytes(b"mine")
    for _ in range(2):
        assert viz(*DISSECT, "--out", "out").status == 0
        assert [path.name for path in (home / "out" / "partial").iterdir()] == ["thesis.docx"]
