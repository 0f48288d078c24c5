"""Names of several concepts on the pages of units."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.visualize.cli.kit import TINY, viz
from visualize.dissection.formulas import read_formulas, sentences, words
from visualize.reports.folders import layer_folders

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _birds(root: Path) -> Path:
    """Red birds on black, whose upper half is a wing and whose lower half is a tail."""
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    (root / "names.txt").write_text("1 wing\n2 tail\n3 night\n")
    for number in range(6):
        picture, mask = np.zeros((16, 16, 3), np.uint8), np.full((16, 16), 3, np.uint8)
        left = 2 * (number % 3)
        picture[4:12, left : left + 8, 0] = 250 - number
        mask[4:8, left : left + 8], mask[8:12, left : left + 8] = 1, 2
        Image.fromarray(picture).save(root / f"images/{number}.png")
        Image.fromarray(mask).save(root / f"masks/{number}.png")
    return root


def test_the_page_of_a_unit_says_its_formula_where_the_dissection_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)
    shared: list[str | Path] = [
        "-m",
        f"{tmp_path}/tiny.py:tiny",
        "-l",
        "relu",
        "--data",
        _birds(tmp_path / "birds"),
        "--device",
        "cpu",
    ]
    ran = viz(
        "dissect",
        *shared,
        "--quantile",
        "0.25",
        "--compose",
        "2",
        "--ranges",
        "2",
        "--resamples",
        "0",
        "--out",
        "composed",
    )
    assert ran.status == 0, ran.err
    composed = read_formulas("composed", "relu")
    assert composed is not None
    assert composed.best[0] is not None
    formula = words(composed.best[0], composed.concepts)
    assert len(composed.best[0].formula.columns) == 2
    ran = viz("report", "composed", "--out", "site")
    assert ran.status == 0, ran.err
    (folder,) = layer_folders(tmp_path / "site")
    page = (tmp_path / "site" / "units" / folder.name / "0.html").read_text("utf-8")
    assert f"Of several concepts: {formula}" in html.unescape(page)
    assert len(composed.ranges[0]) == 2
    for sentence in sentences(composed, 0)[1:]:
        assert sentence in html.unescape(page)
