"""Reading tables: NetDissect's published one, and what is wrong with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.shared import shared
from tests.visualize.dissection.made import dissected
from visualize.dissection import read, read_all, read_csv
from visualize.dissection.tables import as_csv
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_published_table_counts_as_published() -> None:
    """118 of 256 units and 72 concepts on the talk's slide; 91 unique of 171 in the CVPR paper."""
    table = read(shared("reference/netdissect/caffe_reference_places365.csv"))
    best, each = table.count(), table.count(once_per_category=True)
    assert (best.detectors, best.concepts, each.detectors, each.concepts) == (118, 72, 171, 91)
    assert {name: numbers[0] for name, numbers in best.by_category.items()} == {
        "object": 60, "texture": 38, "part": 9, "scene": 8, "material": 2, "color": 1,
    }  # fmt: skip
    car = table.verdicts[78]
    assert (car.unit, car.label, round(car.iou, 4)) == (78, "car", 0.1388)
    house = table.best("house")
    assert house is not None
    assert house.unit == 35


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    dissected(tmp_path)
    table = read(tmp_path, layer="deep")
    path = tmp_path / "again.csv"
    path.write_text(as_csv(table.verdicts, table.categories))
    assert path.read_bytes() == (tmp_path / "deep.csv").read_bytes()
    assert read_csv(path).verdicts == table.verdicts
    assert [table.layer for table in read_all(tmp_path)] == ["deep", "fc"]
    header, first = path.read_text().split("\n")[:2]
    assert header.startswith(
        "unit,category,label,score,object-label,object-truth,object-activation,object-intersect,object-iou,part-label"
    )
    scores = [float(line.split(",")[3]) for line in path.read_text().split("\n")[1:-1]]
    assert scores == sorted(scores, reverse=True)
    assert {int(line.split(",")[0]) for line in path.read_text().split("\n")[1:-1]} == set(range(1, 9))
    assert first


def test_a_file_that_is_no_table_of_a_dissection_is_refused(tmp_path: Path) -> None:
    head = "unit,category,label,score,a-label,a-truth,a-activation,a-intersect,a-iou\n"
    file = tmp_path / "table.csv"
    for text, message in (
        ("unit,label\n1,x\n", "missing: category, score"),
        (head, "lists no unit"),
        (head + "1,a,x,0.1,x,1,1,much,0.1\n", "line 2: the column a-intersect holds 'much'; expected a number"),
        (head + "0,a,x,0.1,x,1,1,1,0.1\n", "no unit 0; these tables count from 1"),
        (head + "1,b,x,0.1,x,1,1,1,0.1\n", "category 'b' has no columns"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=message):
            read(file)
    with pytest.raises(InputError, match="no finished dissection"):
        read(tmp_path)
    with pytest.raises(InputError, match=r"none\.csv cannot be read"):
        read(tmp_path / "none.csv")
    out = tmp_path / "out"
    dissected(out)
    with pytest.raises(InputError, match="holds several layers; choose one of deep, fc"):
        read(out)
