"""Figures as PDF: one page, texts that can be selected and searched, pictures with their own pixels."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.figures.boxes import TINY, Fill, Print, Words
from visualize.methods.drawing.text import font_file, letters

if TYPE_CHECKING:
    from visualize.figures.boxes import Block
    from visualize.methods.drawing.panel import Picture

POINTS = 72 / 96
"""Points of the page for each pixel of the figure, as browsers print pixels."""
_CODES = range(32, 256)
_CODING = "cp1252"  # WinAnsiEncoding, in which the font of figures is written into the file


def pdf(block: Block) -> bytes:
    """A block as a PDF file of one page, ``POINTS`` of its size in pixels.

    Args:
        block: the figure.
    """
    page = _Page(block.height)
    for item in block.items:
        if isinstance(item, Fill):
            page.fill(item)
        elif isinstance(item, Print):
            page.print(item)
        else:
            page.write(item)
    return _file(page, block)


@dataclass
class _Page:
    """The content of a page, and the pictures on it; its rows count from the bottom, the figure's from the top."""

    height: int
    content: list[str] = field(default_factory=list)
    pictures: dict[int, Picture] = field(default_factory=dict)

    def fill(self, item: Fill) -> None:
        box = item.box
        self.content.append(
            f"{_colour(item.colour)} {box.left} {self.height - box.bottom} {box.width} {box.height} re f"
        )

    def print(self, item: Print) -> None:
        box = item.box
        self.pictures[id(item.picture)] = item.picture
        name = f"/I{list(self.pictures).index(id(item.picture))}"
        place = f"{box.width} 0 0 {box.height} {box.left} {self.height - box.bottom} cm"
        self.content.append(f"q {place} {name} Do Q")

    def write(self, item: Words) -> None:
        """Write a line, each word at its place: what a word is wider or narrower than its letters follows it."""
        font = letters(item.size)
        parts = []
        for piece, advance in font.pieces(item.text):
            apart = sum(_width(letter) for letter in piece) - 1000 * advance / item.size
            parts.append(f"({_escaped(piece)}) {apart:.1f}")
        baseline = self.height - item.box.top - font.font.getmetrics()[0]
        self.content.append(
            f"BT {_colour(item.colour)} /F {item.size} Tf {item.box.left} {baseline} Td [{' '.join(parts)}] TJ ET"
        )


def _width(letter: str) -> float:
    """Advance of a letter, thousandths of the size."""
    return letters(1000).font.getlength(letter)


def _escaped(text: str) -> str:
    """A text in the file's coding, in ASCII: other codes are octal numbers behind a backslash."""
    codes = text.encode(_CODING, "replace")
    return "".join(chr(code) if 32 <= code < 127 and chr(code) not in "\\()" else f"\\{code:03o}" for code in codes)


def _colour(name: str) -> str:
    red, green, blue = (int(name[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return f"{red:.3f} {green:.3f} {blue:.3f} rg"


def _file(page: _Page, block: Block) -> bytes:
    """The objects of the file, numbered from 1, and the table of where each begins."""
    wide, tall = block.width * POINTS, block.height * POINTS
    first = 7  # number of the first picture
    images = " ".join(f"/I{place} {first + place} 0 R" for place in range(len(page.pictures)))
    content = "\n".join([f"{POINTS} 0 0 {POINTS} 0 0 cm", *page.content])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide:g} {tall:g}] /Contents 4 0 R "
        f"/Resources << /Font << /F 5 0 R >> /XObject << {images} >> >> >>".encode(),
        _stream("", content.encode()),
        *_font(descriptor=6, data=first + len(page.pictures)),
        *(_image(picture) for picture in page.pictures.values()),
        _stream(f"/Length1 {len(font_file())}", font_file()),
    ]
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    starts = []
    for number, content_of in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content_of)
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    out += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
        f"<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode()
    return bytes(out)


def _font(*, descriptor: int, data: int) -> tuple[bytes, bytes]:
    """The font of all texts, with the widths of its letters, and its description."""
    widths = " ".join(f"{_width(bytes([code]).decode(_CODING, 'replace')):.0f}" for code in _CODES)
    up, down = letters(1000).font.getmetrics()
    return (
        f"<< /Type /Font /Subtype /TrueType /BaseFont /Aileron /Encoding /WinAnsiEncoding /FirstChar {_CODES[0]} "
        f"/LastChar {_CODES[-1]} /Widths [{widths}] /FontDescriptor {descriptor} 0 R >>".encode(),
        f"<< /Type /FontDescriptor /FontName /Aileron /Flags 32 /FontBBox [-200 {-down} 1200 {up}] /ItalicAngle 0 "
        f"/Ascent {up} /Descent {-down} /CapHeight 700 /StemV 80 /FontFile2 {data} 0 R >>".encode(),
    )


def _image(picture: Picture) -> bytes:
    tall, wide = picture.shape[:2]
    smooth = "false" if max(tall, wide) <= TINY else "true"
    about = f"/Type /XObject /Subtype /Image /Width {wide} /Height {tall} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return _stream(f"{about} /Interpolate {smooth}", picture.tobytes())


def _stream(about: str, content: bytes) -> bytes:
    packed = zlib.compress(content)
    return f"<< {about} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream"
