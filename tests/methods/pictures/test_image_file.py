"""No picture is opened but by one function, and no format is opened but those that are searched for."""

from __future__ import annotations

import ast
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, UnidentifiedImageError

from tests.kit.checkout import FILES, ROOT, syntax
from visualize.methods.pictures.image_file import FORMATS, open_image

if TYPE_CHECKING:
    from pathlib import Path

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"


def test_pictures_are_opened_in_one_place() -> None:
    opening = {
        file.relative_to(ROOT).as_posix()
        for file in FILES
        if "Image" in file.read_text("utf-8")
        for node in ast.walk(syntax(file))
        if (isinstance(node, ast.Attribute) and node.attr == "open" and ast.unparse(node.value).endswith("Image"))
        or (isinstance(node, ast.ImportFrom) and node.module == "PIL.Image" and "open" in {a.name for a in node.names})
    }
    assert opening == {"methods/pictures/image_file.py"}


@pytest.mark.parametrize("name", ["a.jpg", "b.png", "c.eps", "d", "e.tga"])
def test_postscript_is_never_handed_to_ghostscript(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import EpsImagePlugin

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was called"))
    (tmp_path / name).write_bytes(EPS)
    with pytest.raises(UnidentifiedImageError, match="cannot identify image file"):
        open_image(tmp_path / name).load()


@pytest.mark.parametrize("kind", ["PCX", "SGI", "ICO", "IM", "MSP", "SPIDER", "EPS", "DDS", "ICNS", "BLP"])
def test_other_formats_are_not_opened_whatever_their_names(tmp_path: Path, kind: str) -> None:
    out = io.BytesIO()
    mode = {"MSP": "1", "SPIDER": "F", "BLP": "P"}.get(kind, "RGB")
    Image.new(mode, (16, 16)).save(out, kind)
    (tmp_path / "a.jpg").write_bytes(out.getvalue())
    with pytest.raises(UnidentifiedImageError, match="cannot identify"):
        open_image(tmp_path / "a.jpg")
    assert kind not in FORMATS


@pytest.mark.parametrize("name", ["a.tga", "a.VST"])
def test_a_format_without_a_mark_is_believed_by_its_name_alone(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (5, 4), "red").save(tmp_path / name, "TGA")
    assert open_image(tmp_path / name).size == (5, 4)
    (tmp_path / "a.jpg").write_bytes((tmp_path / name).read_bytes())
    with pytest.raises(UnidentifiedImageError, match="cannot identify"):
        open_image(tmp_path / "a.jpg")
