from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from visualize.methods.drawing.text import legible, letters, shorten, wrap


def _ink(text: str, size: int, *, halo: str | None = None) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of what is drawn, relative to where it is written."""
    sheet = Image.new("RGB", (letters(size).length(text) + 100, letters(size).height + 100), "white")
    letters(size).write(sheet, (50, 50), text, colour="black", halo=halo)
    rows, columns = np.nonzero(np.asarray(sheet).min(axis=2) < 255)
    return columns.min() - 50, rows.min() - 50, columns.max() - 49, rows.max() - 49


@pytest.mark.parametrize("size", [13, 15, 16, 23, 40])
@pytest.mark.parametrize(
    "text", [string.ascii_letters, string.digits, string.punctuation, "Ag|_j", "--images FOLDER", "jpg f"]
)
def test_the_ink_stays_in_the_line_and_its_length(text: str, size: int) -> None:
    left, top, right, bottom = _ink(text, size)
    assert top >= 0
    assert bottom <= letters(size).height
    assert left >= -1  # a letter may lean out by a pixel
    assert right <= letters(size).length(text) + 1


def test_a_halo_grows_the_ink_alike_on_all_sides() -> None:
    left, top, right, bottom = _ink("Hxg", 20, halo="red")
    inner = _ink("Hxg", 20)
    assert (inner[0] - left, inner[1] - top, right - inner[2], bottom - inner[3]) == (2, 2, 2, 2)


def test_two_hyphens_do_not_touch() -> None:
    sheet = Image.new("RGB", (100, 40), "white")
    letters(16).write(sheet, (10, 10), "--", colour="black")
    dark = np.asarray(sheet).min(axis=2).min(axis=0) < 160
    assert np.count_nonzero(np.diff(dark.astype(int)) == 1) == 2


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("13\N{MULTIPLICATION SIGN}13 \N{EN DASH} é", "13x13 - e"),
        ("naïve Zürich", "naive Zurich"),
        ("x² ≥ 4", "x2 >= 4"),
        ("plain …", "plain …"),
        ("照片.jpg", "??.jpg"),
        ("a\tb\x07c", "a b?c"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_the_font_lacks_is_written_plainly(text: str, drawn: str) -> None:
    assert legible(text) == drawn


@given(st.text(max_size=30))
def test_a_legible_text_is_legible(text: str) -> None:
    once = legible(text)
    assert legible(once) == once


_WORDS = st.lists(st.text(string.ascii_letters + string.digits + "_./-", min_size=1, max_size=40), max_size=12)


@given(_WORDS, st.integers(40, 400))
def test_lines_fit_and_keep_every_word_that_fits(words: list[str], width: int) -> None:
    font = letters(15)
    lines = wrap(" ".join(words), font, width)
    assert all(font.length(line) <= width for line in lines)
    shown = " ".join(lines).split()
    assert len(shown) == len(words)
    for word, written in zip(words, shown, strict=True):
        assert written == word if font.length(word) <= width else "…" in written


@given(_WORDS, st.integers(40, 400), st.integers(1, 3))
def test_a_cut_text_ends_in_an_ellipsis(words: list[str], width: int, most: int) -> None:
    font = letters(15)
    whole, lines = wrap(" ".join(words), font, width), wrap(" ".join(words), font, width, most=most)
    assert len(lines) == min(most, len(whole))
    assert all(font.length(line) <= width for line in lines)
    assert lines == whole if len(whole) <= most else lines[-1].endswith("…")


@given(st.text(string.ascii_lowercase + string.digits, min_size=8, max_size=60), st.integers(70, 300))
def test_shortening_keeps_both_ends_and_as_much_as_fits(name: str, width: int) -> None:
    font = letters(15)
    short = shorten(name, font, width)
    assert font.length(short) <= width
    if short == name:
        return
    start, _, end = short.partition("…")
    assert name.startswith(start)
    assert name.endswith(end)
    assert 0 <= len(start) - len(end) <= 1
    wider = name[: len(start) + 1] + "…" + name[len(name) - len(end) :]
    assert len(start) > len(end) or font.length(wider) > width
