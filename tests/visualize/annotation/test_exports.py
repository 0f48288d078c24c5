"""Answers as tables and JSON."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.kit.annotation import Client, answered, opened, photographed_site
from visualize.annotation import exports
from visualize.annotation.api import answered as read
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on which two people have answered."""
    folder = photographed_site(tmp_path_factory.mktemp("export") / "report", units=4)
    pages = opened(folder, share=0.3)
    client = Client(pages.app("127.0.0.1"))
    with pages.answers:
        for _ in range(4):
            answered(client, "Ada", "street, with cars", "object", misfit="1")
        answered(client, "Bo", '=HYPERLINK("http://evil")', "scene")
        fields = client.get("/?by=Bo").fields
        client.post("/answer", {**fields, "nothing": "1"})
    return folder


def _written(site: Path, path: Path) -> Path:
    answers, known = read(site)
    with answers:
        assert exports.export(answers, known, path) == (6, 0)
    return path


def test_a_table_has_a_row_for_each_answer(site: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(_written(site, tmp_path / "names.csv").open(encoding="utf-8")))
    assert len(rows) == 6
    assert {(row["model"], row["layer"], row["data"]) for row in rows} == {("net", "conv5", "streets")}
    first = next(row for row in rows if row["annotator"] == "Ada" and row["unit"] == "0")
    assert (first["word"], first["kind"], first["misfits"]) == ("street, with cars", "object", "2")
    assert (first["measured"], first["category"], first["iou"], first["detector"]) == ("car", "object", "0.3", "1")
    assert int(first["pictures"]) == 4
    skipped = next(row for row in rows if not row["word"])
    assert (skipped["kind"], skipped["fitting"], skipped["decoys_found"]) == ("", "", "")


def test_nothing_in_a_table_is_run_by_a_spreadsheet(site: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(_written(site, tmp_path / "names.csv").open(encoding="utf-8")))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [cell for cell in cells if "HYPERLINK" in cell] == ['\'=HYPERLINK("http://evil")']


def test_json_holds_what_was_shown_and_how_it_was_mixed(site: Path, tmp_path: Path) -> None:
    held = json.loads(_written(site, tmp_path / "names.json").read_text("utf-8"))
    assert held["settings"] == {"decoys": 0.3, "seed": 0}
    assert held["people"] == ["Ada", "Bo"]
    for row in held["answers"]:
        decoys = [item for item in row["shown"] if item["unit"] != row["unit"]]
        assert len(decoys) == row["decoys"]
        if row["word"]:
            fitting = [item for item in row["shown"] if item["unit"] == row["unit"] and item["fits"]]
            assert len(fitting) == row["fitting"]
            assert sum(not item["fits"] for item in decoys) == row["decoys_found"]


def test_a_file_that_cannot_be_is_refused_before_anything_is_read(site: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in none of \.csv and \.json"):
        exports.check(tmp_path / "names.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        exports.check(tmp_path / "file" / "names.csv")
    with pytest.raises(InputError, match="run viz annotate"):
        read(tmp_path)
