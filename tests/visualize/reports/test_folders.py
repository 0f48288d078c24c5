"""Folders of a report: what was written is read, and what was cut or touched is made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.kit.reports import made_up_layer
from visualize.intake.json_seals import sealed
from visualize.methods.errors import InputError
from visualize.reports import folders

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.reports.folders import LayerFolder


@pytest.fixture
def folder(tmp_path: Path) -> LayerFolder:
    folders.begin(tmp_path)
    return made_up_layer(tmp_path, "net", "conv5", units=3)


def _views(folder: LayerFolder) -> Path:
    (path,) = folder.site.glob("data/*/view-top.jsonl")
    return path


def test_records_come_back_as_they_were_written(folder: LayerFolder) -> None:
    views = folder.views("top")
    folder.settle("top", list(views.values())[::-1])
    assert folder.views("top") == views
    assert list(folder.views("top")) == [0, 1, 2]
    units = folder.units()
    folder.write(folder.facts(), units.values())
    assert folder.units() == units


def test_a_line_that_a_killed_process_left_is_passed_over_and_the_next_is_whole(folder: LayerFolder) -> None:
    path = _views(folder)
    views = folder.views("top")
    path.write_bytes(path.read_bytes()[:-40])
    assert set(folder.views("top")) == {0, 1}
    with folder.adding("top") as adding:
        adding.add(views[2])
    assert folder.views("top") == views


def test_a_view_whose_picture_is_gone_does_not_count(folder: LayerFolder) -> None:
    next(folder.pictures.glob("*.webp")).unlink()
    assert folder.views("top") == {}


@pytest.mark.parametrize("file", ["../../../secret.webp", "a/b.webp", "..", ""])
def test_a_record_names_no_file_outside_its_folder(folder: LayerFolder, file: str) -> None:
    path = _views(folder)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines[0]["pictures"][0]["file"] = file
    lines[1]["legend"][0][0] = file
    contents = [{key: value for key, value in line.items() if key != "sha256"} for line in lines]
    path.write_text("".join(f"{json.dumps(sealed(content))}\n" for content in contents))
    assert set(folder.views("top")) == {2}


def test_pages_of_others_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(InputError, match="no report wrote"):
        folders.begin(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
