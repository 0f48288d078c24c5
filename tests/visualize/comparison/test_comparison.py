"""Comparisons of published tables against the published figures, and of made-up ones against counting by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.kit.shared import shared
from tests.visualize.comparison.tables import two_tables, written
from tests.visualize.dissection.made import SETTINGS, dissected
from visualize.comparison.comparison import Comparison, open_tables, said
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


PUBLISHED = "reference/netdissect/caffe_reference_places365.csv"


def test_both_ways_of_counting_give_the_published_figures() -> None:
    """118 of 256 units and 72 concepts (the talk's slide); 171 detections of 91 (NetDissect's own release)."""
    compared = Comparison(open_tables([str(shared(PUBLISHED))]))
    (best,) = compared.counts(once_per_category=False)
    (each,) = compared.counts(once_per_category=True)
    assert (len(compared.tables[0].verdicts), best.detectors, best.concepts) == (256, 118, 72)
    assert (each.concepts, each.detectors) == (91, 171)
    assert {name: numbers[0] for name, numbers in best.by_category.items()} == {
        "object": 60, "texture": 38, "part": 9, "scene": 8, "material": 2, "color": 1,
    }  # fmt: skip


def test_the_best_unit_for_a_concept_is_the_published_one_counted_from_0() -> None:
    """The talk shows AlexNet's conv5 unit 36 for house and unit 13 for airplane; those count from 1."""
    compared = Comparison(open_tables([str(shared(PUBLISHED))]))
    for name, published in (("house", 36), ("airplane", 13), ("car", 79)):
        (unit,) = compared.best(compared.find(name))
        assert unit is not None
        assert unit[0] == published - 1


def test_concepts_are_told_apart_by_hand_made_tables(tmp_path: Path) -> None:
    compared = two_tables(tmp_path)
    first, other = compared.tables
    assert compared.concepts(first) == {("object", "house"): 2, ("object", "lamp"): 1, ("color", "red"): 1}
    assert compared.concepts(other) == {("color", "red"): 1, ("object", "house"): 1}  # an IoU of 0.04 is not above 0.04
    assert compared.only(first) == [("object", "lamp")]
    assert compared.only(other) == []
    assert compared.shared() == [("color", "red"), ("object", "house")]
    assert compared.best(("object", "house")) == ((1, 0.3), (1, 0.041))
    assert compared.best(("object", "car")) == (None, (0, 0.02))


def test_what_two_of_three_detect_is_listed_after_what_all_do(tmp_path: Path) -> None:
    first = written(
        tmp_path, "one", [("house", 0.2, "red", 0.1), ("lamp", 0.09, "blue", 0.01), ("car", 0.05, "red", 0.01)]
    )
    two = written(tmp_path, "two", [("house", 0.3, "red", 0.06), ("car", 0.041, "blue", 0.05)])
    three = written(tmp_path, "three", [("lamp", 0.08, "red", 0.05), ("house", 0.03, "blue", 0.05)])
    compared = Comparison(open_tables([first, two, three]))
    assert compared.shared() == [("color", "red")]
    assert compared.common() == [
        ("color", "red"), ("object", "house"), ("object", "lamp"), ("color", "blue"), ("object", "car"),
    ]  # fmt: skip


def test_brodens_letters_do_not_set_equal_concepts_apart(tmp_path: Path) -> None:
    """Broden writes the colour red as "red-c" and the scene street as "street-s"; NetDissect's tables have that too."""
    first = written(tmp_path, "one", [("house", 0.2, "red", 0.1)])
    other = written(tmp_path, "other", [("x-c", 0.2, "red-c", 0.07)])
    compared = Comparison(open_tables([first, other]))
    assert compared.shared() == [("color", "red")]
    assert compared.best(("color", "red")) == ((0, 0.1), (0, 0.07))
    assert compared.find("red-c") == compared.find("color:red-c") == compared.find("red") == ("color", "red")
    assert compared.only(compared.tables[1]) == [("object", "x-c")]


def test_a_concept_is_found_by_name_or_by_category_and_name(tmp_path: Path) -> None:
    compared = two_tables(tmp_path)
    assert compared.find("house") == compared.find("object:house") == ("object", "house")
    with pytest.raises(InputError, match="did you mean house"):
        compared.find("hose")


def test_another_cut_counts_others(tmp_path: Path) -> None:
    where = written(tmp_path, "one", [("house", 0.2, "red", 0.1), ("lamp", 0.05, "blue", 0.01)])
    (table,) = open_tables([where], cut=0.15)
    assert table.count(once_per_category=True).detectors == 1
    with pytest.raises(InputError, match="is an IoU"):
        open_tables([where], cut=2)


def test_the_same_table_twice_gets_two_names_and_shares_everything(tmp_path: Path) -> None:
    where = written(tmp_path, "one", [("house", 0.2, "red", 0.1)])
    compared = Comparison(open_tables([where, where]))
    assert [table.name for table in compared.tables] == ["one", "one (2)"]
    assert not any(compared.only(table) for table in compared.tables)


def test_concepts_of_one_name_say_their_category() -> None:
    assert said([("object", "snow"), ("material", "snow"), ("object", "car")]) == [
        "snow (object)", "snow (material)", "car",
    ]  # fmt: skip
    assert said([("object", "water"), ("object", "car")], [("material", "water")]) == ["water (object)", "car"]


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


def test_the_best_unit_is_that_of_the_full_table_whatever_its_own_label_is(tmp_path: Path) -> None:
    """Plain numpy over the arrays; a table by itself can only tell of the best concept of each category."""
    dissected(tmp_path)
    full = Comparison(open_tables([str(tmp_path)]))
    alone = [tmp_path / "alone" / f"{layer}.csv" for layer in ("deep", "fc")]
    (tmp_path / "alone").mkdir()
    for path in alone:
        path.write_bytes((tmp_path / path.name).read_bytes())
    bests = Comparison(open_tables(list(map(str, alone))))
    assert (full.partial, bests.partial) == ((), ("deep", "fc"))
    better = 0
    for place, layer in enumerate(("deep", "fc")):
        held = np.load(tmp_path / f"{layer}.npz")
        for column, name in enumerate(held["concept_names"].tolist()):
            concept = full.find(name)
            unit = int(held["iou"][:, column].argmax())
            assert full.best(concept)[place] == (unit, held["iou"][unit, column])
            known = bests.best(concept)[place]
            better += known is None or known[1] < held["iou"][unit, column]
    assert better


def test_a_concept_that_no_unit_bears_is_found_in_the_full_table(tmp_path: Path) -> None:
    dissected(tmp_path, settings=replace(SETTINGS, minimum_area=10**9))
    compared = Comparison(open_tables([str(tmp_path)]))
    assert compared.find("Cars") == ("object", "car")
    assert compared.best(("object", "nothing")) == (None, None)
