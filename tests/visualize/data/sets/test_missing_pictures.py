"""A picture that an index lists and that is not there is an error at once, in one line; a broken one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.visualize.cli.kit import TINY, one_line, viz
from visualize.data import open_images, open_labelled
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def broden(tmp_path: Path) -> Path:
    """Two hundred pictures, of which one would be within the part that may be broken."""
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    lines = []
    for number in range(200):
        Image.new("RGB", (8, 8), (number, 90, 20)).save(root / f"images/{number}.png")
        lines.append(f"{number}.png,train,8,8,8,8,1")
    (root / "index.csv").write_text("\n".join(["image,split,ih,iw,sh,sw,scene", *lines]) + "\n")
    (root / "category.csv").write_text("name,first,last,count,frequency\nscene,1,1,1,200\n")
    (root / "label.csv").write_text("number,name,category,frequency,coverage\n1,room,scene(200),200,200\n")
    (root / "c_scene.csv").write_text("code,number,name,frequency,coverage\n1,1,room,200,200\n")
    return root


@pytest.mark.parametrize("opened", [open_images, open_labelled])
def test_a_missing_picture_is_named_where_the_set_is_opened(broden: Path, opened: object) -> None:
    assert callable(opened)
    assert len(opened(broden)) == 200
    (broden / "images/7.png").unlink()
    with pytest.raises(
        InputError, match=r"1 of the 200 pictures that set lists is not there \(7\.png\); put them back"
    ):
        opened(broden)
    for number in range(4):
        (broden / f"images/{number}.png").unlink()
    with pytest.raises(InputError, match=r"5 of the 200 .* \(0\.png, 1\.png, 2\.png \.\.\.\)"):
        opened(broden)


def test_a_broken_picture_is_skipped_as_before(broden: Path) -> None:
    (broden / "images/7.png").write_bytes(b"")
    assert len(open_labelled(broden)) == 200


def test_only_pictures_that_are_asked_for_must_be_there(broden: Path) -> None:
    part = open_images(broden, count=5, seed=3)
    (broden / "images" / next(f"{n}.png" for n in range(200) if f"{n}.png" not in map(part.file, range(5)))).unlink()
    assert len(open_images(broden, count=5, seed=3)) == 5


def test_commands_end_with_one_line_and_the_check_still_lists_all(tmp_path: Path, broden: Path) -> None:
    (tmp_path / "net.py").write_text(TINY)
    (broden / "images/7.png").unlink()
    common = ("--model", f"{tmp_path}/net.py:tiny", "--layer", "conv", "--device", "cpu")
    for command in (
        ("dissect", *common, "--data", broden, "--out", tmp_path / "out"),
        ("top", *common, "--unit", "0", "--images", broden, "--out", tmp_path / "out/"),
    ):
        ran = viz(*command, "--quiet")
        assert (ran.status, "7.png" in one_line(ran.err)) == (2, True)
        assert not (tmp_path / "out").exists()
    ran = viz("data", broden, "--check")
    assert ran.status == 1
    assert "7.png" in ran.out
