"""Words in figures: one font, what it can draw, and how a text is fitted into a width."""

from __future__ import annotations

import bisect
import functools
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


_SPACE = 0.29  # of the size: the font's own space is too narrow between figures to part them
_DASHES = 0.09  # of the size: between hyphens, which touch in the font, so that "--images" reads as it is typed
_LONGEST = 5000  # letters of a line that are looked at: more than the widest figure has room for
_PIECES = re.compile(r" |-(?=-)|(?:[^ -]|-(?!-))+")
_PLAIN = {  # what Unicode does not decompose
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{DIVISION SIGN}": "/",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{HYPHEN}": "-",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{ALMOST EQUAL TO}": "~",
    "\N{BULLET}": "·",
    "\N{MICRO SIGN}": "u",
    "\N{GREEK SMALL LETTER MU}": "u",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
}


@dataclass(frozen=True)
class Letters:
    """Aileron, which Pillow carries, in one size.

    Args:
        size: pixels.
    """

    size: int

    @functools.cached_property
    def font(self) -> ImageFont.FreeTypeFont:
        """The font, as Pillow draws it.

        Raises:
            InputError: this Pillow was built without FreeType and has no scalable font.
        """
        font = ImageFont.load_default(self.size)
        if not isinstance(font, ImageFont.FreeTypeFont):
            raise InputError("this Pillow has no FreeType, so figures cannot be lettered; install Pillow from a wheel")
        # the other layout is not in every Pillow, and a figure should look the same everywhere
        return font.font_variant(layout_engine=ImageFont.Layout.BASIC)

    @property
    def height(self) -> int:
        """Height of a line, pixels: the font's ascent and descent."""
        return sum(self.font.getmetrics())

    def length(self, text: str) -> int:
        """How wide one line of text is, pixels."""
        return math.ceil(sum(advance for _, advance in self.pieces(text)))

    def write(
        self, sheet: Image.Image, place: tuple[float, float], text: str, *, colour: str, halo: str | None = None
    ) -> None:
        """Draw one line of text with its upper left corner at ``place``, within a ``halo`` of that colour if any."""
        draw = ImageDraw.Draw(sheet)
        left, top = round(place[0]), round(place[1])
        passes = [(halo, 2), (colour, 0)] if halo else [(colour, 0)]
        for fill, stroke in passes:
            right = float(left)
            for piece, advance in self.pieces(text):
                draw.text((round(right), top), piece, fill=fill, font=self.font, stroke_width=stroke)
                right += advance

    def pieces(self, text: str) -> Iterator[tuple[str, float]]:
        """Parts of a line that the font may set by itself, each with the way to the next, pixels."""
        for piece in _PIECES.findall(text):
            if piece == " ":
                yield piece, _SPACE * self.size
            else:
                yield piece, self.font.getlength(piece) + (_DASHES * self.size if piece == "-" else 0)


def font_file() -> bytes:
    """The font of all figures as a TrueType file, for formats that carry their font (Aileron, by Sora Sagano, CC0)."""
    content: bytes = letters(16).font.font_bytes
    return content


@functools.cache
def letters(size: int) -> Letters:
    """The letters of every figure, ``size`` pixels tall."""
    return Letters(size)


def legible(text: str) -> str:
    """The text with what the font cannot draw replaced: by its plain letters where it has some, else by "?"."""
    return "".join(sign if sign == "\n" else _drawable(sign) for sign in text.replace("\t", " "))


@functools.cache
def _drawable(sign: str) -> str:
    if _has_glyph(sign):
        return sign
    plain = _PLAIN.get(sign) or "".join(
        part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part) and _has_glyph(part)
    )
    return plain or ("" if unicodedata.category(sign) in {"Mn", "Cf"} else "?")


def _has_glyph(sign: str) -> bool:
    if sign.isascii():
        return sign.isprintable()
    font = letters(16).font
    drawn, missing = (font.getmask(text) for text in (sign, "\uffff"))
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)


def wrap(text: str, font: Letters, width: float, *, most: int | None = None) -> list[str]:
    """Break a text into lines of at most ``width`` pixels.

    Lines break at the text's own line breaks and at spaces; a single word that is wider is shortened in its middle.

    Args:
        text: any text; what the font lacks is replaced by :func:`legible`.
        font: what it will be written in.
        width: the width that no line exceeds, pixels.
        most: how many lines there may be; what is left over is cut, and the last line then ends in an ellipsis.
    """
    seen = text if most is None else text[: most * _LONGEST]
    lines = [line for paragraph in legible(seen).split("\n") for line in _broken(paragraph, font, width)]
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], _ended(lines[most - 1], font, width)]
    return lines


def _broken(paragraph: str, font: Letters, width: float) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.length(longer) <= width:
            lines[-1] = longer
        elif lines[-1]:
            lines.append(shorten(word, font, width))
        else:
            lines[-1] = shorten(word, font, width)
    return lines


def shorten(text: str, font: Letters, width: float) -> str:
    """The text itself if it fits in ``width`` pixels, else its beginning and its end around an ellipsis."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST // 2] + text[-_LONGEST // 2 :]
    if font.length(text) <= width:
        return text
    too_many = bisect.bisect_left(
        range(1, len(text)), x=True, key=lambda kept: font.length(_middle_cut(text, kept)) > width
    )
    return _middle_cut(text, too_many)


def _middle_cut(text: str, kept: int) -> str:
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


def _ended(line: str, font: Letters, width: float) -> str:
    """A line that says by an ellipsis at its end that more would follow."""
    while line and font.length(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
