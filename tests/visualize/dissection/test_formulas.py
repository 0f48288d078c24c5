from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.visualize.dissection.made import LAYERS, SETTINGS, dissected, held, probe
from visualize.dissection import merge
from visualize.dissection.formulas import read_formulas
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_COMPOSED = replace(SETTINGS, compose=2)


def test_formulas_are_read_as_they_were_found_and_shards_find_the_same(tmp_path: Path) -> None:
    whole = dissected(tmp_path / "whole", settings=_COMPOSED)
    wanted = dissect(probe(), LAYERS, held(), _COMPOSED).composed
    for layer in LAYERS:
        assert read_formulas(tmp_path / "whole", layer) == wanted[layer]
    for number in (1, 2):
        dissected(tmp_path / f"part{number}", (number, 2), _COMPOSED)
    parts = merge([tmp_path / "part1", tmp_path / "part2"], tmp_path / "parts", labelled=held())
    texts = [[path.read_bytes() for path in done.paths if "formulas" in path.name] for done in (whole, parts)]
    assert len(texts[0]) == 2
    assert texts[0] == texts[1]


def test_a_dissection_without_formulas_has_none(tmp_path: Path) -> None:
    dissected(tmp_path)
    assert read_formulas(tmp_path, "deep") is None
    with pytest.raises(InputError, match="holds no layer 'depe'"):
        read_formulas(tmp_path, "depe")


def test_a_changed_formula_is_noticed(tmp_path: Path) -> None:
    dissected(tmp_path, settings=_COMPOSED)
    path = tmp_path / "deep.formulas.json"
    path.write_text(path.read_text("utf-8").replace('"iou": 0.', '"iou": 0.9', 1), "utf-8")
    with pytest.raises(InputError, match="damaged"):
        read_formulas(tmp_path, "deep")
