from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.cli.kit import document, one_line, viz
from tests.visualize.cli.shops import of_scenes
from visualize.methods.method import Needs
from visualize.methods.registry import table

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_scenes(tmp_path_factory.mktemp("shop"))


def _tiny(shop: Path, method: str, *more: str | Path) -> list[str | Path]:
    return [method, "--model", f"{shop}/tiny.py:tiny", "--layer", "conv", "--device", "cpu", *more]


def test_a_figure_is_never_written_over_the_picture_that_it_is_of(shop: Path, tmp_path: Path) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes((shop / "scenes/0.png").read_bytes())
    before = picture.read_bytes()
    for out in ("mine.png", f"{tmp_path}/./mine.png"):
        ran = viz(*_tiny(shop, "saliency", "--unit", "1", "--image", picture, "--out", out))
        assert ran.status == 2
        assert "is the picture that is looked at" in one_line(ran.err)
        assert picture.read_bytes() == before


def test_several_units_do_not_fit_in_one_extra_file(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_tiny(shop, "dream", "--image", shop / "scenes/0.png", "--frames", "d.gif", "--unit", "0,1"))
    assert ran.status == 2
    assert "--frames is one file, and 2 units" in one_line(ran.err)
    assert list(tmp_path.iterdir()) == []


def test_the_lines_on_a_card_are_its_numbers_and_the_lengths_of_its_lists(shop: Path) -> None:
    arguments = _tiny(shop, "top", "--unit", "0", "--images", shop / "scenes", "--count", "2")
    facts = document(*arguments[:5], *arguments[7:])["results"]["top"]
    file, line, *_ = viz(*arguments).out.splitlines()
    assert file.endswith("0-top.png")
    assert line.startswith("  top: ")
    assert f"scanned {facts['scanned']}" in line
    assert "2 images" in line


def test_what_a_result_tells_in_lines_is_not_told_before_them(shop: Path) -> None:
    lines = viz(*_tiny(shop, "connections", "--unit", "0", "--images", shop / "scenes")).out.splitlines()
    assert lines[1] == "  connections: set scenes"
    assert lines[2].startswith("    fed by: ")


def test_extra_files_are_named_beside_the_figure(shop: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save("grey.png")
    ran = viz(*_tiny(shop, "dream", "--image", "grey.png", "--steps", "1", "--octaves", "1", "--picture", "d.png"))
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[1] == "d.png"
    assert (tmp_path / "d.png").is_file()


@pytest.mark.parametrize(
    "name", [name for name, kind in table().items() if kind.needs is Needs.IMAGES and kind.explains]
)
def test_without_pictures_a_method_that_explains_them_says_how_to_give_some(shop: Path, name: str) -> None:
    assert "add --image FILE" in one_line(viz(*_tiny(shop, name)).err)
