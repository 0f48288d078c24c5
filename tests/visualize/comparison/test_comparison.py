"""Comparisons of published tables against the published figures, and of made-up ones against counting by hand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from methods.errors import InputError
from tests.kit.shared import shared
from visualize.comparison.chart import comparison_figure
from visualize.comparison.comparison import Comparison, open_tables, said

if TYPE_CHECKING:
    from pathlib import Path


PUBLISHED = "reference/netdissect/caffe_reference_places365.csv"
_HEAD = "unit,category,label,score," + ",".join(
    f"{name}-{column}"
    for name in ("object", "color")
    for column in ("label", "truth", "activation", "intersect", "iou")
)


def _table(folder: Path, name: str, rows: list[tuple[str, float, str, float]]) -> str:
    """A table of units 1, 2, ... with (object, its IoU, colour, its IoU)."""
    lines = [_HEAD]
    for unit, (thing, iou, colour, other) in enumerate(rows, 1):
        best = ("object", thing, iou) if iou >= other else ("color", colour, other)
        columns = [unit, *best, thing, 100, 100, 50 * iou, iou, colour, 100, 100, 50 * other, other]
        lines.append(",".join(map(str, columns)))
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _two(folder: Path) -> Comparison:
    one = _table(folder, "one", [("house", 0.2, "red", 0.1), ("house", 0.3, "red", 0.01), ("lamp", 0.05, "blue", 0.01)])
    other = _table(folder, "other", [("car", 0.02, "red", 0.06), ("house", 0.041, "red", 0.04)])
    return Comparison(open_tables([one, other]))


def test_both_ways_of_counting_give_the_published_figures() -> None:
    """118 of 256 units and 72 concepts (the talk's slide); 171 detections of 91 (NetDissect's own release)."""
    found = Comparison(open_tables([str(shared(PUBLISHED))]))
    (best,) = found.counts(once_per_category=False)
    (each,) = found.counts(once_per_category=True)
    assert (len(found.tables[0].verdicts), best.detectors, best.concepts) == (256, 118, 72)
    assert (each.concepts, each.detectors) == (91, 171)
    assert {name: own[0] for name, own in best.by_category.items()} == {
        "object": 60, "texture": 38, "part": 9, "scene": 8, "material": 2, "color": 1,
    }  # fmt: skip


def test_the_best_unit_for_a_concept_is_the_published_one_counted_from_0() -> None:
    """The talk shows AlexNet's conv5 unit 36 for house and unit 13 for airplane; those count from 1."""
    found = Comparison(open_tables([str(shared(PUBLISHED))]))
    for name, published in (("house", 36), ("airplane", 13), ("car", 79)):
        (unit,) = found.best(found.find(name))
        assert unit is not None
        assert unit[0] == published - 1


def test_concepts_are_told_apart_by_hand_made_tables(tmp_path: Path) -> None:
    found = _two(tmp_path)
    one, other = found.tables
    assert found.concepts(one) == {("object", "house"): 2, ("object", "lamp"): 1, ("color", "red"): 1}
    assert found.concepts(other) == {("color", "red"): 1, ("object", "house"): 1}  # an IoU of 0.04 is not above 0.04
    assert found.only(one) == [("object", "lamp")]
    assert found.only(other) == []
    assert found.shared() == [("color", "red"), ("object", "house")]
    assert found.best(("object", "house")) == ((1, 0.3), (1, 0.041))
    assert found.best(("object", "car")) == (None, (0, 0.02))


def test_what_two_of_three_detect_is_listed_after_what_all_do(tmp_path: Path) -> None:
    one = _table(
        tmp_path, "one", [("house", 0.2, "red", 0.1), ("lamp", 0.09, "blue", 0.01), ("car", 0.05, "red", 0.01)]
    )
    two = _table(tmp_path, "two", [("house", 0.3, "red", 0.06), ("car", 0.041, "blue", 0.05)])
    three = _table(tmp_path, "three", [("lamp", 0.08, "red", 0.05), ("house", 0.03, "blue", 0.05)])
    found = Comparison(open_tables([one, two, three]))
    assert found.shared() == [("color", "red")]
    assert found.common() == [
        ("color", "red"), ("object", "house"), ("object", "lamp"), ("color", "blue"), ("object", "car"),
    ]  # fmt: skip


def test_brodens_letters_do_not_set_equal_concepts_apart(tmp_path: Path) -> None:
    """Broden writes the colour red as "red-c" and the scene street as "street-s"; NetDissect's tables have that too."""
    one = _table(tmp_path, "one", [("house", 0.2, "red", 0.1)])
    other = _table(tmp_path, "other", [("x-c", 0.2, "red-c", 0.07)])
    found = Comparison(open_tables([one, other]))
    assert found.shared() == [("color", "red")]
    assert found.best(("color", "red")) == ((0, 0.1), (0, 0.07))
    assert found.find("red-c") == found.find("color:red-c") == found.find("red") == ("color", "red")
    assert found.only(found.tables[1]) == [("object", "x-c")]


def test_a_concept_is_found_by_name_or_by_category_and_name(tmp_path: Path) -> None:
    found = _two(tmp_path)
    assert found.find("house") == found.find("object:house") == ("object", "house")
    with pytest.raises(InputError, match="did you mean house"):
        found.find("hose")


def test_another_cut_counts_others(tmp_path: Path) -> None:
    where = _table(tmp_path, "one", [("house", 0.2, "red", 0.1), ("lamp", 0.05, "blue", 0.01)])
    (table,) = open_tables([where], cut=0.15)
    assert table.count(once_per_category=True).detectors == 1
    with pytest.raises(InputError, match="is an IoU"):
        open_tables([where], cut=2)


def test_the_same_table_twice_gets_two_names_and_shares_everything(tmp_path: Path) -> None:
    where = _table(tmp_path, "one", [("house", 0.2, "red", 0.1)])
    found = Comparison(open_tables([where, where]))
    assert [table.name for table in found.tables] == ["one", "one (2)"]
    assert not any(found.only(table) for table in found.tables)


def test_concepts_of_one_name_say_their_category() -> None:
    assert said([("object", "snow"), ("material", "snow"), ("object", "car")]) == [
        "snow (object)", "snow (material)", "car",
    ]  # fmt: skip
    assert said([("object", "water"), ("object", "car")], [("material", "water")]) == ["water (object)", "car"]


def test_the_figure_says_that_probe_sets_differ(tmp_path: Path) -> None:
    one, other = _two(tmp_path).tables
    heights = [
        comparison_figure(
            Comparison((dataclasses.replace(one, data=first), dataclasses.replace(other, data=second)))
        ).height
        for first, second in (("street", "street"), ("street", "scenes"))
    ]
    assert heights[0] < heights[1]


def test_the_bars_of_the_figure_are_as_long_as_the_counts(tmp_path: Path) -> None:
    picture = np.asarray(comparison_figure(_two(tmp_path)))
    blue = (picture == (0x2F, 0x6F, 0xB3)).all(2)
    rows = np.flatnonzero(blue[:, 300:].sum(1) > 0)
    lengths = blue[:, 300:].sum(1)[rows]
    # unique objects 2 and 1, detecting units 3 and 1; on scales of 3 concepts and of 4 detectors in all
    bands = np.split(lengths, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert len(bands) == 4
    first, second, third, fourth = (int(band.max()) for band in bands)
    assert first / second == pytest.approx(2, rel=0.02)
    assert third / fourth == pytest.approx(3, rel=0.02)
    assert first / third == pytest.approx((2 / 3) / (3 / 4), rel=0.02)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="no address that can be read"):
        open_tables(["ftp://example.org/table.csv"])


def test_an_address_that_does_not_answer_is_said_without_a_word_of_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path))
    monkeypatch.delenv("VIZ_MIRROR", raising=False)
    with pytest.raises(InputError, match=r"cannot get nothing-.*csv.*or name the file itself") as caught:
        open_tables([f"file://{tmp_path}/nothing.csv"])
    assert "--weights" not in str(caught.value)
