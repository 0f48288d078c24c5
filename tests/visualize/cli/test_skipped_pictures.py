"""A thousand broken pictures are one line and a file; a few are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.visualize.cli.kit import TINY, names, one_line, viz
from visualize.cli.skipped_pictures import FILE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(TINY)
    (tmp_path / "set").mkdir()
    for number in range(3):
        Image.new("RGB", (16, 16), (90 * number, 0, 0)).save(tmp_path / f"set/whole-{number}.png")
    return tmp_path


def _top(shop: Path, *more: str) -> tuple[int, str, str]:
    ran = viz(
        "top", "--model", f"{shop}/net.py:tiny", "--layer", "conv", "--unit", "0,1", "--images", shop / "set",
        "--device", "cpu", "--out", f"{shop}/out/", *more,
    )  # fmt: skip
    return ran.status, ran.out, ran.err


@pytest.mark.parametrize("broken", [4, 1000])
def test_many_are_one_line_and_a_file(shop: Path, broken: int) -> None:
    for number in range(broken):
        (shop / f"set/b{number:04}.jpg").write_bytes(b"" if number % 2 else b"no picture")
    status, _, err = _top(shop)
    assert status == 0
    line = one_line(err)
    assert f"skipped {broken:,} pictures that cannot be read; {shop}/out/{FILE} lists them" in line
    listed = (shop / f"out/{FILE}").read_text().splitlines()
    assert listed == [f"b{number:04}.jpg: it is no picture that can be read" for number in range(broken)]


def test_a_few_are_named(shop: Path) -> None:
    for number in range(3):
        (shop / f"set/b{number}.jpg").write_bytes(b"")
    status, _, err = _top(shop, "--quiet")
    assert status == 0
    assert [line.partition("skipped ")[2].split(":")[0] for line in err.splitlines()] == ["b0.jpg", "b1.jpg", "b2.jpg"]
    assert FILE not in names(shop / "out")


def test_a_failure_says_one_thing_and_leaves_nothing(shop: Path) -> None:
    for path in list((shop / "set").iterdir()):
        path.write_bytes(b"")
    for number in range(20):
        (shop / f"set/b{number}.jpg").write_bytes(b"")
    status, _, err = _top(shop)
    assert status == 2
    assert "none of the 23 pictures of set can be read" in one_line(err)
    assert not (shop / "out").exists() or not names(shop / "out")


def test_what_was_passed_over_is_one_line_whatever_reads_the_folder(shop: Path) -> None:
    for name in ("a.heic", "b.heic", "c.psd", "d.svg"):
        (shop / "set" / name).write_bytes(b"")
    words = "passed over 4 files in a format that is not read (2 .heic, 1 .psd, 1 .svg)"
    status, out, err = _top(shop, "--json")
    assert (status, words in one_line(err)) == (0, True)
    assert all(words in card["remarks"][0] for card in json.loads(out))
    ran = viz("data", shop / "set")
    assert (ran.status, ran.err, words in ran.out) == (0, "", True)
    ran = viz("data", shop / "set", "--json")
    assert words in json.loads(ran.out)["remarks"][0]
    common = ("--model", f"{shop}/net.py:tiny", "--layer", "conv", "--device", "cpu", "--quiet")
    ran = viz("unit", *common, "--images", shop / "set", "--out", f"{shop}/card/", "--methods", "top,saliency")
    assert (ran.status, words in one_line(ran.err)) == (0, True)
