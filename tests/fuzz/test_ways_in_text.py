"""Labels and names that would drive a terminal, a spreadsheet or a figure: shown as text, read back as they are."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.hostile import bounded, refused
from tests.visualize.cli.kit import viz
from visualize.dissection import read_csv
from visualize.methods.drawing.text import legible, letters, shorten, wrap
from visualize.printable import clean

if TYPE_CHECKING:
    from pathlib import Path

SIGNS = {
    "clear": "\x1b[2J\x1b[Hgone", "clipboard": "\x1b]52;c;cm0gLXJm\x07", "link": "\x1b]8;;http://x.invalid\x1b\\here",
    "title": "\x1b]0;root\x07", "bell": "a\x07b", "back": "sky\b\b\bsea", "return": "sky\rsea", "line": "sky\nviz: x",
    "control": "\x9b31mred", "override": "sky\u202egnp.exe", "isolate": "\u2067sky\u2066", "separator": "sky\u2028sea",
    "paragraph": "sky\u2029sea", "next": "sky\x85sea", "feed": "sky\x0c\x0bsea", "joiner": "s\u200dk\u200by",
    "tag": "sky\U000e0041", "delete": "sky\x7f", "null": "sky\x00sea", "private": "sky\ue000",
    "mark": "\ufeffsky", "noncharacter": "sky\uffff",
    "markup": "[red]sky[/red]", "html": "<script>alert(1)</script>", "percent": "%s%n{0}{label}", "long": "sky" * 3000,
    "arabic": "\u0633\u0645\u0627\u0621", "stacked": "s" + "\u0335" * 200,
}  # fmt: skip
FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(1)", "x\t=1", "x\r=1", "=cmd|' /C calc'!A0", "'=1", '=HYPERLINK("http://x","y")',
            "a;=1", "-", "=", "\uff1d1", "sky, sea", 'the "sky"', "-0.3"]  # fmt: skip
DISSECT = ["dissect", "-m", "tiny.py:tiny", "-l", "conv", "--data", "set", "--out", "out", "--device", "cpu",
           "--quantile", "0.3"]  # fmt: skip


def _set(root: Path, names: list[str]) -> None:
    """A labelled set of two pictures: one name above, where they are red, and one below, where they are green."""
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    values = np.repeat(np.array([1, 2], np.uint8), 128).reshape(16, 16)
    for number in range(2):
        picture = np.zeros((16, 16, 3), np.uint8)
        picture[values == 1, 0] = picture[values == 2, 1] = 255 - number
        Image.fromarray(picture).save(root / f"images/{number}.png")
        Image.fromarray(values).save(root / f"masks/{number}.png")
    (root / "names.json").write_text(json.dumps({str(number + 1): name for number, name in enumerate(names)}))


def _shown(*arguments: str | Path) -> str:
    """Everything that a command prints, on either stream; it must hold nothing that drives a terminal."""
    ran = viz(*arguments)
    assert ran.status in ({0, 1, 2} if "--check" in arguments else {0, 2}), ran.err
    assert len(ran.err.splitlines()) <= 3
    for line in (ran.out + ran.err).split("\n"):
        assert line.isprintable(), ascii(line)
        assert line == clean(line)
    return ran.out


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_what_comes_from_data_moves_no_cursor(sign: str, home: Path) -> None:
    _set(home / "set", [sign, "sea"])
    assert "sea" in _shown("data", "set")
    _shown("data", "set", "--check")
    _shown(*DISSECT)
    _shown("compare", "out", "out")
    assert {verdict.label for verdict in read_csv("out/conv.csv").verdicts} == {sign, "sea", ""}
    text = viz("data", "set", "--json").out
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    if text:
        assert sign in [concept["name"] for concept in json.loads(text)["concepts"]]


@pytest.mark.parametrize("sign", [sign for sign in SIGNS.values() if "\0" not in sign and len(sign) < 200], ids=ascii)
def test_what_files_are_called_moves_no_cursor(sign: str, home: Path) -> None:
    folder = home / sign.replace("/", "-")
    _set(folder, ["sky", "sea"])
    (folder / "images" / "0.png").rename(folder / "images" / f"{folder.name}.png")
    (folder / "masks" / "0.png").rename(folder / "masks" / f"{folder.name}.png")
    (folder / "images" / "1.png").write_bytes(b"broken")
    _shown("data", folder)
    _shown("data", folder, "--check")
    _shown("top", "-m", "tiny.py:tiny", "-l", "conv", "-u", "0", "-i", folder, "--device", "cpu", "--count", "1")
    _shown("predict", "-m", "tiny.py:tiny", folder / "images" / f"{folder.name}.png", "--device", "cpu")
    _shown("predict", "-m", "tiny.py:tiny", folder / "images" / "1.png", "--device", "cpu")
    _shown("layers", folder / "net.pt")
    _shown("compare", folder / "table.csv", folder)
    _shown("cache", "--clear", sign)


LONG = {"half": "a\ud800", "word": "x" * 300_000, "words": "x " * 100_000}


@pytest.mark.parametrize("sign", [*SIGNS.values(), *LONG.values()], ids=[*SIGNS, *LONG])
def test_no_name_breaks_a_figure(sign: str) -> None:
    font = letters(12)
    with bounded(5):
        for line in (*wrap(sign, font, 200, most=2), shorten(legible(sign), font, 200)):
            assert font.length(line) <= 200
            font.write(Image.new("RGB", (200, 20)), (0, 0), line, colour="white", halo="black")


@pytest.mark.parametrize("half", ["a\ud800b", "\udfff", "\ude00\ud83d"], ids=ascii)
def test_half_a_letter_in_a_list_of_names_is_refused_before_the_work(half: str, home: Path) -> None:
    _set(home / "set", [half, "sea"])
    assert "names.json cannot be read as JSON" in refused(*DISSECT, within=home)
    _set(home / "other", ["\N{GRINNING FACE}", "sea"])  # a pair of halves, as JSON writes it
    assert viz("data", "other").status == 0


@pytest.mark.parametrize("name", FORMULAS, ids=ascii)
def test_no_cell_of_a_table_is_a_formula(name: str, home: Path) -> None:
    _set(home / "set", [name, "sea"])
    assert viz(*DISSECT).status == 0
    with (home / "out" / "conv.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    assert rows
    for row in rows:
        for column, cell in zip(head, row, strict=True):
            numeric = not column.endswith(("label", "category", "second"))
            if numeric and not cell:  # a unit without a name has nothing that could be sure
                assert column in {"low", "high", "kept", "margin"}
                continue
            assert float(cell) >= 0 if numeric else not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert {verdict.label for verdict in read_csv("out/conv.csv").verdicts} == {name, "sea", ""}
