from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.visualize.dissection.made import LAYERS, SETTINGS, contents, dissected, held, probe
from visualize.dissection import merge, run
from visualize.dissection.formulas import read_formulas
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.methods.progress import Progress

_COMPOSED = replace(SETTINGS, compose=2, ranges=2)


def test_formulas_are_read_as_they_were_found_and_shards_find_the_same(tmp_path: Path) -> None:
    whole = dissected(tmp_path / "whole", settings=_COMPOSED)
    wanted = dissect(probe(), LAYERS, held(), _COMPOSED).composed
    for layer in LAYERS:
        assert read_formulas(tmp_path / "whole", layer) == wanted[layer]
    for number in (1, 2):
        dissected(tmp_path / f"part{number}", (number, 2), _COMPOSED)
    parts = merge([tmp_path / "part1", tmp_path / "part2"], tmp_path / "parts", labelled=held())
    kinds = (".formulas.json", ".ranges.csv")
    texts = [[path.read_bytes() for path in done.paths if path.name.endswith(kinds)] for done in (whole, parts)]
    assert len(texts[0]) == 4
    assert texts[0] == texts[1]
    rows = list(csv.DictReader((tmp_path / "whole" / "deep.ranges.csv").read_text("utf-8").splitlines()))
    listed = [(unit, item) for unit, ranges in enumerate(wanted["deep"].ranges, 1) for item in ranges]
    assert [(int(row["unit"]), float(row["low"]), int(row["positions"])) for row in rows] == [
        (unit, item.low, item.positions) for unit, item in listed
    ]
    assert [float(row["iou"]) for row in rows if row["iou"]] == [item.best.iou for _, item in listed if item.best]


def test_a_dissection_with_ranges_that_was_interrupted_ends_with_the_same_files(tmp_path: Path) -> None:
    settings = replace(_COMPOSED, compose=1)

    @contextmanager
    def interrupted(title: str) -> Iterator[Progress]:
        def progress(done: int, total: int) -> None:
            if title == "deep" and 30 < done < total:
                raise KeyboardInterrupt("in the midst of deep")

        yield progress

    with pytest.raises(KeyboardInterrupt, match="in the midst of deep"):
        run(probe(), ["deep"], held(40), tmp_path / "twice", settings, chunk=8, watch=interrupted)
    for out in ("twice", "once"):
        run(probe(), ["deep"], held(40), tmp_path / out, settings, chunk=8)
    assert contents(tmp_path / "twice") == contents(tmp_path / "once")


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
