"""Options of the newer commands: numbers, names and places that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import harm
from tests.kit.hostile import refused
from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import of_labels

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    of_labels(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "place", ["full", "a file", "loop", "", "a file/x", "/dev/null/x", "/proc/x", "x" * 300, "a\0b"]
)
def test_places_of_examples(place: str, home: Path) -> None:
    harm.into(home / "full", home / "tiny.py")
    (home / "a file").write_text("x")
    harm.link(home / "loop", "loop")
    refused("data", "scenes", "--count", "1", "--example", place, within=home)


@pytest.mark.parametrize(
    "given",
    ["--cut nan", "--cut 2", "--cut -1", "--data scenes", "--pictures", "x", "--out a.gif", "--out tiny.py/a.png"],
)
def test_settings_of_compared_supervisions(given: str, home: Path) -> None:
    refused("compare", "--supervisions", *given.split(), within=home)


@pytest.mark.parametrize("name", ["", " ", ":", "object:", "zzz", "a" * 5000, "\x1b[2J", "\0", "apple OR leaf"])
def test_concepts_that_there_are_not(name: str, home: Path) -> None:
    dissect = ["dissect", "-m", f"{home}/tiny.py:tiny", "-l", "relu", "--data", f"{home}/set", "--device", "cpu"]
    assert viz(*dissect, "--out", home / "out", "--quiet").status == 0
    refused("find", name, home / "out", within=home)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.txt", b"a\nb\n"),
        ("names.txt", b"a\nb\nc\nd\ne\n"),
        ("names.txt", b""),
        ("names.txt", bytes(1000)),
        ("names.txt", "a\nb\nc\nd\n".encode("utf-16")),
        ("names.txt", b"a\n\nc\nd\n"),
        ("names.txt", b"0 a\n0 b\n2 c\n3 d\n"),
        ("names.txt", b"0 a\nb\n2 c\n3 d\n"),
        ("names.txt", b"x" * 1_000_000 + b"\nb\nc\nd\n"),
        ("names.txt", b"<html>404</html>"),
        ("names.json", b"[" * 100_000),
        ("names.json", b'[[1], [2], [3], [4]]'),
        ("names.json", b'["a", null, "c", "d"]'),
        ("names.json", b'[1, 2, 3, 4]'),
        ("names.json", b'[NaN, "b", "c", "d"]'),
        ("names.json", b'["a\\ud800", "b", "c", "d"]'),
        ("names.json", b'{"-1": "a", "1": "b", "2": "c", "3": "d"}'),
        ("names.json", b'{"99999999999999999999": "a", "1": "b", "2": "c", "3": "d"}'),
        ("names.json", b'{"0": "a", "1": "b", "2": "c", "9": "d"}'),
        ("names.json", b'{"0": "a", "0": "b", "2": "c", "3": "d"}'),
    ],
)  # fmt: skip
def test_names_of_classes(name: str, content: bytes, home: Path) -> None:
    (home / name).write_bytes(content)
    asked = ["predict", f"{home}/set/images/0.png", "--model", f"{home}/tiny.py:tiny", "--device", "cpu"]
    refused(*asked, "--classes", home / name, "--out", home / "out.png", within=home)


@pytest.mark.parametrize("what", [harm.pipe, harm.folder, harm.away])
def test_what_is_no_file_of_names(what: object, home: Path) -> None:
    assert callable(what)
    what(home / "names.txt")
    asked = ["predict", f"{home}/set/images/0.png", "--model", f"{home}/tiny.py:tiny", "--device", "cpu"]
    refused(*asked, "--classes", home / "names.txt", "--out", home / "out.png", within=home)


@pytest.mark.parametrize(
    "given",
    [
        "--size 0", "--size -5", "--size 1000000000", "--size 16x", "--size 16x16x16", "--size 1e3", "--size 20000x2",
        "--mean nan", "--mean 0.1,0.2", "--mean 1e400", "--mean a,b,c", "--mean 500", "--std 0",
        "--std -1", "--std nan",
        "--std 1e-320", "--std 0.1,0.2", "--order xyz", "--order grey", "--mean 0.5 --std 1e400",
    ],
)  # fmt: skip
def test_preparations_that_cannot_be(given: str, home: Path) -> None:
    asked = ["predict", f"{home}/set/images/0.png", "--model", f"{home}/tiny.py:tiny", "--device", "cpu", "--no-cache"]
    refused(*asked, *given.split(), "--out", home / "out.png", within=home)
