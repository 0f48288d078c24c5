"""Figures as PNG, SVG and PDF: the same pictures and words at the same places."""

from __future__ import annotations

import base64
import io
import re
import zlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image

from tests.visualize.figures.made import about, ascent, noise, prints, top, words
from visualize.figures.boxes import Block, Box, Fill, Print, stack
from visualize.figures.boxes import line as a_line
from visualize.figures.formats import encoded
from visualize.figures.unit_card import card_block
from visualize.methods.drawing.text import font_file
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def block() -> Block:
    tricky = a_line("a < b & c, --images é ñ (or) \\n 50 % · …", size=15, colour="#123456")
    return stack([card_block([ascent(1), top(2)], about()), tricky], 4)


def _opened(content: bytes) -> Picture:
    return np.asarray(Image.open(io.BytesIO(content)))


def test_a_png_is_the_drawing(block: Block) -> None:
    assert np.array_equal(_opened(encoded(block, ".png")), np.asarray(block.draw()))


def test_an_svg_holds_every_word_and_every_picture_at_its_place(block: Block) -> None:
    root = ET.fromstring(encoded(block, ".svg"))
    assert (root.get("width"), root.get("height")) == (str(block.width), str(block.height))
    assert [text.text for text in root.iter(f"{_SVG}text")] == [item.text for item in words(block)]
    for text, item in zip(root.iter(f"{_SVG}text"), words(block), strict=True):
        assert (text.get("x"), text.get("fill"), text.get("font-size")) == (
            str(item.box.left), item.colour, str(item.size),
        )  # fmt: skip
        assert item.box.top < int(text.get("y", "")) < item.box.bottom
    images = list(root.iter(f"{_SVG}image"))
    for image, shown in zip(images, prints(block), strict=True):
        assert [int(image.get(key, "")) for key in ("x", "y", "width", "height")] == [
            shown.box.left, shown.box.top, shown.box.width, shown.box.height,
        ]  # fmt: skip
        data = base64.b64decode(image.get("href", "").removeprefix("data:image/png;base64,"))
        assert np.array_equal(_opened(data), shown.picture)


def _objects(content: bytes) -> dict[int, bytes]:
    """The objects of a PDF, found by its table as a reader does it."""
    start = int(content.rsplit(b"startxref", 1)[1].split()[0])
    assert content[start:].startswith(b"xref")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", content[start:])]
    objects = {}
    for number, place in enumerate(places, start=1):
        head = b"%d 0 obj\n" % number
        assert content[place:].startswith(head)
        objects[number] = content[place + len(head) : content.index(b"\nendobj\n", place)]
    return objects


def _unpacked(held: bytes) -> bytes:
    head, data = held.split(b"\nstream\n", 1)
    length = re.search(rb"/Length (\d+)", head)
    assert length is not None
    assert len(data.removesuffix(b"\nendstream")) == int(length[1])
    return zlib.decompress(data.removesuffix(b"\nendstream"))


def _content(objects: dict[int, bytes]) -> bytes:
    """What is drawn on the page."""
    page = next(held for held in objects.values() if b"/Type /Page " in held)
    number = re.search(rb"/Contents (\d+) 0 R", page)
    assert number is not None
    return _unpacked(objects[int(number[1])])


def _said(written: bytes) -> str:
    """The text of a TJ array."""
    parts = re.findall(rb"\(((?:[^\\()]|\\\d{3})*)\)", written)
    codes = b"".join(re.sub(rb"\\(\d{3})", lambda code: bytes([int(code[1], 8)]), part) for part in parts)
    return codes.decode("cp1252")


def test_a_pdf_has_one_page_of_the_stated_size_and_every_word(block: Block) -> None:
    objects = _objects(encoded(block, ".pdf"))
    pages = [held for held in objects.values() if b"/Type /Page " in held]
    assert len(pages) == 1
    box = re.search(rb"/MediaBox \[0 0 (\S+) (\S+)\]", pages[0])
    assert box is not None
    assert (float(box[1]), float(box[2])) == (block.width * 0.75, block.height * 0.75)  # 96 pixels are 72 points
    content = _content(objects)
    lines = content.split(b"\n")
    assert [_said(line) for line in lines if line.startswith(b"BT")] == [item.text for item in words(block)]
    places = [tuple(map(int, re.findall(rb" (\d+) (\d+) Td", line)[0])) for line in lines if line.startswith(b"BT")]
    for (left, up), item in zip(places, words(block), strict=True):
        assert left == item.box.left
        assert block.height - item.box.bottom < up < block.height - item.box.top


def test_a_pdf_holds_the_pictures_pixel_by_pixel(block: Block) -> None:
    objects = _objects(encoded(block, ".pdf"))
    images = [held for held in objects.values() if b"/Subtype /Image" in held]
    assert [_unpacked(held) for held in images] == [item.picture.tobytes() for item in prints(block)]


def test_a_word_ends_in_a_pdf_where_it_ends_in_the_drawing() -> None:
    size, text = 20, "what it sees -- of a photograph"
    content = _content(_objects(encoded(a_line(text, size=size, colour="#000000"), ".pdf")))
    font = TTFont(io.BytesIO(font_file()))
    advances = {code: font["hmtx"][name][0] for code, name in font.getBestCmap().items()}
    end = 0.0
    for said, apart in re.findall(rb"\(([^()]*)\) (-?[\d.]+)", content):
        end += sum(advances[ord(letter)] for letter in said.decode()) - float(apart)
    assert end * size / 1000 == pytest.approx(a_line(text, size=size, colour="#000000").width, abs=1)


def test_one_picture_that_is_shown_twice_is_written_once() -> None:
    picture = noise(8, 8)
    twice = Block(20, 8, (Print(Box(0, 0, 8, 8), picture), Print(Box(10, 0, 8, 8), picture)))
    objects = _objects(encoded(twice, ".pdf"))
    assert sum(b"/Subtype /Image" in held for held in objects.values()) == 1


def test_other_formats_are_refused() -> None:
    with pytest.raises(InputError, match="written as"):
        encoded(Block(4, 4, (Fill(Box(0, 0, 4, 4), "#000000"),)), ".eps")
